import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { silentLog } from '#lib/kernel/log.js';
import { messagesOf, operationsOfPlugin } from '#lib/vpp/messages/all.js';
import { mssClampGet } from '#lib/vpp/messages/mss-clamp.js';
import { vrrpVrDump, vrrpVrStartStop } from '#lib/vpp/messages/vrrp.js';
import { allMessages, FakeVpp } from '#lib/vpp/testing/fake-vpp.js';
import { swIfIndex } from '#lib/vpp/types.js';
import { VppDataplane } from './dataplane.js';
import { Desired } from './reconcile/desired.js';
import { Kinds } from './reconcile/kinds.js';
import { readBack } from './reconcile/read-back.js';
import { mssClamp } from './resources/mss-clamp.js';
import { vrrp } from './resources/vrrp.js';

const plugins = ['vrrp', 'mss_clamp'] as const;
const missing = new Set(plugins.flatMap(operationsOfPlugin).flatMap(messagesOf));
const folder = mkdtempSync(join(tmpdir(), 'dataplane-'));
let fake: FakeVpp;
let vpp: VppDataplane;

beforeAll(async () => {
  const socketPath = join(folder, 'api.sock');
  fake = await FakeVpp.listen(socketPath, { messages: allMessages.filter((message) => !missing.has(message)) });
  vpp = new VppDataplane({ socketPath, log: silentLog() });
  expect(vpp.hasPlugin('vrrp')).toBe(true);
  await vpp.client.whenReady(5000);
});
afterAll(async () => {
  await vpp.client.close();
  await fake.close();
  rmSync(folder, { recursive: true });
});

test('a VPP without a plugin is accepted, and says what it lacks', () => {
  expect([vpp.hasPlugin('vrrp'), vpp.hasPlugin('mss_clamp'), vpp.hasPlugin('lldp')]).toEqual([false, false, true]);
  expect([vpp.offers(vrrpVrDump), vpp.offers(mssClampGet)]).toEqual([false, false]);
});

test('what needs the plugin is refused by its name, and nothing is sent', async () => {
  const before = fake.received.length;
  await expect(
    vpp.call(vrrpVrStartStop, { sw_if_index: swIfIndex(1), vr_id: 1, is_ipv6: 0, is_start: 1 }),
  ).rejects.toMatchObject({ code: 'failed_precondition', message: 'VPP runs without its vrrp plugin' });
  expect(fake.received.length).toBe(before);
});

test('kinds of the plugin are read as none', async () => {
  const kinds = new Kinds([vrrp, mssClamp]);
  const before = fake.received.length;
  const findings = await readBack(vpp, kinds, { desired: new Desired(kinds), claimed: new Map() }, true);
  expect([...findings].map(([kind, found]) => [kind, found.size])).toEqual([
    ['vrrp', 0],
    ['mss-clamp', 0],
  ]);
  expect(fake.received.length).toBe(before);
});
