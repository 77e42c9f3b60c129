import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { afPacketCreateV3, afPacketDelete, afPacketDump } from '#lib/vpp/messages/af-packet.js';
import * as intf from '#lib/vpp/messages/interface.js';
import * as memif from '#lib/vpp/messages/memif.js';
import { retvals } from '#lib/vpp/retval.js';
import { noInterface, type SwIfIndex, swIfIndex } from '#lib/vpp/types.js';
import { attach, missingDevice, onEachLane, type Subject, startSubject } from './lane.js';
import {
  DOT1Q_EXACT,
  interfaceNamed,
  interfaces,
  loopback,
  makeSubif,
  NO_MAC,
  retvalOf,
  setUp,
  subif,
} from './requests.js';

const unknown = swIfIndex(4_000_000);

onEachLane('interfaces', (lane) => {
  let it: Subject;
  beforeAll(async () => {
    it = await startSubject(lane);
  }, 60_000);
  afterAll(() => it?.stop(), 30_000);

  test('local0 is interface 0, down', async () => {
    const [first] = await interfaces(it.client, 'local0');
    expect(first).toMatchObject({ sw_if_index: 0, interface_name: 'local0', interface_dev_type: 'local', flags: 0 });
  });

  describe('af_packet', () => {
    test('created, read back, deleted', async () => {
      const { device, index } = await it.hostInterface();
      expect(await interfaceNamed(it.client, `host-${device}`)).toMatchObject({
        sw_if_index: index,
        sup_sw_if_index: index,
        type: 0,
        flags: 2,
        link_mtu: 9000,
        mtu: [9000, 0, 0, 0],
        sub_id: 0,
        tag: '',
        interface_dev_type: 'af-packet',
      });
      expect(await it.client.dump(afPacketDump, {})).toContainEqual({ sw_if_index: index, host_if_name: device });
      expect(await retvalOf(it.client, afPacketDelete, { host_if_name: device })).toBe(0);
      expect(await retvalOf(it.client, afPacketDelete, { host_if_name: device })).toBe(retvals.SYSCALL_ERROR_1);
      expect(await interfaces(it.client, device)).toEqual([]);
    });

    test('a repeat names the interface that is there', async () => {
      const { device, index } = await it.hostInterface();
      const again = await it.client.call(afPacketCreateV3, attach(device), { raw: true });
      expect(again).toEqual({ retval: retvals.IF_ALREADY_EXISTS, sw_if_index: index });
    });

    test('an unknown device is refused', async () => {
      expect(await retvalOf(it.client, afPacketCreateV3, attach(missingDevice))).toBe(retvals.INVALID_INTERFACE);
    });

    test('its hardware address is the one asked for', async () => {
      const device = it.newDevice();
      const request = { ...attach(device), use_random_hw_addr: false, hw_addr: '02:11:22:33:44:55' };
      const { sw_if_index } = await it.client.call(afPacketCreateV3, request);
      expect(await it.client.call(intf.swInterfaceGetMacAddress, { sw_if_index })).toMatchObject({
        mac_address: '02:11:22:33:44:55',
      });
      await it.client.call(intf.swInterfaceSetMacAddress, { sw_if_index, mac_address: '02:11:22:33:44:66' });
      expect(await interfaceNamed(it.client, `host-${device}`)).toMatchObject({ l2_address: '02:11:22:33:44:66' });
    });

    test('deleting it takes its sub-interfaces along', async () => {
      const { device, index } = await it.hostInterface();
      await makeSubif(it.client, index, 10, 10);
      await makeSubif(it.client, index, 11, 11, 5);
      expect(await interfaces(it.client, device)).toHaveLength(3);
      await it.client.call(afPacketDelete, { host_if_name: device });
      expect(await interfaces(it.client, device)).toEqual([]);
    });
  });

  describe('loopback', () => {
    test('created, repeated, deleted, deleted again', async () => {
      const instance = it.unique();
      const index = await loopback(it.client, instance);
      const request = { mac_address: NO_MAC, is_specified: true, user_instance: instance };
      expect(await interfaceNamed(it.client, `loop${instance}`)).toMatchObject({
        sw_if_index: index,
        interface_dev_type: 'Loopback',
        link_mtu: 9000,
      });
      expect(await it.client.call(intf.createLoopbackInstance, request, { raw: true })).toMatchObject({
        retval: retvals.INVALID_REGISTRATION,
      });
      expect(await retvalOf(it.client, intf.deleteLoopback, { sw_if_index: index })).toBe(0);
      expect(await retvalOf(it.client, intf.deleteLoopback, { sw_if_index: index })).toBe(retvals.INVALID_SW_IF_INDEX);
    });

    test('its link is up once it is up', async () => {
      const instance = it.unique();
      const index = await loopback(it.client, instance);
      expect(await interfaceNamed(it.client, `loop${instance}`)).toMatchObject({ flags: 0 });
      await setUp(it.client, index);
      expect(await interfaceNamed(it.client, `loop${instance}`)).toMatchObject({ flags: 3 });
      await setUp(it.client, index, false);
      expect(await interfaceNamed(it.client, `loop${instance}`)).toMatchObject({ flags: 0 });
    });

    test('given address', async () => {
      const instance = it.unique();
      const request = { mac_address: '02:00:00:00:99:01', is_specified: true, user_instance: instance };
      await it.client.call(intf.createLoopbackInstance, request);
      expect(await interfaceNamed(it.client, `loop${instance}`)).toMatchObject({ l2_address: '02:00:00:00:99:01' });
    });
  });

  describe('sub-interface', () => {
    let parent: { device: string; index: SwIfIndex };
    beforeAll(async () => {
      parent = await it.hostInterface();
    });

    test('802.1Q and QinQ read back', async () => {
      const single = await makeSubif(it.client, parent.index, 100, 100);
      const double = await makeSubif(it.client, parent.index, 3_000_010, 300, 10);
      expect(await interfaceNamed(it.client, `host-${parent.device}.100`)).toMatchObject({
        sw_if_index: single,
        sup_sw_if_index: parent.index,
        type: 1,
        flags: 2,
        sub_id: 100,
        sub_number_of_tags: 1,
        sub_outer_vlan_id: 100,
        sub_inner_vlan_id: 0,
        sub_if_flags: 0x12,
        mtu: [0, 0, 0, 0],
        l2_address: NO_MAC,
        link_mtu: 9000,
      });
      expect(await interfaceNamed(it.client, `host-${parent.device}.3000010`)).toMatchObject({
        sw_if_index: double,
        sub_number_of_tags: 2,
        sub_outer_vlan_id: 300,
        sub_inner_vlan_id: 10,
        sub_if_flags: 0x14,
      });
    });

    test('the same id again, and the same tags under another id', async () => {
      await makeSubif(it.client, parent.index, 110, 110);
      expect(await it.client.call(intf.createSubif, subif(parent.index, 110, 111), { raw: true })).toMatchObject({
        retval: retvals.VLAN_ALREADY_EXISTS,
        sw_if_index: noInterface,
      });
      const before = await interfaces(it.client);
      expect(await retvalOf(it.client, intf.createSubif, subif(parent.index, 112, 110))).toBe(retvals.UNSPECIFIED);
      expect((await interfaces(it.client)).length).toBe(before.length);
    });

    test('an unknown parent', async () => {
      expect(await it.client.call(intf.createSubif, subif(unknown, 1, 1), { raw: true })).toMatchObject({
        retval: retvals.INVALID_SW_IF_INDEX,
      });
    });

    test('VLANs out of range are accepted', async () => {
      expect(await retvalOf(it.client, intf.createSubif, subif(parent.index, 5000, 5000))).toBe(0);
    });

    test('deleted twice; a hardware interface is none', async () => {
      const index = await makeSubif(it.client, parent.index, 120, 120);
      expect(await retvalOf(it.client, intf.deleteSubif, { sw_if_index: index })).toBe(0);
      expect(await retvalOf(it.client, intf.deleteSubif, { sw_if_index: index })).toBe(retvals.INVALID_SW_IF_INDEX);
      expect(await retvalOf(it.client, intf.deleteSubif, { sw_if_index: parent.index })).toBe(
        retvals.INVALID_SUB_SW_IF_INDEX,
      );
    });

    test('goes up only after its parent, and stays up under a parent that goes down', async () => {
      const index = await makeSubif(it.client, parent.index, 130, 130);
      const up = { sw_if_index: index, flags: 1 };
      expect(await retvalOf(it.client, intf.swInterfaceSetFlags, up)).toBe(retvals.UNSPECIFIED);
      await setUp(it.client, parent.index);
      expect(await retvalOf(it.client, intf.swInterfaceSetFlags, up)).toBe(0);
      expect(await retvalOf(it.client, intf.swInterfaceSetFlags, up)).toBe(0);
      await setUp(it.client, parent.index, false);
      expect(await interfaceNamed(it.client, `host-${parent.device}.130`)).toMatchObject({ flags: 1 });
      await setUp(it.client, parent.index);
      expect(await interfaceNamed(it.client, `host-${parent.device}.130`)).toMatchObject({ flags: 3 });
    });

    test('its index is used again at once, last out first in', async () => {
      const first = await makeSubif(it.client, parent.index, 140, 140);
      const second = await makeSubif(it.client, parent.index, 141, 141);
      await it.client.call(intf.deleteSubif, { sw_if_index: first });
      await it.client.call(intf.deleteSubif, { sw_if_index: second });
      expect(await makeSubif(it.client, parent.index, 142, 142)).toBe(second);
      expect(await makeSubif(it.client, parent.index, 143, 143)).toBe(first);
    });

    test('tag, MTU and name filter', async () => {
      const index = await makeSubif(it.client, parent.index, 150, 150);
      await it.client.call(intf.swInterfaceTagAddDel, { is_add: true, sw_if_index: index, tag: 'line/1' });
      await it.client.call(intf.swInterfaceTagAddDel, { is_add: true, sw_if_index: index, tag: 'line/2' });
      await it.client.call(intf.swInterfaceSetMtu, { sw_if_index: index, mtu: [1400, 1300, 1280, 0] });
      const name = `host-${parent.device}.150`;
      expect(await interfaces(it.client, `${parent.device}.150`.toUpperCase())).toEqual([
        expect.objectContaining({ interface_name: name, tag: 'line/2', mtu: [1400, 1300, 1280, 0] }),
      ]);
      await it.client.call(intf.swInterfaceTagAddDel, { is_add: false, sw_if_index: index, tag: '' });
      expect(await retvalOf(it.client, intf.swInterfaceTagAddDel, { is_add: false, sw_if_index: index, tag: '' })).toBe(
        0,
      );
      expect(await interfaceNamed(it.client, name)).toMatchObject({ tag: '' });
    });

    test('a tag does not outlive its interface', async () => {
      const index = await makeSubif(it.client, parent.index, 160, 160);
      await it.client.call(intf.swInterfaceTagAddDel, { is_add: true, sw_if_index: index, tag: 'gone' });
      await it.client.call(intf.deleteSubif, { sw_if_index: index });
      expect(await makeSubif(it.client, parent.index, 161, 161)).toBe(index);
      expect(await interfaceNamed(it.client, `host-${parent.device}.161`)).toMatchObject({ tag: '' });
    });

    test('thousands in one go', async () => {
      const busy = await it.hostInterface();
      const ids = Array.from({ length: 2000 }, (_, i) => i + 1);
      const made = await Promise.all(
        ids.map((id) => makeSubif(it.client, busy.index, id, 1 + (id % 4000), 1 + (id >> 8))),
      );
      expect(new Set(made).size).toBe(ids.length);
      expect(await interfaces(it.client, `${busy.device}.`)).toHaveLength(ids.length);
      await it.client.call(afPacketDelete, { host_if_name: busy.device });
      expect(await interfaces(it.client, busy.device)).toEqual([]);
    }, 60_000);
  });

  test('hardware MTU overwrites the first of the layer 3 limits', async () => {
    const { device, index } = await it.hostInterface();
    expect(await retvalOf(it.client, intf.hwInterfaceSetMtu, { sw_if_index: index, mtu: 1600 })).toBe(0);
    expect(await interfaceNamed(it.client, `host-${device}`)).toMatchObject({ link_mtu: 1600, mtu: [1600, 0, 0, 0] });
    const line = await makeSubif(it.client, index, 10, 10);
    const set = (sw_if_index: SwIfIndex) => retvalOf(it.client, intf.hwInterfaceSetMtu, { sw_if_index, mtu: 1600 });
    expect(await set(line)).toBe(retvals.INVALID_VALUE);
    expect(await set(swIfIndex(0))).toBe(retvals.FEATURE_DISABLED);
  });

  test.each([
    ['flags', () => retvalOf(it.client, intf.swInterfaceSetFlags, { sw_if_index: unknown, flags: 1 })],
    ['mtu', () => retvalOf(it.client, intf.swInterfaceSetMtu, { sw_if_index: unknown, mtu: [0, 0, 0, 0] })],
    ['hw mtu', () => retvalOf(it.client, intf.hwInterfaceSetMtu, { sw_if_index: unknown, mtu: 1500 })],
    [
      'mac',
      () =>
        retvalOf(it.client, intf.swInterfaceSetMacAddress, { sw_if_index: unknown, mac_address: '02:00:00:00:00:01' }),
    ],
    ['get mac', () => retvalOf(it.client, intf.swInterfaceGetMacAddress, { sw_if_index: unknown })],
    ['tag', () => retvalOf(it.client, intf.swInterfaceTagAddDel, { is_add: true, sw_if_index: unknown, tag: 'x' })],
    ['promisc', () => retvalOf(it.client, intf.swInterfaceSetPromisc, { sw_if_index: unknown, promisc_on: true })],
  ])('%s of an unknown interface', async (_, call) => {
    expect(await call()).toBe(retvals.INVALID_SW_IF_INDEX);
  });

  test('dump: index 0 is all, another index is that one, an unknown one none', async () => {
    const instance = it.unique();
    const index = await loopback(it.client, instance);
    const one = (sw_if_index: SwIfIndex) =>
      it.client.dump(intf.swInterfaceDump, { sw_if_index, name_filter_valid: false, name_filter: '' });
    expect((await one(swIfIndex(0))).length).toBe((await interfaces(it.client)).length);
    expect((await one(index)).map((row) => row.interface_name)).toEqual([`loop${instance}`]);
    expect(await one(unknown)).toEqual([]);
  });

  describe('memif', () => {
    const socket = (
      socket_id: number,
      is_add = true,
      socket_filename = `/tmp/causeway-memif-${process.pid}-${socket_id}.sock`,
    ) => ({
      is_add,
      socket_id,
      socket_filename: is_add ? socket_filename : '',
    });
    const create = (socket_id: number, id: number) => ({
      role: 0,
      mode: 0,
      rx_queues: 1,
      tx_queues: 1,
      id,
      socket_id,
      ring_size: 1024,
      buffer_size: 2048,
      no_zero_copy: false,
      use_dma: false,
      hw_addr: NO_MAC,
      secret: '',
    });

    test('socket and interface, repeats, deletion in and out of use', async () => {
      const id = it.unique();
      expect(await retvalOf(it.client, memif.memifSocketFilenameAddDelV2, socket(id))).toBe(0);
      expect(await retvalOf(it.client, memif.memifSocketFilenameAddDelV2, socket(id))).toBe(0);
      const { sw_if_index } = await it.client.call(memif.memifCreateV2, create(id, 7));
      expect(await retvalOf(it.client, memif.memifCreateV2, create(id, 7))).toBe(retvals.SUBIF_ALREADY_EXISTS);
      expect(await it.client.dump(memif.memifDump, {})).toContainEqual(
        expect.objectContaining({
          sw_if_index,
          id: 7,
          socket_id: id,
          role: 0,
          if_name: `memif${id}/7`,
          ring_size: 1,
          buffer_size: 0,
        }),
      );
      expect(await it.client.dump(memif.memifSocketFilenameDump, {})).toContainEqual({
        socket_id: id,
        socket_filename: `/tmp/causeway-memif-${process.pid}-${id}.sock`,
      });
      const remove = socket(id, false);
      expect(await retvalOf(it.client, memif.memifSocketFilenameAddDelV2, remove)).toBe(retvals.UNEXPECTED_INTF_STATE);
      expect(await retvalOf(it.client, memif.memifDelete, { sw_if_index })).toBe(0);
      expect(await retvalOf(it.client, memif.memifDelete, { sw_if_index })).toBe(retvals.INVALID_SW_IF_INDEX);
      expect(await retvalOf(it.client, memif.memifSocketFilenameAddDelV2, remove)).toBe(0);
      expect(await retvalOf(it.client, memif.memifSocketFilenameAddDelV2, remove)).toBe(retvals.INVALID_ARGUMENT);
    });

    test('on a socket that is not there', async () => {
      expect(await retvalOf(it.client, memif.memifCreateV2, create(it.unique(), 1))).toBe(retvals.INVALID_ARGUMENT);
    });
  });

  test('exact-match single tag is what a plain VLAN has', () => {
    expect(intf.subIfFlags.values.SUB_IF_API_FLAG_ONE_TAG | intf.subIfFlags.values.SUB_IF_API_FLAG_EXACT_MATCH).toBe(
      DOT1Q_EXACT,
    );
  });
});
