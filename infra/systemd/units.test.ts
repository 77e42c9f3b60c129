import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { loadConfig } from '#lib/kernel/config.js';
import { configSchema as aaa } from '../../services/aaa/config.js';
import { configSchema as configd } from '../../services/configd/config.js';
import { configSchema as exporter } from '../../services/exporter/config.js';
import { configSchema as qosCompiler } from '../../services/qos-compiler/config.js';
import { configSchema as subsManager } from '../../services/subs-manager/config.js';
import { configSchema as vppSim } from '../../services/vpp-sim/config.js';

const folder = 'infra/systemd';
const home = '/opt/causeway/';
const unitNames = readdirSync(folder).filter((name) => name.endsWith('.service'));
const serviceUnits = unitNames.filter((name) => name.startsWith('causeway-'));
const serviceOf = (unit: string) => unit.replace(/^causeway-|\.service$/g, '');

type Settings = [key: string, value: string][];
const settingsOf = (file: string): Settings =>
  readFileSync(join(folder, file), 'utf8')
    .split('\n')
    .flatMap((line): Settings => {
      const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
      return key === undefined || value === undefined ? [] : [[key, value]];
    });
const values = (file: string, key: string) =>
  settingsOf(file).flatMap(([name, value]) => (name === key ? [value] : []));
const words = (file: string, key: string) => values(file, key).flatMap((value) => value.split(/\s+/));

describe('units', () => {
  it('are there for each service and for nothing else', () => {
    expect(serviceUnits.map(serviceOf).sort()).toEqual(readdirSync('services').sort());
  });

  it.each(unitNames)('%s starts what is built', (unit) => {
    const commands = [...values(unit, 'ExecStart'), ...values(unit, 'ExecStartPre')];
    const ours = commands.join(' ').match(/\/opt\/causeway\/\S+/g) ?? [];
    expect(commands.length).toBeGreaterThan(0);
    expect(ours.length + commands.filter((command) => command.startsWith('/usr/bin/vpp ')).length).toBe(
      commands.length,
    );
    expect(ours.filter((path) => !existsSync(path.replace(home, '')))).toEqual([]);
    expect(ours.filter((path) => !existsSync(path.replace(`${home}dist/`, '').replace(/js$/, 'ts')))).toEqual([]);
  });

  it('start one after the other: VPP, configd, subs-manager, exporter', () => {
    expect(words('vpp.service', 'After')).toContain('vpp-network-cards.service');
    expect(words('causeway-configd.service', 'After')).toContain('vpp.service');
    expect(words('causeway-subs-manager.service', 'After')).toEqual(
      expect.arrayContaining(['causeway-configd.service', 'causeway-aaa.service']),
    );
    expect(words('causeway-exporter.service', 'After')).toContain('causeway-subs-manager.service');
  });

  it('do not end each other: a service waits for its neighbours by itself', () => {
    const hard = ['Requires', 'BindsTo', 'Requisite'];
    expect(unitNames.flatMap((unit) => hard.flatMap((key) => values(unit, key)))).toEqual([]);
  });

  it.each(serviceUnits)('%s runs without rights', (unit) => {
    const all = [...settingsOf('causeway-.service.d/common.conf'), ...settingsOf(unit)];
    const effective = new Map(all);
    expect(effective.get('User')).toBe('causeway');
    expect(effective.get('CapabilityBoundingSet')).toMatch(/^(CAP_NET_BIND_SERVICE)?$/);
    expect(effective.get('ProtectSystem')).toBe('strict');
    expect(effective.get('Restart')).toBe('always');
    expect(effective.get('NoNewPrivileges')).toBe('yes');
  });
});

const schemas: Readonly<Record<string, z.ZodType>> = {
  aaa,
  configd,
  exporter,
  'qos-compiler': qosCompiler,
  'subs-manager': subsManager,
  'vpp-sim': vppSim,
};
const prefixOf = (service: string) => `${service.toUpperCase().replaceAll('-', '_')}_`;
const environmentOf = (unit: string) =>
  Object.fromEntries(
    words(unit, 'Environment').map((text) => text.replaceAll('%n', unit).split('=') as [string, string]),
  );

describe('settings', () => {
  it.each(serviceUnits)('of %s are accepted together with its environment', (unit) => {
    const service = serviceOf(unit);
    expect(values(unit, 'ExecStart').join()).toContain(`--config /etc/causeway/${service}.yaml`);
    const [schema] = [schemas[service]].filter((each) => each !== undefined);
    const source = {
      argv: ['--config', `${folder}/etc/${service}.yaml`],
      env: environmentOf(unit),
      prefix: prefixOf(service),
    };
    expect(() => loadConfig(schema as z.ZodType, source)).not.toThrow();
  });

  it.each(serviceUnits)('of %s name secrets that it is given, and all of those', (unit) => {
    const text = `${readFileSync(`${folder}/etc/${serviceOf(unit)}.yaml`, 'utf8')} ${Object.values(environmentOf(unit)).join(' ')}`;
    const named = [...text.matchAll(/\/run\/credentials\/([\w.-]+)\/([\w-]+)/g)].map(
      ([, owner, name]) => `${owner} ${name}`,
    );
    const given = values(unit, 'LoadCredential').map((value) => `${unit} ${value.split(':')[0]}`);
    expect([...new Set(named)].sort()).toEqual(given.sort());
  });
});

const scratch = mkdtempSync(join(tmpdir(), 'causeway-units-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const canVerify = spawnSync('systemd-analyze', ['--version']).status === 0;

(canVerify ? describe : describe.skip)('systemd-analyze', () => {
  it('finds nothing to complain about', () => {
    cpSync(folder, scratch, { recursive: true, filter: (file) => !file.endsWith('.ts') });
    const files = [...unitNames, 'causeway-.service.d/common.conf'];
    for (const file of files) {
      const text = readFileSync(join(folder, file), 'utf8')
        .replaceAll(home, `${process.cwd()}/`)
        .replaceAll('/usr/bin/node', process.execPath)
        .replaceAll('/usr/bin/vpp', '/bin/true');
      writeFileSync(join(scratch, file), text);
    }
    const units = [...unitNames, 'causeway.target'].map((name) => join(scratch, name));
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', '--generators=no', ...units], {
      encoding: 'utf8',
      env: { ...process.env, SYSTEMD_UNIT_PATH: `${scratch}:` },
    });
    const ours = stderr.split('\n').filter((line) => /causeway|vpp/.test(line));
    expect({ status, ours }).toEqual({ status: 0, ours: [] });
  });
});
