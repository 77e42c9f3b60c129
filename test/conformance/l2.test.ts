import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Infer } from '#lib/vpp/message.js';
import { deleteSubif } from '#lib/vpp/messages/interface.js';
import * as l2 from '#lib/vpp/messages/l2.js';
import { retvals } from '#lib/vpp/retval.js';
import { anyIndex, noInterface, type SwIfIndex, swIfIndex } from '#lib/vpp/types.js';
import { onEachLane, type Subject, startSubject } from './lane.js';
import { addAddress, interfaces, makeSubif, NO_MAC, retvalOf, setUp } from './requests.js';

const UNKNOWN = swIfIndex(9999);
const NORMAL = 0;
const BVI = 1;
const UU_FORWARD = 2;
const MAC = '02:00:00:00:01:01';
const MAX_ID = 0xffffff;

type Domain = Infer<typeof l2.bridgeDomainAddDelV2.request>;
const domain = (id: number, change: Partial<Domain> = {}): Domain => ({
  bd_id: id,
  flood: true,
  uu_flood: true,
  forward: true,
  learn: true,
  arp_term: false,
  arp_ufwd: false,
  mac_age: 5,
  bd_tag: 'tag',
  is_add: true,
  ...change,
});
const port = (index: SwIfIndex, id: number, change: object = {}) => ({
  rx_sw_if_index: index,
  bd_id: id,
  port_type: NORMAL,
  shg: 0,
  enable: true,
  ...change,
});
const entry = (id: number, index: SwIfIndex, change: object = {}) => ({
  mac: MAC,
  bd_id: id,
  sw_if_index: index,
  is_add: true,
  static_mac: true,
  filter_mac: false,
  bvi_mac: false,
  ...change,
});
const rewrite = (index: SwIfIndex, op: number, tags: [dot1q: number, tag1: number, tag2: number] = [0, 0, 0]) => ({
  sw_if_index: index,
  vtr_op: op,
  push_dot1q: tags[0],
  tag1: tags[1],
  tag2: tags[2],
});

onEachLane('L2', (lane) => {
  let it: Subject;
  let parent: SwIfIndex;
  beforeAll(async () => {
    it = await startSubject(lane);
    parent = (await it.hostInterface()).index;
  }, 60_000);
  afterAll(() => it.stop(), 30_000);

  const change = (request: Domain) => retvalOf(it.client, l2.bridgeDomainAddDelV2, request);
  const join = (request: ReturnType<typeof port>) => retvalOf(it.client, l2.swInterfaceSetL2Bridge, request);
  const domains = (id = anyIndex) => it.client.dump(l2.bridgeDomainDump, { bd_id: id, sw_if_index: noInterface });
  const macs = async (id = anyIndex) =>
    (await it.client.dump(l2.l2FibTableDump, { bd_id: id })).sort((a, b) => a.mac.localeCompare(b.mac));
  const setMac = (request: ReturnType<typeof entry>) => retvalOf(it.client, l2.l2fibAddDel, request);
  const newSub = (inner = 0) => makeSubif(it.client, parent, it.unique(), it.unique(), inner);
  const newBvi = async (mac = NO_MAC) =>
    (await it.client.call(l2.bviCreate, { mac, user_instance: it.unique() })).sw_if_index;
  const newDomain = async (settings: Partial<Domain> = {}) => {
    const id = it.unique();
    await it.client.call(l2.bridgeDomainAddDelV2, domain(id, settings));
    return id;
  };
  const shown = async (index: SwIfIndex) =>
    (await interfaces(it.client)).find(({ sw_if_index }) => sw_if_index === index);

  describe('bridge domains', () => {
    test.each([
      ['everything on', {}],
      ['everything off', { flood: false, uu_flood: false, forward: false, learn: false, mac_age: 0, bd_tag: '' }],
      ['ARP', { arp_term: true, arp_ufwd: true, mac_age: 255 }],
    ])('%s: made, read back, removed', async (_name, settings) => {
      const id = it.unique();
      const wanted = domain(id, settings);
      expect(await it.client.call(l2.bridgeDomainAddDelV2, wanted)).toEqual({ retval: 0, bd_id: id });
      const { is_add: _, ...features } = wanted;
      const none = { bvi_sw_if_index: noInterface, uu_fwd_sw_if_index: noInterface, sw_if_details: [] };
      expect(await domains(id)).toEqual([{ ...features, ...none }]);
      expect((await domains()).map(({ bd_id }) => bd_id)).toContain(id);
      expect(await change({ ...wanted, is_add: false })).toBe(0);
      expect(await domains(id)).toEqual([]);
    });

    test.each([
      ['one that is there', 'there', retvals.BD_ALREADY_EXISTS],
      ['number 0', 0, retvals.BD_ALREADY_EXISTS],
      ['a number too big', MAX_ID + 1, retvals.BD_ID_EXCEED_MAX],
    ])('%s is not added', async (_name, id, retval) => {
      const there = await newDomain();
      expect(await change(domain(id === 'there' ? there : Number(id)))).toBe(retval);
      await change(domain(there, { is_add: false }));
    });

    test.each([
      ['an unknown one', 123_456, retvals.NO_SUCH_ENTRY],
      ['number 0', 0, retvals.BD_NOT_MODIFIABLE],
      ['any', anyIndex, retvals.NO_SUCH_ENTRY],
    ])('%s is not removed', async (_name, id, retval) => {
      expect(await change(domain(id, { is_add: false }))).toBe(retval);
    });

    test('any number', async () => {
      const { bd_id } = await it.client.call(l2.bridgeDomainAddDelV2, domain(anyIndex));
      expect(bd_id).toBeLessThan(MAX_ID + 1);
      expect(await domains(bd_id)).toHaveLength(1);
      await change(domain(bd_id, { is_add: false }));
    });

    test('age and flags are changed in place', async () => {
      const id = await newDomain();
      expect(await retvalOf(it.client, l2.bridgeDomainSetMacAge, { bd_id: id, mac_age: 9 })).toBe(0);
      const flags = (is_set: boolean, flag: number) =>
        it.client.call(l2.bridgeFlags, { bd_id: id, is_set, flags: flag });
      expect(await flags(false, 1)).toEqual({ retval: 0, resulting_feature_bitmap: 0xfffffda7 });
      expect(await flags(true, 16)).toEqual({ retval: 0, resulting_feature_bitmap: 0xfffffdb7 });
      expect(await domains(id)).toMatchObject([{ mac_age: 9, learn: false, flood: true, arp_term: true }]);
      await change(domain(id, { is_add: false }));
    });

    test.each([
      ['an unknown one', 123_456, retvals.NO_SUCH_ENTRY],
      ['number 0', 0, retvals.BD_NOT_MODIFIABLE],
    ])('%s is not changed', async (_name, bd_id, retval) => {
      const limit = { bd_id, learn_limit: 10 };
      expect(await retvalOf(it.client, l2.bridgeDomainSetMacAge, { bd_id, mac_age: 9 })).toBe(retval);
      expect(await retvalOf(it.client, l2.bridgeDomainSetLearnLimit, limit)).toBe(retval);
      expect(await retvalOf(it.client, l2.bridgeFlags, { bd_id, is_set: true, flags: 1 })).toBe(retval);
    });

    test('a learning limit is accepted', async () => {
      const id = await newDomain();
      expect(await retvalOf(it.client, l2.bridgeDomainSetLearnLimit, { bd_id: id, learn_limit: 10 })).toBe(0);
      await change(domain(id, { is_add: false }));
    });
  });

  describe('BVI', () => {
    test('made, repeated, removed', async () => {
      const user_instance = it.unique();
      const made = await it.client.call(l2.bviCreate, { mac: NO_MAC, user_instance });
      expect(await it.client.call(l2.bviCreate, { mac: NO_MAC, user_instance }, { raw: true })).toEqual({
        retval: retvals.INVALID_REGISTRATION,
        sw_if_index: noInterface,
      });
      const hex = (user_instance & 0xff).toString(16).padStart(2, '0');
      expect(await shown(made.sw_if_index)).toMatchObject({
        interface_name: `bvi${user_instance}`,
        interface_dev_type: 'BVI',
        l2_address: `b0:b0:00:00:00:${hex}`,
        link_mtu: 9000,
        flags: 0,
      });
      await setUp(it.client, made.sw_if_index);
      expect(await shown(made.sw_if_index)).toMatchObject({ flags: 3 });
      const remove = () => retvalOf(it.client, l2.bviDelete, { sw_if_index: made.sw_if_index });
      expect(await remove()).toBe(0);
      expect(await remove()).toBe(retvals.INVALID_SW_IF_INDEX);
      expect(await retvalOf(it.client, l2.bviDelete, { sw_if_index: parent })).toBe(retvals.INVALID_SW_IF_INDEX);
    });

    test('in a domain: first member, static MAC, one only', async () => {
      const id = await newDomain();
      const [bvi, other, sub] = [await newBvi('02:00:00:00:00:05'), await newBvi(), await newSub()];
      await join(port(sub, id));
      expect(await join(port(bvi, id, { port_type: BVI }))).toBe(0);
      expect(await join(port(bvi, id, { port_type: BVI }))).toBe(0);
      expect(await join(port(other, id, { port_type: BVI }))).toBe(retvals.BD_ALREADY_HAS_BVI);
      expect(await domains(id)).toMatchObject([
        { bvi_sw_if_index: bvi, sw_if_details: [{ sw_if_index: bvi }, { sw_if_index: sub }] },
      ]);
      const own = { bd_id: id, mac: '02:00:00:00:00:05', sw_if_index: bvi };
      expect(await macs(id)).toEqual([{ ...own, static_mac: true, filter_mac: false, bvi_mac: true }]);
      for (const index of [bvi, other]) await it.client.call(l2.bviDelete, { sw_if_index: index });
      expect(await macs(id)).toEqual([]);
      expect(await domains(id)).toMatchObject([
        { bvi_sw_if_index: noInterface, sw_if_details: [{ sw_if_index: sub, shg: 0 }] },
      ]);
      await it.client.call(deleteSubif, { sw_if_index: sub });
      expect(await change(domain(id, { is_add: false }))).toBe(0);
    });
  });

  describe('members', () => {
    let id: number;
    let sub: SwIfIndex;
    beforeEach(async () => {
      id = await newDomain();
      sub = await newSub();
    });

    test('added, repeated, with another group, removed, removed again', async () => {
      expect(await join(port(sub, id, { shg: 3 }))).toBe(0);
      expect(await join(port(sub, id, { shg: 3 }))).toBe(0);
      expect(await domains(id)).toMatchObject([{ sw_if_details: [{ context: 0, sw_if_index: sub, shg: 3 }] }]);
      expect(await join(port(sub, id, { shg: 4 }))).toBe(0);
      expect(await domains(id)).toMatchObject([{ sw_if_details: [{ sw_if_index: sub, shg: 4 }] }]);
      expect(await change(domain(id, { is_add: false }))).toBe(retvals.BD_IN_USE);
      expect(await join(port(sub, id, { enable: false }))).toBe(0);
      expect(await join(port(sub, id, { enable: false }))).toBe(0);
      expect(await domains(id)).toMatchObject([{ sw_if_details: [] }]);
      expect(await change(domain(id, { is_add: false }))).toBe(0);
    });

    test('are in one domain', async () => {
      const other = await newDomain();
      await join(port(sub, id));
      expect(await join(port(sub, other))).toBe(0);
      expect(await domains(id)).toMatchObject([{ sw_if_details: [] }]);
      expect(await domains(other)).toMatchObject([{ sw_if_details: [{ sw_if_index: sub }] }]);
      await it.client.call(deleteSubif, { sw_if_index: sub });
      expect(await domains(other)).toMatchObject([{ sw_if_details: [] }]);
    });

    test('the port of unknown unicast is no member', async () => {
      expect(await join(port(sub, id, { port_type: UU_FORWARD }))).toBe(0);
      expect(await domains(id)).toMatchObject([{ uu_fwd_sw_if_index: sub, sw_if_details: [] }]);
      await it.client.call(deleteSubif, { sw_if_index: sub });
      expect(await domains(id)).toMatchObject([{ uu_fwd_sw_if_index: noInterface }]);
    });

    test('an unknown domain is made, without tag', async () => {
      const implicit = it.unique();
      expect(await join(port(sub, implicit))).toBe(0);
      const on = { flood: true, uu_flood: true, forward: true, learn: true, arp_term: false, arp_ufwd: false };
      expect(await domains(implicit)).toMatchObject([{ bd_tag: '', ...on, sw_if_details: [{ sw_if_index: sub }] }]);
    });

    test('may have an address', async () => {
      await addAddress(it.client, sub, '10.77.0.1/24');
      expect(await join(port(sub, id))).toBe(0);
    });

    test('what cannot be', async () => {
      expect(await join(port(UNKNOWN, id))).toBe(retvals.INVALID_SW_IF_INDEX);
      expect(await join(port(UNKNOWN, id, { enable: false }))).toBe(retvals.INVALID_SW_IF_INDEX);
      expect(await join(port(sub, id, { port_type: 3 }))).toBe(retvals.INVALID_VALUE);
      expect(await join(port(sub, MAX_ID + 1))).toBe(retvals.BD_ID_EXCEED_MAX);
      expect(await domains(id)).toMatchObject([{ sw_if_details: [] }]);
    });
  });

  describe('MAC addresses', () => {
    let id: number;
    let sub: SwIfIndex;
    beforeEach(async () => {
      id = await newDomain();
      sub = await newSub();
      await join(port(sub, id));
    });
    const fixed = { mac: MAC, static_mac: true, filter_mac: false, bvi_mac: false };

    test('added, repeated, moved, removed, removed again', async () => {
      const other = await newSub();
      await join(port(other, id));
      expect(await setMac(entry(id, sub))).toBe(0);
      expect(await setMac(entry(id, sub))).toBe(0);
      expect(await macs(id)).toEqual([{ ...fixed, bd_id: id, sw_if_index: sub }]);
      expect(await setMac(entry(id, other))).toBe(0);
      expect(await macs(id)).toEqual([{ ...fixed, bd_id: id, sw_if_index: other }]);
      expect(await setMac(entry(id, sub, { is_add: false }))).toBe(retvals.NO_SUCH_ENTRY);
      expect(await setMac(entry(id, other, { is_add: false }))).toBe(0);
      expect(await setMac(entry(id, other, { is_add: false }))).toBe(retvals.NO_SUCH_ENTRY);
      expect(await macs(id)).toEqual([]);
    });

    test('a filter has no interface', async () => {
      expect(await setMac(entry(id, UNKNOWN, { filter_mac: true, static_mac: false }))).toBe(0);
      const filter = { static_mac: true, filter_mac: true, bvi_mac: false };
      expect(await macs(id)).toEqual([{ bd_id: id, mac: MAC, sw_if_index: noInterface, ...filter }]);
      expect(await setMac(entry(id, noInterface, { is_add: false }))).toBe(0);
    });

    test('stay when the domain is flushed', async () => {
      await setMac(entry(id, sub));
      expect(await retvalOf(it.client, l2.l2fibFlushBd, { bd_id: id })).toBe(0);
      expect(await retvalOf(it.client, l2.l2fibFlushBd, { bd_id: 123_456 })).toBe(retvals.NO_SUCH_ENTRY);
      expect(await macs(id)).toHaveLength(1);
      await setMac(entry(id, sub, { is_add: false }));
    });

    test('outlive their interface, and their domain as those of its successor', async () => {
      await setMac(entry(id, sub));
      await it.client.call(deleteSubif, { sw_if_index: sub });
      expect(await macs(id)).toMatchObject([{ sw_if_index: sub }]);
      await change(domain(id, { is_add: false }));
      expect(await macs(id)).toEqual([]);
      expect(await macs()).toContainEqual({ ...fixed, bd_id: anyIndex, sw_if_index: sub });
      const next = await newDomain();
      expect(await macs(next)).toEqual([{ ...fixed, bd_id: next, sw_if_index: sub }]);
      expect(await setMac(entry(next, sub, { is_add: false }))).toBe(0);
    });

    test('what cannot be', async () => {
      expect(await setMac(entry(123_456, sub))).toBe(retvals.NO_SUCH_ENTRY);
      expect(await setMac(entry(id, UNKNOWN))).toBe(retvals.INVALID_SW_IF_INDEX);
      expect(await setMac(entry(id, await newSub()))).toBe(retvals.INVALID_SW_IF_INDEX);
    });
  });

  describe('tag rewrite', () => {
    const set = (request: ReturnType<typeof rewrite>) => retvalOf(it.client, l2.l2InterfaceVlanTagRewrite, request);
    const read = async (index: SwIfIndex) => {
      const row = await shown(index);
      return [row?.vtr_op, row?.vtr_push_dot1q, row?.vtr_tag1, row?.vtr_tag2];
    };

    test.each<[string, number, number, [number, number, number], number[]]>([
      ['push one', 0, 1, [1, 33, 0], [1, 1, 33, 0]],
      ['push two, the outer one 802.1ad', 0, 2, [0, 33, 44], [2, 0, 33, 44]],
      ['pop one', 0, 3, [1, 7, 7], [3, 0, 0, 0]],
      ['pop two', 200, 4, [0, 0, 0], [4, 0, 0, 0]],
      ['translate one to one', 0, 5, [1, 55, 66], [5, 1, 55, 0]],
      ['translate one to two', 0, 6, [1, 55, 66], [6, 1, 55, 66]],
      ['translate two to one', 200, 7, [1, 55, 66], [7, 1, 55, 0]],
      ['translate two to two', 200, 8, [0, 55, 66], [8, 0, 55, 66]],
    ])('%s: set, repeated, off', async (_name, inner, op, tags, wanted) => {
      const sub = await newSub(inner);
      await join(port(sub, await newDomain()));
      expect(await set(rewrite(sub, op, tags))).toBe(0);
      expect(await read(sub)).toEqual(wanted);
      expect(await set(rewrite(sub, op, tags))).toBe(0);
      expect(await set(rewrite(sub, 0))).toBe(0);
      expect(await read(sub)).toEqual([0, 0, 0, 0]);
      await it.client.call(deleteSubif, { sw_if_index: sub });
    });

    test('more tags than there are, an unknown operation, an unknown interface', async () => {
      const sub = await newSub();
      expect(await set(rewrite(sub, 4))).toBe(retvals.INVALID_VLAN_TAG_COUNT);
      expect(await set(rewrite(parent, 3))).toBe(retvals.INVALID_VLAN_TAG_COUNT);
      expect(await set(rewrite(sub, 9))).toBe(retvals.INVALID_VALUE);
      expect(await set(rewrite(UNKNOWN, 3))).toBe(retvals.INVALID_SW_IF_INDEX);
      expect(await read(sub)).toEqual([0, 0, 0, 0]);
    });

    test('a refusal forgets the tags pushed before', async () => {
      const sub = await newSub();
      await set(rewrite(sub, 6, [1, 55, 66]));
      expect(await set(rewrite(sub, 7, [1, 77, 0]))).toBe(retvals.INVALID_VLAN_TAG_COUNT);
      expect(await read(sub)).toEqual([6, 0, 0, 0]);
    });

    test('goes with the bridge domain; what was set on a routed port comes back with the index', async () => {
      const sub = await newSub();
      await join(port(sub, await newDomain()));
      await set(rewrite(sub, 3));
      await join(port(sub, 0, { enable: false }));
      expect(await read(sub)).toEqual([0, 0, 0, 0]);
      await set(rewrite(sub, 1, [1, 33, 0]));
      await it.client.call(deleteSubif, { sw_if_index: sub });
      expect(await newSub()).toBe(sub);
      expect(await read(sub)).toEqual([1, 1, 33, 0]);
    });
  });

  describe('cross-connect', () => {
    const connect = (from: SwIfIndex, to: SwIfIndex, enable = true) =>
      retvalOf(it.client, l2.swInterfaceSetL2Xconnect, { rx_sw_if_index: from, tx_sw_if_index: to, enable });
    const all = () => it.client.dump(l2.l2XconnectDump, {});

    test('each way on its own, repeated, off', async () => {
      const [a, b] = [await newSub(), await newSub()];
      expect(await connect(a, b)).toBe(0);
      expect(await connect(a, b)).toBe(0);
      expect(await connect(b, a)).toBe(0);
      const both = [a, b].sort((x, y) => x - y).map((rx) => ({ rx_sw_if_index: rx, tx_sw_if_index: rx === a ? b : a }));
      expect(await all()).toEqual(both);
      expect(await connect(a, UNKNOWN, false)).toBe(0);
      expect(await all()).toEqual([{ rx_sw_if_index: b, tx_sw_if_index: a }]);
      await it.client.call(deleteSubif, { sw_if_index: b });
      expect(await all()).toEqual([]);
    });

    test('takes a member out of its domain', async () => {
      const [id, a, b] = [await newDomain(), await newSub(), await newSub()];
      await join(port(a, id));
      expect(await connect(a, b)).toBe(0);
      expect(await domains(id)).toMatchObject([{ sw_if_details: [] }]);
      await connect(a, b, false);
    });

    test('of unknown interfaces', async () => {
      expect(await connect(parent, UNKNOWN)).toBe(retvals.INVALID_SW_IF_INDEX);
      expect(await connect(UNKNOWN, parent)).toBe(retvals.INVALID_SW_IF_INDEX);
    });
  });

  describe('addresses answered for', () => {
    const set = (bd_id: number, ip: string, mac: string, is_add = true) =>
      retvalOf(it.client, l2.bdIpMacAddDel, { is_add, entry: { bd_id, ip, mac } });
    const all = (bd_id: number) => it.client.dump(l2.bdIpMacDump, { bd_id });

    test('added, repeated, changed, removed, removed again', async () => {
      const id = await newDomain({ arp_term: true });
      expect(await set(id, '10.0.0.1', MAC)).toBe(0);
      expect(await set(id, '10.0.0.1', MAC)).toBe(0);
      expect(await set(id, '10.0.0.1', CHANGED)).toBe(0);
      expect(await set(id, 'fe80::1', MAC)).toBe(0);
      expect(await all(id)).toEqual([
        { entry: { bd_id: id, ip: '10.0.0.1', mac: CHANGED } },
        { entry: { bd_id: id, ip: 'fe80::1', mac: MAC } },
      ]);
      expect(await set(id, '10.0.0.1', MAC, false)).toBe(retvals.UNSPECIFIED);
      expect(await set(id, '10.0.0.1', CHANGED, false)).toBe(0);
      expect(await set(id, '10.0.0.1', CHANGED, false)).toBe(retvals.UNSPECIFIED);
      expect(await all(id)).toHaveLength(1);
      expect(await change(domain(id, { is_add: false }))).toBe(0);
      expect(await all(id)).toEqual([]);
    });

    test('of an unknown domain', async () => {
      expect(await set(123_456, '10.0.0.1', MAC)).toBe(retvals.NO_SUCH_ENTRY);
    });
  });
});

const CHANGED = '02:00:00:00:01:02';
