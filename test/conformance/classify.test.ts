import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Infer } from '#lib/vpp/message.js';
import { afPacketDelete } from '#lib/vpp/messages/af-packet.js';
import * as classify from '#lib/vpp/messages/classify.js';
import { retvals } from '#lib/vpp/retval.js';
import { anyIndex, type SwIfIndex, swIfIndex } from '#lib/vpp/types.js';
import { onEachLane, type Subject, startSubject } from './lane.js';
import { addAddress, features, interfaces, retvalOf } from './requests.js';

const NONE = anyIndex;
const NO_TABLE = 123_456;
const UNKNOWN = swIfIndex(9999);

type Table = Infer<typeof classify.classifyAddDelTable.request>;
type Session = Infer<typeof classify.classifyAddDelSession.request>;

/** The source address of an IPv4 packet with one VLAN tag: bytes 30 to 33 of the frame. */
const mask = Array.from({ length: 32 }, (_, i) => (i >= 14 && i < 18 ? 255 : 0));
const source = (last: number) => Array.from({ length: 48 }, (_, i) => (i === 30 ? 10 : i === 33 ? last : 0));
const table = (change: Partial<Table> = {}): Table => ({
  is_add: true,
  del_chain: false,
  table_index: NONE,
  nbuckets: 16,
  memory_size: 2_097_152,
  skip_n_vectors: 1,
  match_n_vectors: 2,
  next_table_index: NONE,
  miss_next_index: NONE,
  current_data_flag: 0,
  current_data_offset: 0,
  mask,
  ...change,
});
const session = (index: number, last: number, change: Partial<Session> = {}): Session => ({
  is_add: true,
  table_index: index,
  hit_next_index: 5,
  opaque_index: 0,
  advance: 0,
  action: 0,
  metadata: 0,
  match: source(last),
  ...change,
});

// policer_classify_dump of one interface never ends: it has no place here.
onEachLane('classifier', (lane) => {
  let it: Subject;
  let port: { index: SwIfIndex; device: string };
  beforeAll(async () => {
    it = await startSubject(lane);
  }, 60_000);
  afterAll(() => it.stop(), 30_000);
  beforeEach(async () => {
    port = await it.hostInterface();
    await addAddress(it.client, port.index, '10.0.0.1/24');
  });
  afterEach(async () => {
    await it.client.call(afPacketDelete, { host_if_name: port.device }, { raw: true });
    for (const table_index of (await it.client.call(classify.classifyTableIds, {})).ids) await drop(table_index);
  });

  const make = (change: Partial<Table> = {}) =>
    it.client.call(classify.classifyAddDelTable, table(change), { raw: true });
  const newTable = async (change: Partial<Table> = {}) => (await make(change)).new_table_index;
  const drop = async (table_index: number, del_chain = false) =>
    (await make({ is_add: false, table_index, del_chain })).retval;
  const info = (table_id: number) => it.client.call(classify.classifyTableInfo, { table_id }, { raw: true });
  const set = (request: Session) => retvalOf(it.client, classify.classifyAddDelSession, request);
  const sessions = async (table_id: number) =>
    (await it.client.dump(classify.classifySessionDump, { table_id })).sort(
      (a, b) => (a.match[17] ?? 0) - (b.match[17] ?? 0),
    );

  describe('tables', () => {
    test('made, read back, removed, removed again', async () => {
      const made = await make();
      expect(made).toMatchObject({ retval: 0, skip_n_vectors: 1, match_n_vectors: 2 });
      const { new_table_index: index } = made;
      expect((await it.client.call(classify.classifyTableIds, {})).ids).toContain(index);
      expect(await info(index)).toEqual({
        retval: 0,
        table_id: index,
        nbuckets: 16,
        match_n_vectors: 2,
        skip_n_vectors: 1,
        active_sessions: 0,
        next_table_index: NONE,
        miss_next_index: NONE,
        mask,
      });
      const none = { new_table_index: NONE, skip_n_vectors: NONE, match_n_vectors: NONE };
      expect(await make({ is_add: false, table_index: index })).toEqual({ retval: 0, ...none });
      expect(await make({ is_add: false, table_index: index })).toEqual({ retval: retvals.NO_SUCH_TABLE, ...none });
      expect(await info(index)).toMatchObject({ retval: retvals.CLASSIFY_TABLE_NOT_FOUND, mask: [] });
    });

    test('chained, and removed with their chain', async () => {
      const last = await newTable();
      const first = await newTable({ next_table_index: last });
      expect(await info(first)).toMatchObject({ next_table_index: last });
      expect(await make({ table_index: first, next_table_index: NONE })).toMatchObject({ new_table_index: first });
      expect(await info(first)).toMatchObject({ next_table_index: NONE });
      await make({ table_index: first, next_table_index: last, miss_next_index: 7, nbuckets: 64 });
      expect(await info(first)).toMatchObject({ next_table_index: last, miss_next_index: NONE, nbuckets: 16 });
      expect(await drop(first, true)).toBe(0);
      expect((await it.client.call(classify.classifyTableIds, {})).ids).toEqual([]);
    });

    test.each<[string, Partial<Table>, number]>([
      ['nothing to match', { match_n_vectors: 0, mask: [] }, retvals.INVALID_VALUE],
      ['too much to match', { match_n_vectors: 6, mask: Array<number>(96).fill(1) }, retvals.INVALID_VALUE],
      ['a mask too short', { mask: Array<number>(16).fill(1) }, retvals.INVALID_VALUE],
      ['no buckets', { nbuckets: 0 }, retvals.INVALID_VALUE],
      ['no memory', { memory_size: 0 }, retvals.INVALID_MEMORY_SIZE],
    ])('%s is refused', async (_name, change, retval) => {
      expect(await make(change)).toEqual({
        retval,
        new_table_index: NONE,
        skip_n_vectors: NONE,
        match_n_vectors: NONE,
      });
    });
  });

  describe('sessions', () => {
    test('added, replaced, removed, removed again', async () => {
      const index = await newTable();
      expect(await set(session(index, 2))).toBe(0);
      expect(await set(session(index, 2, { hit_next_index: 7, opaque_index: 3, advance: -14 }))).toBe(0);
      expect(await set(session(index, 3))).toBe(0);
      const shown = { retval: 0, table_id: index };
      expect(await sessions(index)).toEqual([
        { ...shown, hit_next_index: 7, advance: -14, opaque_index: 3, match: source(2).slice(16) },
        { ...shown, hit_next_index: 5, advance: 0, opaque_index: 0, match: source(3).slice(16) },
      ]);
      expect(await info(index)).toMatchObject({ active_sessions: 2 });
      expect(await set(session(index, 2, { is_add: false }))).toBe(0);
      expect(await set(session(index, 2, { is_add: false }))).toBe(retvals.NO_SUCH_ENTRY);
      expect(await info(index)).toMatchObject({ active_sessions: 1 });
    });

    test('an index beyond sixteen bits comes back cut', async () => {
      const index = await newTable();
      await set(session(index, 2, { hit_next_index: 70_000 }));
      expect(await sessions(index)).toMatchObject([{ hit_next_index: 70_000 & 0xffff }]);
    });

    test('refused', async () => {
      const index = await newTable();
      expect(await set(session(index, 2, { match: source(2).slice(16) }))).toBe(retvals.INVALID_VALUE);
      expect(await set(session(NO_TABLE, 2))).toBe(retvals.NO_SUCH_TABLE);
      expect(await sessions(NO_TABLE)).toEqual([]);
    });

    test('a thousand in one go', async () => {
      const index = await newTable({ nbuckets: 1024, memory_size: 16_777_216 });
      const at = (i: number) => source(i & 255).map((byte, at) => (at === 32 ? i >> 8 : byte));
      const all = Array.from({ length: 1000 }, (_, i) => set(session(index, 0, { match: at(i) })));
      expect(new Set(await Promise.all(all))).toEqual(new Set([0]));
      expect(await info(index)).toMatchObject({ active_sessions: 1000 });
    });
  });

  describe('in use by policers', () => {
    const use = (is_add: boolean, ip4: number, change: object = {}) =>
      retvalOf(it.client, classify.policerClassifySetInterface, {
        sw_if_index: port.index,
        ip4_table_index: ip4,
        ip6_table_index: NONE,
        l2_table_index: NONE,
        is_add,
        ...change,
      });
    const arc = async (family: string) => {
      const found = (await interfaces(it.client)).find(({ sw_if_index }) => sw_if_index === port.index);
      const all = await features(it.client, found?.interface_name ?? '', `${family}-unicast`);
      return all.filter((feature) => feature.endsWith('policer-classify'));
    };

    test('set, repeated, another ignored, taken off, taken off again', async () => {
      const [first, second] = [await newTable(), await newTable()];
      expect([await use(true, first), await use(true, first), await use(true, second)]).toEqual([0, 0, 0]);
      expect([await arc('ip4'), await arc('ip6')]).toEqual([['ip4-policer-classify'], []]);
      expect(await use(false, second)).toBe(retvals.NO_SUCH_TABLE);
      expect([await use(false, first), await use(false, first)]).toEqual([0, retvals.NO_SUCH_TABLE]);
      expect(await arc('ip4')).toEqual([]);
    });

    test('both families', async () => {
      const [ip4, ip6] = [await newTable(), await newTable()];
      expect(await use(true, ip4, { ip6_table_index: ip6 })).toBe(0);
      expect([await arc('ip4'), await arc('ip6')]).toEqual([['ip4-policer-classify'], ['ip6-policer-classify']]);
      expect(await use(false, ip4, { ip6_table_index: ip6 })).toBe(0);
    });

    test('a table that is deleted in use cannot be taken off', async () => {
      const index = await newTable();
      await use(true, index);
      expect(await drop(index)).toBe(0);
      expect(await use(false, index)).toBe(retvals.NO_SUCH_TABLE);
    });

    test('refused', async () => {
      expect(await use(true, NO_TABLE)).toBe(retvals.NO_SUCH_TABLE);
      expect(await use(true, await newTable(), { sw_if_index: UNKNOWN })).toBe(retvals.INVALID_SW_IF_INDEX);
      expect(await use(true, NONE)).toBe(0);
    });
  });

  test('in use by input ACLs, and seen by interface', async () => {
    const index = await newTable();
    const use = (is_add: boolean, ip4_table_index = index) =>
      retvalOf(it.client, classify.inputAclSetInterface, {
        sw_if_index: port.index,
        ip4_table_index,
        ip6_table_index: NONE,
        l2_table_index: NONE,
        is_add,
      });
    const seen = (sw_if_index = port.index) =>
      it.client.call(classify.classifyTableByInterface, { sw_if_index }, { raw: true });
    expect([await use(true), await use(true), await use(true, NO_TABLE)]).toEqual([0, 0, retvals.NO_SUCH_TABLE]);
    const none = { l2_table_id: NONE, ip6_table_id: NONE };
    expect(await seen()).toEqual({ retval: 0, sw_if_index: port.index, ...none, ip4_table_id: index });
    expect([await use(false), await use(false)]).toEqual([0, retvals.NO_SUCH_TABLE]);
    expect(await seen()).toMatchObject({ ip4_table_id: NONE });
    expect(await seen(UNKNOWN)).toMatchObject({ retval: retvals.INVALID_SW_IF_INDEX });
  });

  test('set as the tables that routes may name', async () => {
    const index = await newTable();
    const use = (table_index: number, sw_if_index = port.index) =>
      retvalOf(it.client, classify.classifySetInterfaceIpTable, { is_ipv6: false, sw_if_index, table_index });
    expect([await use(index), await use(NONE)]).toEqual([0, 0]);
    expect([await use(NO_TABLE), await use(index, UNKNOWN)]).toEqual([
      retvals.NO_SUCH_ENTRY,
      retvals.INVALID_SW_IF_INDEX,
    ]);
  });
});
