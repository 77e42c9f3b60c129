import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Infer } from '#lib/vpp/message.js';
import * as bond from '#lib/vpp/messages/bond.js';
import { deleteSubif } from '#lib/vpp/messages/interface.js';
import { swInterfaceLacpDump } from '#lib/vpp/messages/lacp.js';
import { retvals } from '#lib/vpp/retval.js';
import { noInterface, type SwIfIndex, swIfIndex } from '#lib/vpp/types.js';
import { waitFor } from '../harness/wait-for.js';
import { onEachLane, type Subject, startSubject } from './lane.js';
import { interfaces, makeSubif, NO_MAC, retvalOf, setUp } from './requests.js';

const { BOND_API_MODE_LACP: LACP, BOND_API_MODE_XOR: XOR } = bond.bondMode.values;
const { BOND_API_MODE_ACTIVE_BACKUP: ACTIVE_BACKUP } = bond.bondMode.values;
const L34 = bond.bondLbAlgo.values.BOND_API_LB_ALGO_L34;
const CUSTOM_MAC = '02:00:00:00:00:77';
const UNKNOWN = swIfIndex(9999);

type Create = Infer<typeof bond.bondCreate2.request>;
const create = (change: Partial<Create>): Create => ({
  mode: XOR,
  lb: L34,
  numa_only: false,
  enable_gso: false,
  use_custom_mac: false,
  mac_address: NO_MAC,
  id: 0xffffffff,
  ...change,
});
const member = (index: SwIfIndex, to: SwIfIndex, change: object = {}) => ({
  sw_if_index: index,
  bond_sw_if_index: to,
  is_passive: false,
  is_long_timeout: false,
  ...change,
});

onEachLane('bonds', (lane) => {
  let it: Subject;
  let ports: SwIfIndex[];
  beforeAll(async () => {
    it = await startSubject(lane);
    ports = [(await it.hostInterface()).index, (await it.hostInterface()).index];
  }, 60_000);
  afterAll(() => it.stop(), 30_000);

  const make = async (change: Partial<Create> = {}) =>
    (await it.client.call(bond.bondCreate2, create({ id: it.unique(), ...change }))).sw_if_index;
  const add = (request: ReturnType<typeof member>) => retvalOf(it.client, bond.bondAddMember, request);
  const detach = (index: SwIfIndex) => retvalOf(it.client, bond.bondDetachMember, { sw_if_index: index });
  const remove = (index: SwIfIndex) => retvalOf(it.client, bond.bondDelete, { sw_if_index: index });
  const bonds = (index = noInterface) => it.client.dump(bond.swBondInterfaceDump, { sw_if_index: index });
  const members = (index: SwIfIndex) => it.client.dump(bond.swMemberInterfaceDump, { sw_if_index: index });
  const shown = async (index: SwIfIndex) =>
    (await interfaces(it.client)).find(({ sw_if_index }) => sw_if_index === index);

  describe('made and read back', () => {
    test.each([
      ['LACP', LACP, L34, L34],
      ['XOR', XOR, L34, L34],
      ['active-backup, whose balance is its own', ACTIVE_BACKUP, L34, 5],
      ['round robin, whose balance is its own', 1, 0, 3],
      ['broadcast, whose balance is its own', 4, 2, 4],
    ])('%s', async (_name, mode, lb, shownLb) => {
      const id = it.unique();
      const index = await make({ id, mode, lb });
      expect(await bonds(index)).toEqual([
        {
          sw_if_index: index,
          id,
          mode,
          lb: shownLb,
          numa_only: false,
          active_members: 0,
          members: 0,
          interface_name: `BondEthernet${id}`,
        },
      ]);
      expect(await shown(index)).toMatchObject({
        interface_name: `BondEthernet${id}`,
        interface_dev_type: 'bond',
        flags: 0,
        link_mtu: 9000,
        mtu: [9000, 0, 0, 0],
      });
      expect(await remove(index)).toBe(0);
      expect(await remove(index)).toBe(retvals.INVALID_SW_IF_INDEX);
    });

    test('an id in use is refused, any id is free', async () => {
      const id = it.unique();
      const index = await make({ id });
      expect(await it.client.call(bond.bondCreate2, create({ id }), { raw: true })).toEqual({
        retval: retvals.INSTANCE_IN_USE,
        sw_if_index: 0,
      });
      const other = await make({ id: 0xffffffff });
      expect((await bonds()).map(({ sw_if_index }) => sw_if_index)).toEqual(expect.arrayContaining([index, other]));
      await remove(index);
      await remove(other);
    });

    test.each([
      ['mode 0', { mode: 0 }],
      ['mode 6', { mode: 6 }],
      ['a balance that is not for choosing', { lb: 3 }],
    ])('%s is refused', async (_name, change) => {
      expect(await retvalOf(it.client, bond.bondCreate2, create(change))).toBe(retvals.INVALID_ARGUMENT);
    });
  });

  describe('members', () => {
    let index: SwIfIndex;
    beforeEach(async () => {
      index = await make({ mode: ACTIVE_BACKUP });
    });
    const port = (n: number) => ports[n] ?? UNKNOWN;

    test('added, repeated, read back, taken out', async () => {
      expect(await add(member(port(0), index, { is_passive: true, is_long_timeout: true }))).toBe(0);
      expect(await add(member(port(0), index))).toBe(retvals.VALUE_EXIST);
      expect(await add(member(port(1), index))).toBe(0);
      expect(await members(index)).toMatchObject([
        { sw_if_index: port(0), is_passive: true, is_long_timeout: true, weight: 0 },
        { sw_if_index: port(1), is_passive: false, is_long_timeout: false, weight: 0 },
      ]);
      expect(await bonds(index)).toMatchObject([{ members: 2, active_members: 0 }]);
      for (const n of [0, 1]) expect(await detach(port(n))).toBe(0);
      expect(await detach(port(0))).toBe(retvals.INVALID_INTERFACE);
      expect(await members(index)).toEqual([]);
      await remove(index);
    });

    test('what cannot be', async () => {
      const other = await make();
      await add(member(port(0), index));
      expect(await add(member(port(0), other))).toBe(retvals.VALUE_EXIST);
      expect(await add(member(port(1), port(0)))).toBe(retvals.INVALID_INTERFACE);
      expect(await add(member(port(1), UNKNOWN))).toBe(retvals.INVALID_INTERFACE);
      expect(await add(member(UNKNOWN, index))).toBe(retvals.INVALID_SW_IF_INDEX);
      expect(await add(member(other, index))).toBe(retvals.INVALID_INTERFACE);
      expect(await detach(UNKNOWN)).toBe(retvals.INVALID_SW_IF_INDEX);
      expect(await remove(port(0))).toBe(retvals.INVALID_SW_IF_INDEX);
      expect(await members(port(0))).toEqual([]);
      await remove(other);
      await remove(index);
    });

    test('a weight is for active-backup', async () => {
      const weight = (on: SwIfIndex, value: number) =>
        retvalOf(it.client, bond.swInterfaceSetBondWeight, { sw_if_index: on, weight: value });
      const other = await make({ mode: LACP });
      await add(member(port(0), index));
      await add(member(port(1), other));
      expect(await weight(port(0), 5)).toBe(0);
      expect(await members(index)).toMatchObject([{ weight: 5 }]);
      expect(await weight(port(1), 5)).toBe(retvals.INVALID_ARGUMENT);
      expect(await weight(index, 5)).toBe(retvals.INVALID_INTERFACE);
      expect(await weight(UNKNOWN, 5)).toBe(retvals.INVALID_SW_IF_INDEX);
      await remove(other);
      await remove(index);
    });

    test('the first gives its MAC to the bond, the next take it, and get their own back', async () => {
      const macs = async () => Promise.all([index, port(0), port(1)].map(async (at) => (await shown(at))?.l2_address));
      const [, first, second] = await macs();
      await add(member(port(0), index));
      await add(member(port(1), index));
      expect(await macs()).toEqual([first, first, first]);
      await remove(index);
      expect([(await shown(port(0)))?.l2_address, (await shown(port(1)))?.l2_address]).toEqual([first, second]);
    });

    test('a MAC of its own is given to all', async () => {
      const own = await make({ use_custom_mac: true, mac_address: CUSTOM_MAC });
      const before = (await shown(port(0)))?.l2_address;
      await add(member(port(0), own));
      expect((await shown(port(0)))?.l2_address).toBe(CUSTOM_MAC);
      await detach(port(0));
      expect((await shown(port(0)))?.l2_address).toBe(before);
      await remove(own);
      await remove(index);
    });

    test('the bond has link while a member is up', async () => {
      await add(member(port(0), index));
      await setUp(it.client, index);
      expect(await shown(index)).toMatchObject({ flags: 1 });
      await setUp(it.client, port(0));
      expect(await bonds(index)).toMatchObject([{ members: 1, active_members: 1 }]);
      await waitFor('the link of the bond', async () => (await shown(index))?.flags === 3);
      await setUp(it.client, port(0), false);
      expect(await bonds(index)).toMatchObject([{ members: 1, active_members: 0 }]);
      await waitFor('the link to go', async () => (await shown(index))?.flags === 1);
      await remove(index);
    });

    test('sub-interfaces go with the bond; one of them stands for it', async () => {
      const sub = await makeSubif(it.client, index, 7, 7);
      expect((await shown(sub))?.sup_sw_if_index).toBe(index);
      expect(await remove(sub)).toBe(0);
      expect(await shown(sub)).toBeUndefined();
      expect(await shown(index)).toBeUndefined();
    });

    test('a member that is deleted leaves', async () => {
      const sub = await makeSubif(it.client, port(1), it.unique(), 77);
      expect(await add(member(sub, index))).toBe(0);
      await it.client.call(deleteSubif, { sw_if_index: sub });
      expect(await members(index)).toEqual([]);
      await remove(index);
    });
  });

  test('LACP without anybody at the far end', async () => {
    const index = await make({ mode: LACP });
    const [port = UNKNOWN] = ports;
    await add(member(port, index));
    const state = async () => (await it.client.dump(swInterfaceLacpDump, {}))[0];
    expect(await state()).toMatchObject({ sw_if_index: port, rx_state: 2, mux_state: 0, actor_state: 199 });
    await setUp(it.client, index);
    await setUp(it.client, port);
    const settled = await waitFor('the port to take defaults', async () => {
      const now = await state();
      return now?.rx_state === 4 && now.ptx_state === 3 ? now : undefined;
    });
    const own = await shown(index);
    expect(settled).toEqual({
      sw_if_index: port,
      interface_name: (await shown(port))?.interface_name,
      rx_state: 4,
      tx_state: 0,
      mux_state: 0,
      ptx_state: 3,
      bond_interface_name: own?.interface_name,
      actor_system_priority: 0xffff,
      actor_system: own?.l2_address,
      actor_key: index,
      actor_port_priority: 255,
      actor_port_number: 1,
      actor_state: 71,
      partner_system_priority: 0xffff,
      partner_system: NO_MAC,
      partner_key: index,
      partner_port_priority: 255,
      partner_port_number: 1,
      partner_state: 0,
    });
    expect(await bonds(index)).toMatchObject([{ members: 1, active_members: 0 }]);
    await setUp(it.client, port, false);
    await remove(index);
    expect(await it.client.dump(swInterfaceLacpDump, {})).toEqual([]);
  });
});
