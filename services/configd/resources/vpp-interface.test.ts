import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { VppClient } from '#lib/vpp/client.js';
import { swInterfaceDump, swInterfaceTagAddDel } from '#lib/vpp/messages/interface.js';
import { memifCreateV2, memifSocketFilenameAddDelV2 } from '#lib/vpp/messages/memif.js';
import { noInterface } from '#lib/vpp/types.js';
import { onEachLane } from '../../../test/conformance/lane.js';
import { infraOwner } from '../reconcile/engine.js';
import type { Resource } from '../reconcile/resource.js';
import { address } from './address.js';
import { kindSuite, startLaneWith } from './kind-suite.testkit.js';
import { openEngine } from './kinds.testkit.js';
import { promiscuous } from './promiscuous.js';
import { subInterface } from './sub-interface.js';
import { vppInterface } from './vpp-interface.js';

const ownMac = '02:fe:00:00:00:07';
const name = 'memif77/3';
const port = (change: object = {}) => vppInterface.of({ name: 'fibre', interface: name, ...change });
const line = subInterface.of({ parent: 'vpp-interface/fibre', outerVlan: 100, innerVlan: 7 });
const numbered = address.of({ interface: line.key, prefix: '192.0.2.1/24' });

/** A port that configd did not make: as another program, or a driver, would have it there. */
async function makePort(client: VppClient): Promise<void> {
  const socket = { is_add: true, socket_id: 77, socket_filename: `/tmp/causeway-given-${process.pid}.sock` };
  await client.call(memifSocketFilenameAddDelV2, socket);
  await client.call(memifCreateV2, {
    ...{ role: 0, mode: 0, rx_queues: 1, tx_queues: 1, id: 3, socket_id: 77, ring_size: 256, buffer_size: 2048 },
    ...{ no_zero_copy: false, use_dma: false, hw_addr: ownMac, secret: '' },
  });
}

async function portIn(client: VppClient) {
  const all = await client.dump(swInterfaceDump, {
    ...{ sw_if_index: noInterface, name_filter_valid: false, name_filter: '' },
  });
  const found = all.find(({ interface_name }) => interface_name === name);
  return (
    found && { index: found.sw_if_index, tag: found.tag, mac: found.l2_address, mtu: found.mtu[0], up: found.flags & 1 }
  );
}

kindSuite('a port that VPP has by itself', {
  devices: [],
  kinds: [vppInterface, subInterface, address, promiscuous],
  prepare: makePort,
  before: () => [port(), line, numbered, promiscuous.of({ interface: port().key })],
  after: () => [port({ mac: '02:ca:00:00:00:77', mtu: 1600 }), line],
  unreadable: 1,
});

onEachLane('a port that VPP has by itself, and configd', (lane) => {
  let place: Awaited<ReturnType<typeof startLaneWith>>;
  let it: Awaited<ReturnType<typeof openEngine>>;
  let client: VppClient;
  beforeAll(async () => {
    place = await startLaneWith(lane, []);
    it = await openEngine(place.apiSocket);
    client = it.dataplane.client;
    await makePort(client);
    await it.engine.restore();
  }, 60_000);
  afterAll(async () => {
    await it.close();
    await place.stop();
  }, 60_000);
  const apply = async (resources: Resource[]) => (await it.engine.apply(infraOwner, resources)).outcome;

  test('is set and, when nobody wants it any more, left as it was: down, with its own MAC, its MTU and no tag', async () => {
    const before = await portIn(client);
    expect(before).toMatchObject({ tag: '', mac: ownMac, up: 0 });
    expect((await apply([port({ mac: '02:ca:00:00:00:77', mtu: 1600 })])).failures).toEqual([]);
    expect(await portIn(client)).toEqual({
      ...before,
      ...{ tag: 'cw:vpp-interface/fibre', mac: '02:ca:00:00:00:77', mtu: 1600, up: 1 },
    });
    expect((await apply([port({ mtu: 1600 })])).failures).toEqual([]);
    expect(await portIn(client)).toMatchObject({ mac: ownMac });
    expect((await apply([])).failures).toEqual([]);
    expect(await portIn(client)).toEqual({ ...before, mtu: 9000 });
  });

  test('one that is not there is told with those that are, and nothing else of the change happens', async () => {
    const { result, error } = await apply([
      port(),
      line,
      vppInterface.of({ name: 'other', interface: 'TenGigabitEthernet3/0/1' }),
    ]);
    expect(result).toBe('undone');
    expect(error?.message).toBe(`vpp-interface/other: VPP has no interface "TenGigabitEthernet3/0/1"; it has ${name}`);
    expect(await portIn(client)).toMatchObject({ tag: '', up: 0 });
  });

  test('a tag of somebody else gives way; one of another object of ours is refused', async () => {
    const { index } = (await portIn(client)) ?? {};
    const tagged = (tag: string) =>
      client.call(swInterfaceTagAddDel, { is_add: true, sw_if_index: index ?? noInterface, tag });
    await tagged('uplink to Oslo');
    expect((await apply([port()])).failures).toEqual([]);
    expect((await apply([])).failures).toEqual([]);
    await tagged('cw:host-interface/core');
    const { error } = await apply([port()]);
    expect(error?.message).toBe(`vpp-interface/fibre: "${name}" is in use already, as host-interface/core`);
    await client.call(swInterfaceTagAddDel, { is_add: false, sw_if_index: index ?? noInterface, tag: '' });
  });
});

describe('a name that is none', () => {
  test.each([['TenGigabitEthernet3/0/0.100'], ['0/0'], ['a b']])('%s', (bad) => {
    expect(() => vppInterface.of({ name: 'x', interface: bad })).toThrow();
  });
});
