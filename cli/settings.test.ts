import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { readSettings } from './settings.js';

const home = mkdtempSync(join(tmpdir(), 'bngctl-'));
afterAll(() => rmSync(home, { recursive: true }));
mkdirSync(join(home, '.config', 'causeway'), { recursive: true });
writeFileSync(
  join(home, '.config', 'causeway', 'bngctl.yaml'),
  'endpoints: { configd: "bng1:1", subs-manager: "bng1:2", aaa: "bng1:3" }\n',
);
writeFileSync(join(home, 'wrong.yaml'), 'endpoints: { confd: "bng1:1" }\nextra: 1\n');

test('flag, then environment, then file, then the usual address', () => {
  const env = { BNGCTL_SUBS_MANAGER: 'env:2', BNGCTL_CONFIGD: 'env:1' };
  expect(readSettings({ configd: 'flag:1' }, { env, home }).endpoints).toEqual({
    configd: 'flag:1',
    'subs-manager': 'env:2',
    aaa: 'bng1:3',
    'qos-compiler': '127.0.0.1:7004',
    exporter: '127.0.0.1:7005',
  });
});

test('no file is fine, unless it was named', () => {
  expect(readSettings({}, { env: {}, home: '/nonexistent' }).endpoints.aaa).toBe('127.0.0.1:7003');
  expect(() => readSettings({}, { env: { BNGCTL_CONFIG: '/nonexistent/x.yaml' }, home })).toThrow(/ENOENT/);
});

test('unknown keys are refused', () => {
  const env = { BNGCTL_CONFIG: join(home, 'wrong.yaml') };
  expect(() => readSettings({}, { env, home })).toThrow(/confd.*extra/s);
});
