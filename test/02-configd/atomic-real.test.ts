import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { VppClient } from '#lib/vpp/client.js';
import { bondCreate2, bondDelete } from '#lib/vpp/messages/bond.js';
import { createLoopbackInstance, deleteLoopback, deleteSubif } from '#lib/vpp/messages/interface.js';
import { unixSocket } from '#lib/vpp/transport.js';
import type { SwIfIndex } from '#lib/vpp/types.js';
import { makeSubif, NO_MAC } from '../conformance/requests.js';
import { createVethPair, enterPrivateNetwork, removeDevice } from '../harness/private-network.js';
import { type RealVpp, startRealVpp } from '../harness/real-vpp.js';
import { AtomicNode } from './atomic-node.js';
import { changedKinds, devices, everyKind } from './every-kind.js';
import { everywhere, onRealVpp } from './packet-node.js';

onRealVpp('apply that VPP refuses', () => {
  let vpp: RealVpp;
  let node: AtomicNode;
  let other: VppClient;
  beforeEach(async () => {
    enterPrivateNetwork();
    for (const device of devices) createVethPair(device, `${device}f`);
    vpp = await startRealVpp();
    node = await AtomicNode.open(vpp.apiSocket, 15_000);
    other = new VppClient({
      connect: unixSocket(vpp.apiSocket),
      name: 'another',
      required: [createLoopbackInstance, deleteLoopback, bondCreate2, bondDelete, deleteSubif],
    });
    await other.whenReady(20_000);
  }, 60_000);
  afterEach(async () => {
    await other.close();
    await node.close();
    await vpp.stop();
    for (const device of devices) removeDevice(device);
  }, 60_000);

  const loop = async () => {
    const request = { mac_address: NO_MAC, is_specified: true, user_instance: 3 };
    const { sw_if_index } = await other.call(createLoopbackInstance, request);
    return () => other.call(deleteLoopback, { sw_if_index });
  };
  const bonded = async () => {
    const request = { mode: 5, lb: 0, numa_only: false, enable_gso: false, use_custom_mac: false };
    const { sw_if_index } = await other.call(bondCreate2, { ...request, mac_address: NO_MAC, id: 7 });
    return () => other.call(bondDelete, { sw_if_index: sw_if_index as SwIfIndex });
  };

  test.each([
    ['a loopback of that number is there', loop],
    ['a bond of that number is there', bonded],
  ])(
    '%s: nothing of the rest is',
    async (_, take) => {
      const giveBack = await take();
      const before = await node.dump();
      const { result, error } = await node.apply(everywhere(everyKind()));
      expect({ result, error: error?.message }).toEqual({ result: 'undone', error: expect.stringContaining('-') });
      expect(await node.dump()).toEqual(before);
      await giveBack();
      await node.bring(everywhere(everyKind()));
      await node.bring([]);
    },
    60_000,
  );

  test('the tags of a line are taken: nothing of the change is', async () => {
    const base = everywhere(everyKind()).filter(({ key }) => !key.startsWith('sub-interface/bond'));
    await node.bring(base);
    const bondIndex = node.engine.recorded.handle<{ swIfIndex: SwIfIndex }>('bond/uplink').swIfIndex;
    const sub = await makeSubif(other, bondIndex, 4094, 100, 7);
    const before = await node.dump();
    const { result } = await node.apply(everywhere(changedKinds()));
    expect(result).toBe('undone');
    expect(await node.dump()).toEqual(before);
    await other.call(deleteSubif, { sw_if_index: sub });
    await node.bring(everywhere(changedKinds()));
  }, 60_000);

  test('VPP killed in the middle: the next one is as the one before the change', async () => {
    await node.bring(everywhere(everyKind()));
    const before = await node.dump();
    const result = await node.applyInterrupted(everywhere(changedKinds()), 30, () => vpp.kill());
    expect(result).toBe('unavailable');
    await vpp.restart();
    await node.readBack();
    expect(await node.dump()).toEqual(before);
  }, 60_000);
});
