import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as intf from '#lib/vpp/messages/interface.js';
import * as ip from '#lib/vpp/messages/ip.js';
import * as nd from '#lib/vpp/messages/ip6-nd.js';
import { retvals } from '#lib/vpp/retval.js';
import { noInterface, type SwIfIndex, swIfIndex } from '#lib/vpp/types.js';
import { onEachLane, type Subject, startSubject } from './lane.js';
import { addAddress, address, borrow, loopback, makeSubif, retvalOf, setUp, unnumbered } from './requests.js';

const unknown = swIfIndex(4_000_000);

onEachLane('tables and addresses', (lane) => {
  let it: Subject;
  beforeAll(async () => {
    it = await startSubject(lane);
  }, 60_000);
  afterAll(() => it?.stop(), 30_000);

  const table = (table_id: number, is_ip6 = false, name = `vrf-${table_id}`) => ({ table_id, is_ip6, name });
  const addTable = (table_id: number, is_ip6 = false, name?: string) =>
    it.client.call(ip.ipTableAddDelV2, { table: table(table_id, is_ip6, name), create_mfib: true, is_add: true });
  const removeTable = (table_id: number, is_ip6 = false) =>
    it.client.call(ip.ipTableAddDelV2, { table: table(table_id, is_ip6), create_mfib: true, is_add: false });
  const tables = async () => (await it.client.dump(ip.ipTableDump, {})).map((row) => row.table);
  const addresses = async (sw_if_index: SwIfIndex, is_ipv6 = false) =>
    (await it.client.dump(ip.ipAddressDump, { sw_if_index, is_ipv6 })).map((row) => row.prefix);
  const bind = (sw_if_index: SwIfIndex, vrf_id: number, is_ipv6 = false) =>
    retvalOf(it.client, intf.swInterfaceSetTable, { sw_if_index, is_ipv6, vrf_id });

  describe('tables', () => {
    test('table 0 of each family is there', async () => {
      expect((await tables()).filter((row) => row.table_id === 0).map((row) => row.is_ip6)).toEqual([false, true]);
    });

    test('families are apart; a repeat keeps the first name; a delete twice is fine', async () => {
      const id = it.unique();
      await addTable(id, false, 'first');
      await addTable(id, false, 'second');
      expect((await tables()).filter((row) => row.table_id === id)).toEqual([table(id, false, 'first')]);
      await addTable(id, true, 'six');
      expect((await tables()).filter((row) => row.table_id === id)).toHaveLength(2);
      await removeTable(id);
      await removeTable(id);
      expect((await tables()).filter((row) => row.table_id === id)).toEqual([table(id, true, 'six')]);
    });

    test('deleting one in use waits for its last user', async () => {
      const id = it.unique();
      await addTable(id);
      const index = await loopback(it.client, it.unique());
      expect(await bind(index, id)).toBe(0);
      await removeTable(id);
      expect((await tables()).some((row) => row.table_id === id)).toBe(true);
      await it.client.call(intf.deleteLoopback, { sw_if_index: index });
      expect((await tables()).some((row) => row.table_id === id)).toBe(false);
    });

    test('binding: unknown table, with an address, repeat, read back, gone with the interface', async () => {
      const id = it.unique();
      await addTable(id);
      const index = await loopback(it.client, it.unique());
      const at = async () =>
        (await it.client.call(intf.swInterfaceGetTable, { sw_if_index: index, is_ipv6: false })).vrf_id;
      expect(await bind(index, 99_999)).toBe(retvals.NO_SUCH_FIB);
      expect(await bind(unknown, id)).toBe(retvals.INVALID_SW_IF_INDEX);
      expect(await bind(index, id)).toBe(0);
      expect(await bind(index, id)).toBe(0);
      expect(await at()).toBe(id);
      await addAddress(it.client, index, '172.30.0.1/24');
      expect(await bind(index, 0)).toBe(retvals.ADDRESS_FOUND_FOR_INTERFACE);
      await it.client.call(intf.deleteLoopback, { sw_if_index: index });
      expect(await loopback(it.client, it.unique())).toBe(index);
      expect(await at()).toBe(0);
    });
  });

  describe('addresses', () => {
    let index: SwIfIndex;
    beforeAll(async () => {
      index = await loopback(it.client, it.unique());
    });

    test('added, repeated, overlapping, removed, removed again', async () => {
      const change = (prefix: string, isAdd = true) =>
        retvalOf(it.client, intf.swInterfaceAddDelAddress, address(index, prefix, isAdd));
      expect(await change('10.1.0.1/24')).toBe(0);
      expect(await change('10.1.0.1/24')).toBe(retvals.ADDRESS_IN_USE);
      expect(await change('10.1.0.2/24')).toBe(0);
      expect(await change('10.1.0.129/25')).toBe(retvals.ADDRESS_IN_USE);
      expect(await change('10.1.0.1/32')).toBe(retvals.ADDRESS_IN_USE);
      expect((await addresses(index)).sort()).toEqual(['10.1.0.1/24', '10.1.0.2/24']);
      expect(await change('10.1.0.2/24', false)).toBe(0);
      expect(await change('10.1.0.2/24', false)).toBe(retvals.ADDRESS_NOT_FOUND_FOR_INTERFACE);
      expect(await addresses(index)).toEqual(['10.1.0.1/24']);
      expect(await retvalOf(it.client, intf.swInterfaceAddDelAddress, address(unknown, '10.9.0.1/24'))).toBe(
        retvals.INVALID_SW_IF_INDEX,
      );
    });

    test('IPv6 has another number for a repeat', async () => {
      const change = (prefix: string) => retvalOf(it.client, intf.swInterfaceAddDelAddress, address(index, prefix));
      expect(await change('2001:db8:1::1/64')).toBe(0);
      expect(await change('2001:db8:1::1/64')).toBe(retvals.DUPLICATE_IF_ADDRESS);
      expect(await addresses(index, true)).toEqual(['2001:db8:1::1/64']);
    });

    test('a subnet is one interface’s in a table, and free in another', async () => {
      const id = it.unique();
      await addTable(id);
      const other = await loopback(it.client, it.unique());
      const change = () => retvalOf(it.client, intf.swInterfaceAddDelAddress, address(other, '10.1.0.5/24'));
      expect(await change()).toBe(retvals.ADDRESS_IN_USE);
      await bind(other, id);
      expect(await change()).toBe(0);
    });

    test('all at once', async () => {
      const other = await loopback(it.client, it.unique());
      await addAddress(it.client, other, '10.2.0.1/24');
      await addAddress(it.client, other, '2001:db8:2::1/64');
      await it.client.call(intf.swInterfaceAddDelAddress, { ...address(other, '0.0.0.0/0', false), del_all: true });
      expect([await addresses(other), await addresses(other, true)]).toEqual([[], []]);
    });

    test('bring routes while the interface is up; go with it', async () => {
      const other = await loopback(it.client, it.unique());
      await addAddress(it.client, other, '10.3.0.1/24');
      await addAddress(it.client, other, '2001:db8:3::1/64');
      const routes = async () =>
        (await it.client.dump(ip.ipRouteV2Dump, { src: 0, table: table(0, false, '') }))
          .map((row) => row.route.prefix)
          .filter((prefix) => prefix.startsWith('10.3.0.'))
          .sort();
      expect(await routes()).toEqual([]);
      await setUp(it.client, other);
      expect(await routes()).toEqual(['10.3.0.0/32', '10.3.0.1/24', '10.3.0.1/32', '10.3.0.255/32']);
      await setUp(it.client, other, false);
      expect(await routes()).toEqual([]);
      await setUp(it.client, other);
      await it.client.call(intf.deleteLoopback, { sw_if_index: other });
      expect(await routes()).toEqual([]);
      expect(await loopback(it.client, it.unique())).toBe(other);
      expect(await addresses(other)).toEqual([]);
    });

    test('dump of an unknown interface is empty', async () => {
      expect(await addresses(unknown)).toEqual([]);
    });
  });

  describe('unnumbered', () => {
    let donor: SwIfIndex;
    let parent: SwIfIndex;
    beforeAll(async () => {
      donor = await loopback(it.client, it.unique());
      await addAddress(it.client, donor, '100.64.0.1/16');
      parent = (await it.hostInterface()).index;
    });
    const donors = async (sw_if_index: SwIfIndex) =>
      (await it.client.dump(ip.ipUnnumberedDump, { sw_if_index })).map((row) => [row.sw_if_index, row.ip_sw_if_index]);

    test('set, repeated, read back, taken off twice', async () => {
      const line = await makeSubif(it.client, parent, 10, 10);
      const change = (isAdd: boolean) =>
        retvalOf(it.client, intf.swInterfaceSetUnnumbered, unnumbered(donor, line, isAdd));
      expect(await change(true)).toBe(0);
      expect(await change(true)).toBe(0);
      expect(await donors(line)).toEqual([[line, donor]]);
      expect(await donors(noInterface)).toContainEqual([line, donor]);
      expect(await change(false)).toBe(0);
      expect(await change(false)).toBe(0);
      expect(await donors(line)).toEqual([]);
    });

    test('unknown interfaces', async () => {
      const line = await makeSubif(it.client, parent, 11, 11);
      const change = (from: SwIfIndex, to: SwIfIndex) =>
        retvalOf(it.client, intf.swInterfaceSetUnnumbered, unnumbered(from, to));
      expect(await change(donor, unknown)).toBe(retvals.INVALID_SW_IF_INDEX);
      expect(await change(unknown, line)).toBe(retvals.INVALID_SW_IF_INDEX_2);
    });

    test.each([
      ['IPv4', false],
      ['IPv6', true],
    ])('another %s table is refused', async (_, isIp6) => {
      const id = it.unique();
      await addTable(id, isIp6);
      const line = await makeSubif(it.client, parent, id, id);
      await bind(line, id, isIp6);
      expect(await retvalOf(it.client, intf.swInterfaceSetUnnumbered, unnumbered(donor, line))).toBe(
        retvals.UNEXPECTED_INTF_STATE,
      );
    });

    test('does not outlive its interface', async () => {
      const line = await makeSubif(it.client, parent, 12, 12);
      await borrow(it.client, donor, line);
      await it.client.call(intf.deleteSubif, { sw_if_index: line });
      expect(await makeSubif(it.client, parent, 13, 13)).toBe(line);
      expect(await donors(line)).toEqual([]);
    });

    test('hundreds in one go', async () => {
      const lines = await Promise.all(
        Array.from({ length: 500 }, (_, i) => makeSubif(it.client, parent, 1000 + i, 1000 + i)),
      );
      await Promise.all(lines.map((line) => borrow(it.client, donor, line)));
      const borrowed = new Set((await donors(noInterface)).map(([line]) => line));
      expect(lines.filter((line) => !borrowed.has(line))).toEqual([]);
    }, 60_000);
  });

  describe('IPv6', () => {
    const enable = (sw_if_index: SwIfIndex, on: boolean) =>
      retvalOf(it.client, ip.swInterfaceIp6EnableDisable, { sw_if_index, enable: on });
    const ra = (sw_if_index: SwIfIndex) =>
      retvalOf(it.client, nd.swInterfaceIp6ndRaConfig, {
        sw_if_index,
        suppress: 0,
        managed: 1,
        other: 1,
        ll_option: 0,
        send_unicast: 0,
        cease: 0,
        is_no: false,
        default_router: 0,
        max_interval: 0,
        min_interval: 0,
        lifetime: 0,
        initial_count: 0,
        initial_interval: 0,
      });
    const raPrefix = (sw_if_index: SwIfIndex) =>
      retvalOf(it.client, nd.swInterfaceIp6ndRaPrefix, {
        sw_if_index,
        prefix: '2001:db8:a::/64',
        use_default: true,
        no_advertise: false,
        off_link: false,
        no_autoconfig: false,
        no_onlink: false,
        is_no: false,
        val_lifetime: 0,
        pref_lifetime: 0,
      });

    test('on, on again, off, off again', async () => {
      const index = await loopback(it.client, it.unique());
      expect(await enable(index, false)).toBe(retvals.IP6_NOT_ENABLED);
      expect(await enable(index, true)).toBe(0);
      expect(await enable(index, true)).toBe(retvals.VALUE_EXIST);
      expect(await enable(index, false)).toBe(0);
      expect(await enable(unknown, true)).toBe(retvals.INVALID_SW_IF_INDEX);
    });

    test('router advertisements need it', async () => {
      const { index } = await it.hostInterface();
      expect(await ra(index)).toBe(retvals.IP6_NOT_ENABLED);
      expect(await raPrefix(index)).toBe(retvals.IP6_NOT_ENABLED);
      await enable(index, true);
      expect([await ra(index), await ra(index), await raPrefix(index), await raPrefix(index)]).toEqual([0, 0, 0, 0]);
      expect(await ra(unknown)).toBe(retvals.INVALID_SW_IF_INDEX);
    });
  });
});
