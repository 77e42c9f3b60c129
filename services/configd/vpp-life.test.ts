import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { VppLife } from './vpp-life.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'life-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('numbers the first VPP 1, which is no restart', async () => {
  const life = new VppLife(folder);
  expect(life.generation).toBe(0);
  expect(await life.seen({ vppPid: 10, bootTime: 100 }, false)).toBe(false);
  expect(life.generation).toBe(1);
});

it.each([
  ['the same process', { vppPid: 10, bootTime: 100 }, false, 1],
  ['a boot time not known now', { vppPid: 10, bootTime: undefined }, false, 1],
  ['another process', { vppPid: 11, bootTime: 100 }, false, 2],
  ['the same pid in a new container', { vppPid: 10, bootTime: 200 }, false, 2],
  ['a restart that the client saw', { vppPid: 10, bootTime: undefined }, true, 2],
])('after a restart of configd: %s', async (_name, identity, restarted, generation) => {
  await new VppLife(folder).seen({ vppPid: 10, bootTime: 100 }, false);
  const life = new VppLife(folder);
  expect(await life.seen(identity, restarted)).toBe(generation === 2);
  expect(life.generation).toBe(generation);
  expect(new VppLife(folder).generation).toBe(generation);
});
