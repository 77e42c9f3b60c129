import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startVppSim, type VppSim } from '../../../test/harness/vpp-sim.js';
import { infraOwner } from '../reconcile/engine.js';
import {
  bundle,
  changedInfrastructure,
  devices,
  dumpAll,
  infrastructure,
  openEngine,
  sessionResources,
} from './kinds.testkit.js';

let sim: VppSim;
let open: Awaited<ReturnType<typeof openEngine>>;

const session = () => bundle('s1', 'access.100.7', '100.64.0.10');
const all = () => [...infrastructure(), ...sessionResources(session())];

beforeAll(async () => {
  sim = await startVppSim({ hostInterfaces: Object.values(devices) });
  open = await openEngine(sim.apiSocket);
  await open.engine.restore();
  await open.engine.apply(infraOwner, infrastructure());
  await open.engine.apply('session/s1', sessionResources(session()));
}, 60_000);
afterAll(async () => {
  await open.close();
  await sim.stop();
});

test('a changed rate is one policer_update and nothing else', async () => {
  const before = (await sim.control.status()).requests;
  const slower = bundle('s1', 'access.100.7', '100.64.0.10', { downloadBps: 30_000_000n });
  await open.engine.apply('session/s1', sessionResources(slower));
  const after = (await sim.control.status()).requests;
  const sent = Object.entries(after).filter(([name, count]) => count !== (before[name] ?? 0));
  expect(sent).toEqual([['policer_update', (before.policer_update ?? 0) + 1]]);
  await open.engine.apply('session/s1', sessionResources(session()));
});

const changing = [
  'create_subif',
  'delete_subif',
  'sw_interface_tag_add_del',
  'sw_interface_set_flags',
  'sw_interface_set_mtu',
  'sw_interface_set_mac_address',
  'sw_interface_set_table',
  'sw_interface_set_unnumbered',
  'sw_interface_add_del_address',
  'ip_route_add_del',
  'ip_neighbor_add_del',
  'policer_input_v2',
  'policer_output_v2',
  'acl_add_replace',
  'acl_interface_set_acl_list',
  'urpf_update_v2',
  'dhcp_proxy_config',
  'proxy_arp_intfc_enable_disable',
  'memif_delete',
  'memif_socket_filename_add_del_v2',
];

describe('a refusal leaves VPP as it was', () => {
  test.each(changing)('of the first and of the last %s of a change', async (message) => {
    const before = await dumpAll(open.dataplane, all());
    const count = async () => (await sim.control.status()).requests[message] ?? 0;
    const start = await count();
    await open.engine.apply(infraOwner, changedInfrastructure());
    const sent = (await count()) - start;
    await open.engine.apply(infraOwner, infrastructure());
    expect(sent).toBeGreaterThan(0);
    for (const skip of new Set([0, sent - 1])) {
      await sim.control.fault({ kind: 'fail', retval: -7 }, { message, skip });
      const { outcome } = await open.engine.apply(infraOwner, changedInfrastructure());
      expect(outcome).toMatchObject({
        result: 'undone',
        error: { code: 'dataplane', fields: { message, retval: -7 } },
      });
      expect(await dumpAll(open.dataplane, all())).toEqual(before);
    }
  });
});

describe('a refusal leaves nothing of a new session', () => {
  test.each([
    ['policer_add', 0],
    ['policer_add', 1],
    ['policer_input_v2', 0],
    ['policer_output_v2', 0],
    ['acl_interface_set_acl_list', 0],
    ['ip_neighbor_add_del', 0],
    ['ip_route_add_del', 0],
    ['urpf_update_v2', 0],
    ['urpf_update_v2', 1],
  ])('%s, after %i others of it', async (message, skip) => {
    const resources = sessionResources(bundle('s2', 'access.100.8', '100.64.0.11'));
    const before = await dumpAll(open.dataplane, [...all(), ...resources]);
    await sim.control.fault({ kind: 'fail', retval: -7 }, { message, skip });
    const { outcome } = await open.engine.apply('session/s2', resources);
    expect(outcome).toMatchObject({ result: 'undone', error: { fields: { message, retval: -7 } } });
    expect(await dumpAll(open.dataplane, [...all(), ...resources])).toEqual(before);
  });
});

test('VPP gone in the middle of a change: said so, and all is as before once it is back', async () => {
  const before = await dumpAll(open.dataplane, all());
  await sim.control.fault({ kind: 'restart' }, { message: 'create_subif', skip: 1 });
  const { outcome } = await open.engine.apply(infraOwner, changedInfrastructure());
  expect(outcome).toMatchObject({ result: 'unavailable', error: { code: 'unavailable' } });
  expect(open.engine.state).toBe('void');
  await open.dataplane.client.whenReady(10_000);
  expect((await open.engine.restore()).failures).toEqual([]);
  expect(await dumpAll(open.dataplane, all())).toEqual(before);
});

test('a dropped socket with VPP going on: half a change is found and taken back', async () => {
  const before = await dumpAll(open.dataplane, all());
  await sim.control.fault({ kind: 'close' }, { message: 'sw_interface_set_unnumbered' });
  const { outcome } = await open.engine.apply(infraOwner, changedInfrastructure());
  expect(outcome.result).toBe('unavailable');
  await open.dataplane.client.whenReady(10_000);
  expect((await open.engine.restore()).failures).toEqual([]);
  expect(await dumpAll(open.dataplane, all())).toEqual(before);
});

test('a request that VPP drops without a reply: undone, and named as of unknown outcome', async () => {
  const before = await dumpAll(open.dataplane, all());
  await sim.control.fault({ kind: 'drop' }, { message: 'sw_interface_set_unnumbered' });
  const { outcome } = await open.engine.apply(infraOwner, changedInfrastructure());
  expect(outcome).toMatchObject({ result: 'broken', error: { fields: { outcomeUnknown: true } } });
  expect(open.engine.state).toBe('void');
  expect((await open.engine.restore()).failures).toEqual([]);
  expect(await dumpAll(open.dataplane, all())).toEqual(before);
});
