import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Infer } from '#lib/vpp/message.js';
import * as arp from '#lib/vpp/messages/arp.js';
import * as intf from '#lib/vpp/messages/interface.js';
import { ipRouteV2Dump } from '#lib/vpp/messages/ip.js';
import * as neighbor from '#lib/vpp/messages/ip-neighbor.js';
import { retvals } from '#lib/vpp/retval.js';
import { noInterface, type SwIfIndex, swIfIndex } from '#lib/vpp/types.js';
import { waitFor } from '../harness/wait-for.js';
import { onEachLane, type Subject, startSubject } from './lane.js';
import { addAddress, borrow, loopback, makeSubif, retvalOf, setUp } from './requests.js';

const unknown = swIfIndex(4_000_000);
const STATIC = 1;
const NO_FIB_ENTRY = 2;
const ADDED = 1;
const REMOVED = 2;

onEachLane('neighbours', (lane) => {
  let it: Subject;
  let parent: SwIfIndex;
  let donor: SwIfIndex;
  beforeAll(async () => {
    it = await startSubject(lane);
    parent = (await it.hostInterface()).index;
    donor = await loopback(it.client, it.unique());
    await addAddress(it.client, donor, '100.64.0.1/16');
    await setUp(it.client, donor);
    await setUp(it.client, parent);
  }, 60_000);
  afterAll(() => it?.stop(), 30_000);

  const line = async (vlan: number) => {
    const index = await makeSubif(it.client, parent, vlan, vlan);
    await borrow(it.client, donor, index);
    await setUp(it.client, index);
    return index;
  };
  const entry = (sw_if_index: SwIfIndex, ip_address: string, mac_address = '02:00:00:00:00:09', flags = STATIC) => ({
    sw_if_index,
    flags,
    mac_address,
    ip_address,
  });
  const change = (one: ReturnType<typeof entry>, is_add = true) =>
    retvalOf(it.client, neighbor.ipNeighborAddDel, { is_add, neighbor: one });
  const list = async (sw_if_index: SwIfIndex, af = 0) =>
    (await it.client.dump(neighbor.ipNeighborDump, { sw_if_index, af })).map((row) => row.neighbor);
  const hostRoute = async (prefix: string) => {
    const routes = await it.client.dump(ipRouteV2Dump, { src: 0, table: { table_id: 0, is_ip6: false, name: '' } });
    return routes.find(({ route }) => route.prefix === prefix)?.route;
  };

  test('limits of a family, until changed and back', async () => {
    const start = { max_number: 50_000, max_age: 0, recycle: false };
    const limits = async (af: number) => it.client.call(neighbor.ipNeighborConfigGet, { af });
    const own = { max_number: 1000, max_age: 600, recycle: true };
    expect(await limits(1)).toEqual({ retval: 0, af: 1, ...start });
    expect(await retvalOf(it.client, neighbor.ipNeighborConfig, { af: 1, ...own })).toBe(0);
    expect([await limits(0), await limits(1)]).toMatchObject([start, own]);
    expect(await retvalOf(it.client, neighbor.ipNeighborConfig, { af: 1, ...start })).toBe(0);
  });

  test('added, repeated, another MAC, removed without MAC, removed again', async () => {
    const index = await line(10);
    const one = entry(index, '100.64.0.9');
    expect([await change(one), await change(one)]).toEqual([0, 0]);
    expect(await list(index)).toEqual([one]);
    const moved = entry(index, '100.64.0.9', '02:00:00:00:00:10');
    expect(await change(moved)).toBe(0);
    expect(await list(index)).toEqual([moved]);
    expect(await list(noInterface)).toContainEqual(moved);
    const nameless = entry(index, '100.64.0.9', '00:00:00:00:00:00', 0);
    expect([await change(nameless, false), await change(nameless, false)]).toEqual([0, retvals.NO_SUCH_ENTRY]);
    expect(await list(index)).toEqual([]);
  });

  test('an unknown interface', async () => {
    expect(await change(entry(unknown, '100.64.0.9'))).toBe(retvals.INVALID_SW_IF_INDEX);
    expect(await change(entry(unknown, '100.64.0.9'), false)).toBe(retvals.INVALID_SW_IF_INDEX);
  });

  test('brings its host route, unless told not to', async () => {
    const index = await line(11);
    await change(entry(index, '100.64.0.11'));
    await change(entry(index, '100.64.0.12', '02:00:00:00:00:12', STATIC | NO_FIB_ENTRY));
    expect((await hostRoute('100.64.0.11/32'))?.paths).toEqual([expect.objectContaining({ sw_if_index: index })]);
    expect(await hostRoute('100.64.0.12/32')).toBeUndefined();
    expect((await list(index)).map(({ flags }) => flags)).toEqual([STATIC, STATIC | NO_FIB_ENTRY]);
    await change(entry(index, '100.64.0.11'), false);
    expect(await hostRoute('100.64.0.11/32')).toBeUndefined();
  });

  test('a dynamic one and an IPv6 one', async () => {
    const index = await line(12);
    await addAddress(it.client, index, '2001:db8:12::1/64');
    const six = entry(index, '2001:db8:12::9');
    const dynamic = entry(index, '100.64.0.13', '02:00:00:00:00:13', 0);
    expect([await change(six), await change(dynamic)]).toEqual([0, 0]);
    expect(await list(index, 1)).toEqual([six]);
    expect(await list(index)).toEqual([dynamic]);
  });

  test('goes with its interface', async () => {
    const index = await line(13);
    await change(entry(index, '100.64.0.14'));
    await it.client.call(intf.deleteSubif, { sw_if_index: index });
    expect(await makeSubif(it.client, parent, 14, 14)).toBe(index);
    expect(await list(index)).toEqual([]);
    expect(await hostRoute('100.64.0.14/32')).toBeUndefined();
  });

  test('events: added and removed, to whoever asked; asking twice is fine', async () => {
    const index = await line(15);
    const seen: Infer<typeof neighbor.ipNeighborEventV2>[] = [];
    const stop = it.client.on(neighbor.ipNeighborEventV2, (event) => seen.push(event));
    const want = (enable: boolean) =>
      retvalOf(it.client, neighbor.wantIpNeighborEventsV2, { enable, pid: 7, ip: '0.0.0.0', sw_if_index: index });
    expect([await want(true), await want(true)]).toEqual([0, 0]);
    const one = entry(index, '100.64.0.15');
    await change(one);
    await waitFor('added', () => seen.some(({ flags }) => flags === ADDED));
    await change(one, false);
    await waitFor('removed', () => seen.some(({ flags }) => flags === REMOVED));
    expect(seen.every((event) => event.pid === 7 && event.neighbor.ip_address === '100.64.0.15')).toBe(true);
    expect(await want(false)).toBe(0);
    stop();
  });

  describe('proxy ARP', () => {
    const range = (table_id: number, low: string, hi: string) => ({ table_id, low, hi });
    const set = (proxy: ReturnType<typeof range>, is_add = true) =>
      retvalOf(it.client, arp.proxyArpAddDel, { is_add, proxy });
    const flag = (sw_if_index: SwIfIndex, enable: boolean) =>
      retvalOf(it.client, arp.proxyArpIntfcEnableDisable, { sw_if_index, enable });
    const flagged = async () => (await it.client.dump(arp.proxyArpIntfcDump, {})).map((row) => row.sw_if_index);

    test('ranges: added, repeated, read back, the wrong one, removed, an unknown table', async () => {
      const one = range(0, '100.64.0.2', '100.64.0.254');
      expect([await set(one), await set(one)]).toEqual([0, 0]);
      expect((await it.client.dump(arp.proxyArpDump, {})).map((row) => row.proxy)).toEqual([one]);
      expect(await set(range(0, '100.64.0.2', '100.64.0.253'), false)).toBe(retvals.NO_SUCH_ENTRY);
      expect(await set(range(77_777, '100.64.0.2', '100.64.0.253'))).toBe(retvals.NO_SUCH_FIB);
      expect(await set(one, false)).toBe(0);
      expect(await it.client.dump(arp.proxyArpDump, {})).toEqual([]);
    });

    test('the flag outlives its interface in the dump', async () => {
      const index = await line(20);
      expect([await flag(index, true), await flag(index, true)]).toEqual([0, 0]);
      expect(await flagged()).toEqual([index]);
      await it.client.call(intf.deleteSubif, { sw_if_index: index });
      expect(await flagged()).toEqual([index]);
      expect(await flag(index, false)).toBe(retvals.INVALID_SW_IF_INDEX);
      expect(await makeSubif(it.client, parent, 21, 21)).toBe(index);
      expect(await flagged()).toEqual([index]);
      expect([await flag(index, false), await flag(index, false)]).toEqual([0, 0]);
      expect(await flagged()).toEqual([]);
    });
  });
});
