import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import type { z } from 'zod';
import { loadConfig } from '#lib/kernel/config.js';
import { loadDocument } from '../../services/configd/document/load-document.js';
import { repositoryRoot } from '../harness/service.js';
import { networkNames, readCompose } from './compose.js';
import { inherited, last, readDockerfile } from './dockerfile.js';

const inRoot = (...path: string[]) => join(repositoryRoot, ...path);
const services = readdirSync(inRoot('services'));
const compose = readCompose();
const entries = Object.entries(compose.services);
const stages = readDockerfile(inRoot('infra/docker/Dockerfile'));
const namesWhere = (test: (entry: (typeof entries)[number]) => boolean) => entries.filter(test).map(([name]) => name);

/** Every text in a tree of values. */
const texts = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(texts)
      : [];

describe('docker-compose.yml', () => {
  it('runs every service, the neighbours, VPP or the simulator, and the tool', () => {
    const wanted = [...services, 'bngctl', 'vpp', 'nats', 'postgres', 'freeradius', 'prometheus'];
    expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(wanted));
    expect([compose.services.vpp?.profiles, compose.services['vpp-sim']?.profiles]).toEqual([['vpp'], ['sim']]);
    expect(readFileSync(inRoot('.env'), 'utf8')).toMatch(/^COMPOSE_PROFILES=sim$/m);
  });

  it.each([...services, 'bngctl'])('builds %s from its own target', (service) => {
    const { build } = compose.services[service] ?? {};
    expect(build).toEqual({ context: '.', dockerfile: 'infra/docker/Dockerfile', target: service });
  });

  it('pins every image', () => {
    expect(
      namesWhere(([, { image }]) => !/^[\w./-]+:v?\d+\.\d+(\.\d+)?(-[\w.]+)?(@sha256:[0-9a-f]{64})?$/.test(image)),
    ).toEqual([]);
  });

  it('hardens every container', () => {
    expect(namesWhere(([, service]) => service.read_only !== true)).toEqual([]);
    expect(namesWhere(([, service]) => service.privileged === true)).toEqual([]);
    expect(namesWhere(([, service]) => service.cap_drop?.join() !== 'ALL')).toEqual([]);
    expect(namesWhere(([, service]) => service.security_opt?.includes('no-new-privileges:true') !== true)).toEqual([]);
    expect(namesWhere(([, { cap_add }]) => cap_add !== undefined)).toEqual(['vpp', 'postgres', 'volume-owner']);
    expect(compose.services.vpp?.cap_add).toEqual(['NET_ADMIN', 'NET_RAW', 'IPC_LOCK', 'SYS_NICE']);
  });

  it('limits processor, memory and processes of every container', () => {
    const limited = ([, { deploy }]: (typeof entries)[number]) => {
      const limits = deploy?.resources?.limits;
      return limits?.cpus !== undefined && limits.memory !== undefined && limits.pids !== undefined;
    };
    expect(namesWhere((entry) => !limited(entry))).toEqual([]);
  });

  it('knows the health of every server', () => {
    const byImage = (target: string | undefined) => last(inherited(stages, target ?? ''), 'HEALTHCHECK') !== '';
    const checked = ([name, { healthcheck, build }]: (typeof entries)[number]) =>
      healthcheck !== undefined || byImage(build?.target) || name === 'vpp';
    expect(namesWhere((entry) => !checked(entry))).toEqual(['volume-owner']);
  });

  it('starts each container after what it needs is healthy', () => {
    const edges = entries.flatMap(([name, { depends_on }]) =>
      Object.entries(depends_on ?? {}).map(([on, { condition }]) => ({ name, on, condition })),
    );
    expect(edges.filter(({ on }) => compose.services[on] === undefined)).toEqual([]);
    const wanted = (on: string) => (on === 'volume-owner' ? 'service_completed_successfully' : 'service_healthy');
    expect(edges.filter(({ on, condition }) => condition !== wanted(on))).toEqual([]);
    expect(Object.keys(compose.services['subs-manager']?.depends_on ?? {})).toEqual(
      expect.arrayContaining(['configd', 'aaa', 'postgres', 'nats']),
    );
  });

  it('publishes ports on the loopback address of the host only', () => {
    const published = entries.flatMap(([, { ports }]) => ports ?? []);
    expect(published.filter((port) => !/^127\.0\.0\.1:\d+:\d+(\/udp)?$/.test(port))).toEqual([]);
    expect(published).toContain('127.0.0.1:3799:3799/udp');
  });

  it('declares every network, volume, config and secret that it uses, and uses every one', () => {
    const named = (volumes: string[] = []) =>
      volumes.map((volume) => volume.split(':')[0] ?? '').filter((v) => !v.startsWith('.'));
    const used = (pick: (service: (typeof entries)[number][1]) => string[]) =>
      [...new Set(entries.flatMap(([, service]) => pick(service)))].sort();
    expect(used(networkNames)).toEqual(Object.keys(compose.networks).sort());
    expect(used(({ volumes }) => named(volumes))).toEqual(Object.keys(compose.volumes).sort());
    expect(used(({ configs = [] }) => configs.map(({ source }) => source))).toEqual(
      Object.keys(compose.configs).sort(),
    );
    expect(used(({ secrets = [] }) => secrets)).toEqual(Object.keys(compose.secrets).sort());
    const bound = used(({ volumes = [] }) =>
      volumes.filter((v) => v.startsWith('./')).map((v) => v.split(':')[0] ?? ''),
    );
    expect(bound.filter((folder) => !existsSync(inRoot(folder)))).toEqual([]);
  });

  it('keeps secrets in files that are not committed', () => {
    const environment = entries.flatMap(([, service]) => Object.entries(service.environment ?? {}));
    expect(environment.filter(([name]) => /PASSWORD|SECRET|TOKEN|URL/.test(name) && !name.endsWith('_FILE'))).toEqual(
      [],
    );
    const folder = 'infra/docker/secrets/';
    expect(Object.values(compose.secrets).filter(({ file }) => !file.startsWith(folder))).toEqual([]);
    expect(readFileSync(inRoot(folder, '.gitignore'), 'utf8').split('\n')).toContain('*');
  });
});

describe('secrets', () => {
  it('are made at random, once', () => {
    const folder = mkdtempSync(join(tmpdir(), 'causeway-secrets-'));
    const script = join(folder, 'create-secrets.sh');
    cpSync(inRoot('infra/docker/create-secrets.sh'), script);
    const read = () => Object.keys(compose.secrets).map((name) => readFileSync(join(folder, 'secrets', name), 'utf8'));
    try {
      expect(spawnSync('bash', [script]).status).toBe(0);
      const [password = '', url, ...shared] = read();
      expect(password).toMatch(/^[0-9a-f]{48}\n$/);
      expect(url).toBe(`postgres://causeway:${password.trim()}@postgres:5432/causeway\n`);
      expect(new Set([password, ...shared]).size).toBe(3);
      expect(statSync(join(folder, 'secrets')).mode & 0o077).toBe(0);
      expect(spawnSync('bash', [script]).status).toBe(0);
      expect(read()).toEqual([password, url, ...shared]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe.each(services)('configuration of %s', (service) => {
  const file = inRoot('infra/docker/config', `${service}.yaml`);
  const content = () => load(readFileSync(file, 'utf8')) as Record<string, unknown>;

  it('is accepted by the service itself', async () => {
    const { configSchema } = (await import(inRoot('services', service, 'config.ts'))) as { configSchema: z.ZodType };
    expect(() => loadConfig(configSchema, { argv: ['--config', file], env: {}, prefix: 'TEST_' })).not.toThrow();
  });

  it('listens where the image and the health check say', () => {
    const exposed = last(inherited(stages, service), 'EXPOSE').split(' ');
    const ports = [content().grpc, content().ops].filter((listen) => listen !== undefined).map(String);
    expect(ports).toEqual(exposed.filter((port) => !port.endsWith('/udp')).map((port) => `0.0.0.0:${port}`));
  });

  it('names only hosts, secrets and folders that its container has', () => {
    const container = compose.services[service];
    const all = texts(content());
    const hosts = all.flatMap((text) =>
      [...text.matchAll(/(?:^|\/\/)([a-z][a-z-]*):\d+$/g)].map((match) => match[1] ?? ''),
    );
    hosts.push(...[...readFileSync(file, 'utf8').matchAll(/\bhost: ([a-z-]+)/g)].map((match) => match[1] ?? ''));
    expect(hosts.filter((host) => compose.services[host] === undefined)).toEqual([]);
    const secrets = all
      .filter((text) => text.startsWith('/run/secrets/'))
      .map((text) => text.slice('/run/secrets/'.length));
    expect([...new Set(secrets)].sort()).toEqual([...(container?.secrets ?? [])].sort());
    const mounted = [...(container?.volumes ?? []), ...(container?.tmpfs ?? [])].map(
      (volume) => volume.split(':').at(1) ?? '',
    );
    const paths = all.filter((text) => text.startsWith('/') && !text.startsWith('/run/secrets/'));
    expect(paths.filter((path) => !mounted.some((folder) => `${path}/`.startsWith(`${folder}/`)))).toEqual([]);
  });
});

describe('sample configuration of the node in compose', () => {
  const text = readFileSync(inRoot('infra/docker/samples/bng.yaml'), 'utf8');

  it('is accepted by configd', () => {
    expect(loadDocument(text)).toMatchObject({ ok: true, warnings: [] });
  });

  it('relays DHCP to the address of subs-manager over the devices of the VPP container', () => {
    const document = load(text) as { dhcpRelay: { server: string }[] };
    const networks = (name: string) =>
      compose.services[name]?.networks as Record<string, { ipv4_address?: string; interface_name?: string }>;
    expect(document.dhcpRelay.map(({ server }) => server)).toEqual([networks('subs-manager').service?.ipv4_address]);
    const devices = Object.values(networks('vpp')).map(({ interface_name }) => interface_name);
    const used = [...text.matchAll(/device: (\w+)/g)].map((match) => match[1]);
    expect(used.filter((device) => !devices.includes(device))).toEqual([]);
  });
});
