import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as abf from '#lib/vpp/messages/abf.js';
import { aclAddReplace, aclDel } from '#lib/vpp/messages/acl.js';
import { afPacketDelete } from '#lib/vpp/messages/af-packet.js';
import { retvals } from '#lib/vpp/retval.js';
import { anyIndex, type FibPath, path, pathVia, type SwIfIndex, swIfIndex } from '#lib/vpp/types.js';
import { type Subject, startSubject } from './lane.js';
import { onEachLaneWith } from './plugins.js';
import { addAddress, features, interfaces, retvalOf, rule, setUp } from './requests.js';

const UNKNOWN = swIfIndex(9999);
const NO_TABLE = 123_456;

// What kills VPP has no place here: re-adding a path, attaching an unknown policy, taking the last path of an attached one.
onEachLaneWith('abf', 'ABF', (lane) => {
  let it: Subject;
  let core: SwIfIndex;
  let access: { index: SwIfIndex; device: string };
  let list: number;
  let id: number;
  beforeAll(async () => {
    it = await startSubject(lane);
    core = (await it.hostInterface()).index;
    await addAddress(it.client, core, '198.51.100.1/24');
    await setUp(it.client, core);
  }, 60_000);
  afterAll(() => it.stop(), 30_000);
  beforeEach(async () => {
    access = await it.hostInterface();
    await addAddress(it.client, access.index, '10.0.0.1/24');
    const request = { acl_index: anyIndex, tag: 'match', r: [rule({ src_prefix: '10.0.0.0/24' })] };
    list = (await it.client.call(aclAddReplace, request)).acl_index;
    id = it.unique();
  });
  afterEach(async () => {
    for (const { attach: attachment } of await attachments())
      await it.client.call(abf.abfItfAttachAddDel, { is_add: false, attach: attachment });
    for (const { policy } of await policies()) await it.client.call(abf.abfPolicyAddDel, { is_add: false, policy });
    await it.client.call(aclDel, { acl_index: list }, { raw: true });
    await it.client.call(afPacketDelete, { host_if_name: access.device }, { raw: true });
  });

  const via = (address: string, change: Partial<FibPath> = {}) => path({ sw_if_index: core, via: address, ...change });
  const change = (is_add: boolean, paths: FibPath[], acl = list, policy = id) =>
    retvalOf(it.client, abf.abfPolicyAddDel, { is_add, policy: { policy_id: policy, acl_index: acl, paths } });
  const attach = (
    is_add: boolean,
    options: { policy?: number; priority?: number; index?: SwIfIndex; ip6?: boolean } = {},
  ) =>
    retvalOf(it.client, abf.abfItfAttachAddDel, {
      is_add,
      attach: {
        policy_id: options.policy ?? id,
        sw_if_index: options.index ?? access.index,
        priority: options.priority ?? 10,
        is_ipv6: options.ip6 ?? false,
      },
    });
  const policies = () => it.client.dump(abf.abfPolicyDump, {});
  const attachments = () => it.client.dump(abf.abfItfAttachDump, {});
  const hops = async (policy = id) => {
    const found = (await policies()).find((row) => row.policy.policy_id === policy)?.policy.paths;
    return found?.map((each) => `${pathVia(each)}*${each.weight}`).sort();
  };
  const arc = async (family: string) => {
    const found = (await interfaces(it.client)).find(({ sw_if_index }) => sw_if_index === access.index);
    const all = await features(it.client, found?.interface_name ?? '', `${family}-unicast`);
    return all.filter((feature) => feature.startsWith('abf'));
  };

  describe('policies', () => {
    test('made, extended, reduced, removed with the last path', async () => {
      expect(await change(true, [via('198.51.100.2'), via('198.51.100.3', { weight: 2 })])).toBe(0);
      expect(await change(true, [via('198.51.100.4')])).toBe(0);
      expect(await hops()).toEqual(['198.51.100.2*1', '198.51.100.3*2', '198.51.100.4*1']);
      expect(await change(false, [via('198.51.100.4')])).toBe(0);
      expect(await hops()).toEqual(['198.51.100.2*1', '198.51.100.3*2']);
      expect(await change(false, [via('198.51.100.2'), via('198.51.100.3', { weight: 2 })])).toBe(0);
      expect(await hops()).toBeUndefined();
      expect(await change(false, [via('198.51.100.2')])).toBe(retvals.INVALID_VALUE);
    });

    test('read back as given', async () => {
      await change(true, [via('198.51.100.2', { weight: 5 })]);
      expect(await policies()).toMatchObject([
        {
          policy: { policy_id: id, acl_index: list, paths: [{ sw_if_index: core, weight: 5, preference: 0, type: 0 }] },
        },
      ]);
    });

    test.each<[string, () => FibPath]>([
      ['drop', () => path({ type: 2 })],
      ['another table', () => path({ table_id: 0 })],
      ['recursive', () => path({ via: '192.0.2.1' })],
      ['IPv6', () => path({ sw_if_index: core, via: '2001:db8::1' })],
    ])('%s', async (_name, make) => {
      const wanted = make();
      expect(await change(true, [wanted])).toBe(0);
      const { sw_if_index, type, proto, table_id } = wanted;
      expect((await policies())[0]?.policy.paths).toMatchObject([{ sw_if_index, type, proto, table_id }]);
    });

    test('a list that does not exist is accepted', async () => {
      expect(await change(true, [via('198.51.100.2')], NO_TABLE)).toBe(0);
      expect(await policies()).toMatchObject([{ policy: { acl_index: NO_TABLE } }]);
    });

    test.each<[string, () => FibPath[], number]>([
      ['no path', () => [], retvals.INVALID_VALUE],
      ['an unknown interface', () => [path({ sw_if_index: UNKNOWN, via: '192.0.2.1' })], retvals.NO_MATCHING_INTERFACE],
      ['an unknown table', () => [path({ table_id: NO_TABLE, via: '192.0.2.1' })], retvals.NO_SUCH_FIB],
    ])('%s is refused', async (_name, paths, retval) => {
      expect(await change(true, paths())).toBe(retval);
      expect(await policies()).toEqual([]);
    });

    test('another list is refused, on removal ignored', async () => {
      await change(true, [via('198.51.100.2')]);
      expect(await change(true, [via('198.51.100.3')], list + 1)).toBe(retvals.INVALID_VALUE);
      expect(await change(false, [], list)).toBe(retvals.INVALID_VALUE);
      expect(await change(false, [via('198.51.100.2')], list + 1)).toBe(0);
      expect(await policies()).toEqual([]);
    });
  });

  describe('attachments', () => {
    test('made, repeated, read back, taken off, taken off again', async () => {
      await change(true, [via('198.51.100.2')]);
      expect(await attach(true)).toBe(0);
      expect(await attach(true)).toBe(retvals.ENTRY_ALREADY_EXISTS);
      expect(await attach(true, { priority: 20 })).toBe(retvals.ENTRY_ALREADY_EXISTS);
      expect(await attach(true, { ip6: true })).toBe(retvals.ENTRY_ALREADY_EXISTS);
      expect(await attachments()).toEqual([
        { attach: { policy_id: id, sw_if_index: access.index, priority: 10, is_ipv6: false } },
      ]);
      expect([await arc('ip4'), await arc('ip6')]).toEqual([['abf-input-ip4'], []]);
      expect(await attach(false, { priority: 99 })).toBe(0);
      expect(await attach(false)).toBe(retvals.NO_SUCH_ENTRY);
      expect(await attach(false, { policy: NO_TABLE })).toBe(retvals.NO_SUCH_ENTRY);
      expect([await attachments(), await arc('ip4')]).toEqual([[], []]);
    });

    test('paths come and go while attached', async () => {
      await change(true, [via('198.51.100.2')]);
      await attach(true);
      expect(await change(true, [via('198.51.100.3')])).toBe(0);
      expect(await change(false, [via('198.51.100.2')])).toBe(0);
      expect(await hops()).toEqual(['198.51.100.3*1']);
    });

    test('hold their list', async () => {
      await change(true, [via('198.51.100.2')]);
      await attach(true);
      expect(await retvalOf(it.client, aclDel, { acl_index: list })).toBe(retvals.ACL_IN_USE_BY_LOOKUP_CONTEXT);
      await attach(false);
      expect(await retvalOf(it.client, aclDel, { acl_index: list })).toBe(0);
    });

    test('of the other family', async () => {
      await change(true, [path({ sw_if_index: core, via: '2001:db8::1' })]);
      expect(await attach(true, { ip6: true })).toBe(0);
      expect([await arc('ip4'), await arc('ip6')]).toEqual([[], ['abf-input-ip6']]);
      expect(await attach(false, { ip6: true })).toBe(0);
    });

    test('outlive their interface, without effect on the next one of the index', async () => {
      await change(true, [via('198.51.100.2')]);
      await attach(true);
      await it.client.call(afPacketDelete, { host_if_name: access.device });
      expect(await attachments()).toHaveLength(1);
      const next = await it.hostInterface();
      expect(next.index).toBe(access.index);
      access = next;
      expect(await attach(true)).toBe(retvals.ENTRY_ALREADY_EXISTS);
      expect(await arc('ip4')).toEqual([]);
      expect([await attach(false), await attach(true)]).toEqual([0, 0]);
      expect(await arc('ip4')).toEqual(['abf-input-ip4']);
    });

    test('no interface at all is accepted', async () => {
      await change(true, [via('198.51.100.2')]);
      expect(await attach(true, { index: swIfIndex(500) })).toBe(0);
      expect(await attachments()).toMatchObject([{ attach: { sw_if_index: 500 } }]);
    });
  });
});
