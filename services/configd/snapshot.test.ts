import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { etagOf, Snapshot } from './snapshot.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'snapshot-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const config = (version: bigint, yaml: string) => ({ version, yaml, etag: etagOf(yaml) });
const refuse = (reason: string): never => {
  throw new Error(reason);
};

it('is absent at first', () => {
  expect(new Snapshot(folder).read(refuse)).toBeUndefined();
});

it('keeps the last one, and nothing beside it', async () => {
  const snapshot = new Snapshot(folder);
  await snapshot.write(config(1n, 'vrfs: {}'));
  await snapshot.write(config(12345678901234567890n, 'vrfs: { a: { table: 1 } }\n# ü'));
  expect(new Snapshot(folder).read(refuse)).toEqual(config(12345678901234567890n, 'vrfs: { a: { table: 1 } }\n# ü'));
  expect(readdirSync(folder)).toEqual(['config-snapshot.json']);
});

it.each([
  ['half a file', '{"format":1,"ver', 'it is not a snapshot'],
  ['another format', '{"format":2}', 'it is not a snapshot'],
  [
    'a changed text',
    JSON.stringify({ format: 1, version: '1', etag: etagOf('a'), yaml: 'b' }),
    'its text does not match its digest',
  ],
])('is not used when damaged: %s', (_name, text, reason) => {
  writeFileSync(join(folder, 'config-snapshot.json'), text);
  const reasons: string[] = [];
  expect(new Snapshot(folder).read((told) => reasons.push(told))).toBeUndefined();
  expect(reasons).toEqual([reason]);
});
