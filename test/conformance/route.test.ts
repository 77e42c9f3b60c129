import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fibSourceDump } from '#lib/vpp/messages/fib.js';
import * as intf from '#lib/vpp/messages/interface.js';
import * as ip from '#lib/vpp/messages/ip.js';
import { retvals } from '#lib/vpp/retval.js';
import { type FibPath, noInterface, path, pathVia, type SwIfIndex, swIfIndex } from '#lib/vpp/types.js';
import { onEachLane, type Subject, startSubject } from './lane.js';
import { addAddress, loopback, makeSubif, retvalOf, setUp } from './requests.js';

const API_SOURCE = 8;
const DROP = 2;
const ICMP_UNREACHABLE = 5;
const ICMP_PROHIBITED = 6;

onEachLane('routes', (lane) => {
  let it: Subject;
  let core: SwIfIndex;
  let tableId = 0;
  beforeAll(async () => {
    it = await startSubject(lane);
    core = await loopback(it.client, it.unique());
    await addAddress(it.client, core, '10.255.0.1/24');
    await setUp(it.client, core);
    tableId = it.unique();
    for (const is_ip6 of [false, true])
      await it.client.call(ip.ipTableAddDelV2, {
        table: { table_id: tableId, is_ip6, name: 'customers' },
        create_mfib: true,
        is_add: true,
      });
  }, 60_000);
  afterAll(() => it?.stop(), 30_000);

  const change = (
    prefix: string,
    paths: FibPath[],
    options: { isAdd?: boolean; multipath?: boolean; table?: number } = {},
  ) => ({
    is_add: options.isAdd ?? true,
    is_multipath: options.multipath ?? false,
    route: { table_id: options.table ?? 0, stats_index: 0, prefix, paths },
  });
  const add = (prefix: string, ...paths: FibPath[]) => it.client.call(ip.ipRouteAddDel, change(prefix, paths));
  const remove = (prefix: string) => retvalOf(it.client, ip.ipRouteAddDel, change(prefix, [], { isAdd: false }));
  const via = (address: string) => path({ sw_if_index: core, via: address });
  const apiRoutes = (table = 0, is_ip6 = false) =>
    it.client.dump(ip.ipRouteV2Dump, { src: API_SOURCE, table: { table_id: table, is_ip6, name: '' } });
  const found = async (prefix: string, table = 0) =>
    (await apiRoutes(table, prefix.includes(':'))).find(({ route }) => route.prefix === prefix)?.route;
  const nextHops = async (prefix: string) => ((await found(prefix))?.paths ?? []).map(pathVia).sort();

  test('the API’s own source is number 8', async () => {
    const sources = (await it.client.dump(fibSourceDump, {})).map((row) => row.src);
    expect(sources).toContainEqual({ id: API_SOURCE, priority: 0x80, name: 'API' });
    expect(sources.find(({ name }) => name === 'interface')).toMatchObject({ priority: 3 });
  });

  test('added, repeated, replaced, removed, removed again', async () => {
    const first = await add('198.51.100.0/24', via('10.255.0.2'));
    const again = await add('198.51.100.0/24', via('10.255.0.2'));
    expect(again).toEqual(first);
    expect(await nextHops('198.51.100.0/24')).toEqual(['10.255.0.2']);
    await add('198.51.100.0/24', via('10.255.0.3'), via('10.255.0.4'));
    expect(await nextHops('198.51.100.0/24')).toEqual(['10.255.0.3', '10.255.0.4']);
    expect([await remove('198.51.100.0/24'), await remove('198.51.100.0/24')]).toEqual([0, 0]);
    expect(await found('198.51.100.0/24')).toBeUndefined();
  });

  test('host bits: kept in the dump as first given, ignored to tell routes apart', async () => {
    await add('198.51.101.7/24', via('10.255.0.2'));
    await add('198.51.101.8/24', via('10.255.0.3'));
    const shown = (await apiRoutes())
      .map(({ route }) => route)
      .filter(({ prefix }) => prefix.startsWith('198.51.101.'));
    expect(shown).toEqual([expect.objectContaining({ prefix: '198.51.101.7/24', src: API_SOURCE, table_id: 0 })]);
    expect(shown[0]?.paths.map(pathVia)).toEqual(['10.255.0.3']);
    expect(await remove('198.51.101.99/24')).toBe(0);
    expect((await apiRoutes()).filter(({ route }) => route.prefix.startsWith('198.51.101.'))).toEqual([]);
  });

  test('multipath adds and takes away single paths, and keeps a known one’s weight', async () => {
    const one = change('198.51.102.0/24', [via('10.255.0.2')], { multipath: true });
    const heavier = change('198.51.102.0/24', [{ ...via('10.255.0.2'), weight: 5 }], { multipath: true });
    const two = change('198.51.102.0/24', [via('10.255.0.3')], { multipath: true });
    for (const request of [one, heavier, two]) await it.client.call(ip.ipRouteAddDel, request);
    expect(await nextHops('198.51.102.0/24')).toEqual(['10.255.0.2', '10.255.0.3']);
    expect((await found('198.51.102.0/24'))?.paths.map(({ weight }) => weight)).toEqual([1, 1]);
    await it.client.call(ip.ipRouteAddDel, { ...one, is_add: false });
    expect(await nextHops('198.51.102.0/24')).toEqual(['10.255.0.3']);
    expect(await retvalOf(it.client, ip.ipRouteAddDel, { ...one, is_add: false })).toBe(0);
    await it.client.call(ip.ipRouteAddDel, { ...two, is_add: false });
    expect(await found('198.51.102.0/24')).toBeUndefined();
  });

  test.each([
    ['no paths', change('198.51.103.0/24', []), retvals.NO_PATHS_IN_ROUTE],
    ['an unknown table', change('198.51.103.0/24', [path({ type: DROP })], { table: 88_888 }), retvals.NO_SUCH_FIB],
    [
      'an unknown interface',
      change('198.51.103.0/24', [path({ sw_if_index: swIfIndex(4_000_000) })]),
      retvals.NO_MATCHING_INTERFACE,
    ],
  ])('%s', async (_, request, retval) => {
    expect(await retvalOf(it.client, ip.ipRouteAddDel, request)).toBe(retval);
    expect(await found('198.51.103.0/24')).toBeUndefined();
  });

  test('attached host route to a line, drop route, IPv6 route, route into another table', async () => {
    const parent = await it.hostInterface();
    const line = await makeSubif(it.client, parent.index, 10, 10);
    await add('100.64.0.9/32', path({ sw_if_index: line }));
    expect((await found('100.64.0.9/32'))?.paths).toEqual([
      expect.objectContaining({ sw_if_index: line, type: 0, weight: 1 }),
    ]);
    await add('198.51.104.0/24', path({ type: DROP }));
    expect((await found('198.51.104.0/24'))?.paths).toEqual([expect.objectContaining({ type: DROP })]);
    for (const type of [ICMP_UNREACHABLE, ICMP_PROHIBITED]) {
      await add('198.51.104.0/24', path({ type }));
      expect((await found('198.51.104.0/24'))?.paths).toEqual([expect.objectContaining({ type })]);
    }
    await add('2001:db8:99::/48', path({ sw_if_index: line, proto: 1, via: 'fe80::1' }));
    expect((await found('2001:db8:99::/48'))?.paths.map(pathVia)).toEqual(['fe80::1']);
    const recursive = path({ via: '10.255.0.2', table_id: 0 });
    await it.client.call(ip.ipRouteAddDel, change('0.0.0.0/0', [recursive], { table: tableId }));
    expect(await found('0.0.0.0/0', tableId)).toMatchObject({ table_id: tableId });
    expect((await found('0.0.0.0/0', tableId))?.paths.map(pathVia)).toEqual(['10.255.0.2']);
  });

  test('a host route beside the connected one: removing it leaves the connected one', async () => {
    await add('10.255.0.0/24', via('10.255.0.9'));
    await remove('10.255.0.0/24');
    const all = await it.client.dump(ip.ipRouteDump, { table: { table_id: 0, is_ip6: false, name: '' } });
    expect(all.map(({ route }) => route.prefix)).toEqual(expect.arrayContaining(['10.255.0.1/24', '10.255.0.1/32']));
  });

  test('look-up: longest match, exact match, nothing exact, unknown table', async () => {
    await add('203.0.113.0/24', via('10.255.0.2'));
    await add('203.0.113.128/25', via('10.255.0.3'));
    const lookup = (prefix: string, exact: number, table_id = 0) =>
      it.client.call(ip.ipRouteLookup, { table_id, exact, prefix }, { raw: true });
    expect((await lookup('203.0.113.200/32', 0)).route.prefix).toBe('203.0.113.128/25');
    expect((await lookup('203.0.113.0/24', 1)).route.paths.map(pathVia)).toEqual(['10.255.0.2']);
    expect(await lookup('203.0.113.1/32', 1)).toMatchObject({ retval: retvals.NO_SUCH_ENTRY });
    expect(await lookup('203.0.113.1/32', 0, 88_888)).toMatchObject({ retval: retvals.NO_SUCH_FIB });
  });

  test('a table deleted before its routes leaves them to its successor', async () => {
    const id = it.unique();
    const table = { table_id: id, is_ip6: false, name: 't' };
    const present = async () => (await it.client.dump(ip.ipTableDump, {})).some((row) => row.table.table_id === id);
    const set = (is_add: boolean) => it.client.call(ip.ipTableAddDelV2, { table, create_mfib: true, is_add });
    await set(true);
    await it.client.call(ip.ipRouteAddDel, change('192.0.2.0/24', [path({ type: DROP })], { table: id }));
    await set(false);
    expect(await present()).toBe(false);
    expect(await apiRoutes(id)).toEqual([]);
    await set(true);
    expect((await apiRoutes(id)).map(({ route }) => route.prefix)).toEqual(['192.0.2.0/24']);
    await it.client.call(ip.ipRouteAddDel, change('192.0.2.0/24', [], { table: id, isAdd: false }));
  });

  test('a deleted table that an interface holds keeps its routes', async () => {
    const id = it.unique();
    const table = { table_id: id, is_ip6: false, name: 't' };
    const set = (is_add: boolean) => it.client.call(ip.ipTableAddDelV2, { table, create_mfib: true, is_add });
    await set(true);
    const index = await loopback(it.client, it.unique());
    await it.client.call(intf.swInterfaceSetTable, { sw_if_index: index, is_ipv6: false, vrf_id: id });
    await it.client.call(ip.ipRouteAddDel, change('192.0.2.0/24', [path({ type: DROP })], { table: id }));
    await set(false);
    expect((await apiRoutes(id)).map(({ route }) => route.prefix)).toEqual(['192.0.2.0/24']);
    await it.client.call(ip.ipRouteAddDel, change('192.0.2.0/24', [], { table: id, isAdd: false }));
    await it.client.call(intf.deleteLoopback, { sw_if_index: index });
  });

  describe('residue', () => {
    test('a route outlives its interface and shows the old index', async () => {
      const parent = await it.hostInterface();
      const line = await makeSubif(it.client, parent.index, 20, 20);
      await add('100.64.0.20/32', path({ sw_if_index: line }));
      await it.client.call(intf.deleteSubif, { sw_if_index: line });
      expect((await found('100.64.0.20/32'))?.paths).toEqual([expect.objectContaining({ sw_if_index: line })]);
      expect(await makeSubif(it.client, parent.index, 21, 21)).toBe(line);
      expect((await found('100.64.0.20/32'))?.paths).toEqual([expect.objectContaining({ sw_if_index: line })]);
      expect(await remove('100.64.0.20/32')).toBe(0);
      expect(await found('100.64.0.20/32')).toBeUndefined();
    });
  });

  test('thousands in one go', async () => {
    const prefixes = Array.from({ length: 3000 }, (_, i) => `100.80.${i >> 8}.${i & 255}/32`);
    const replies = await Promise.all(prefixes.map((prefix) => add(prefix, via('10.255.0.2'))));
    expect(new Set(replies.map(({ stats_index }) => stats_index)).size).toBe(prefixes.length);
    const present = new Set((await apiRoutes()).map(({ route }) => route.prefix));
    expect(prefixes.filter((prefix) => !present.has(prefix))).toEqual([]);
    await Promise.all(prefixes.map(remove));
    const left = (await apiRoutes()).map(({ route }) => route.prefix);
    expect(left.filter((prefix) => prefix.startsWith('100.80.'))).toEqual([]);
  }, 60_000);

  test('the path to nowhere has no interface', () => {
    expect(path({}).sw_if_index).toBe(noInterface);
  });
});
