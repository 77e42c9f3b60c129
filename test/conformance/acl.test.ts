import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Infer } from '#lib/vpp/message.js';
import * as acl from '#lib/vpp/messages/acl.js';
import * as intf from '#lib/vpp/messages/interface.js';
import { retvals } from '#lib/vpp/retval.js';
import { anyIndex, noInterface, type SwIfIndex, swIfIndex } from '#lib/vpp/types.js';
import { onEachLane, type Subject, startSubject } from './lane.js';
import { features, makeSubif, retvalOf, rule } from './requests.js';

const unknown = swIfIndex(4_000_000);
const absent = 3_000_000;
const DUPLICATE = 1;

onEachLane('access lists', (lane) => {
  let it: Subject;
  let parent: { device: string; index: SwIfIndex };
  beforeAll(async () => {
    it = await startSubject(lane);
    parent = await it.hostInterface();
  }, 60_000);
  afterAll(() => it?.stop(), 30_000);

  type Rules = ReturnType<typeof rule>[];
  const change = (acl_index: number, tag: string, r: Rules) =>
    it.client.call(acl.aclAddReplace, { acl_index, tag, r }, { raw: true });
  const add = async (tag: string, r: Rules = [rule()]) => (await change(anyIndex, tag, r)).acl_index;
  const dump = (acl_index = anyIndex) => it.client.dump(acl.aclDump, { acl_index });
  const remove = (acl_index: number) => retvalOf(it.client, acl.aclDel, { acl_index });
  const apply = (sw_if_index: SwIfIndex, input: number[], output: number[] = []) =>
    retvalOf(it.client, acl.aclInterfaceSetAclList, {
      sw_if_index,
      n_input: input.length,
      acls: [...input, ...output],
    });
  const listsOf = async (sw_if_index: SwIfIndex) => {
    const [found] = await it.client.dump(acl.aclInterfaceListDump, { sw_if_index });
    return found && { input: found.acls.slice(0, found.n_input), output: found.acls.slice(found.n_input) };
  };
  const line = async () => {
    const vlan = it.unique();
    return { vlan, index: await makeSubif(it.client, parent.index, vlan, vlan) };
  };

  test('added, read back, replaced, deleted, deleted again', async () => {
    const rules = [
      rule({
        is_permit: 0,
        src_prefix: '10.0.0.0/8',
        proto: 6,
        dstport_or_icmpcode_first: 25,
        dstport_or_icmpcode_last: 25,
      }),
      rule({ is_permit: 2, src_prefix: '2001:db8::/32', dst_prefix: '::/0', tcp_flags_mask: 2, tcp_flags_value: 2 }),
    ];
    const index = await add('one', rules);
    expect(await dump(index)).toEqual([{ acl_index: index, tag: 'one', r: rules }]);
    expect(await change(index, 'two', [])).toEqual({ acl_index: index, retval: 0 });
    expect(await dump(index)).toEqual([{ acl_index: index, tag: 'two', r: [] }]);
    expect((await dump()).map((row) => row.acl_index)).toContain(index);
    expect([await remove(index), await remove(index)]).toEqual([0, retvals.NO_SUCH_ENTRY]);
    expect(await dump(index)).toEqual([]);
  });

  test('replacing one that is not there', async () => {
    expect(await change(absent, 'x', [rule()])).toMatchObject({ retval: retvals.NO_SUCH_ENTRY });
  });

  test.each([
    ['host bits in the source', { src_prefix: '10.0.0.1/8' }, retvals.INVALID_SRC_ADDRESS],
    ['host bits in the destination', { dst_prefix: '10.0.0.1/8' }, retvals.INVALID_DST_ADDRESS],
    ['two families', { src_prefix: '::/0' }, retvals.INVALID_SRC_ADDRESS],
    [
      'ports the wrong way round',
      { srcport_or_icmptype_first: 9, srcport_or_icmptype_last: 8 },
      retvals.INVALID_VALUE_2,
    ],
  ])('%s', async (_, fields, retval) => {
    const before = await dump();
    expect(await change(anyIndex, 'bad', [rule(), rule(fields)])).toMatchObject({ retval });
    expect(await dump()).toEqual(before);
  });

  describe('on an interface', () => {
    test('set, repeated, replaced, cleared; features follow', async () => {
      const { vlan, index } = await line();
      const [a, b, c] = [await add('a'), await add('b'), await add('c')];
      expect([await apply(index, [a, b], [c]), await apply(index, [a, b], [c])]).toEqual([0, 0]);
      expect(await listsOf(index)).toEqual({ input: [a, b], output: [c] });
      const name = `host-${parent.device}.${vlan}`;
      expect(await features(it.client, name, 'ip4-unicast')).toContain('acl-plugin-in-ip4-fa');
      expect(await features(it.client, name, 'ip6-output')).toContain('acl-plugin-out-ip6-fa');
      expect(await apply(index, [b], [])).toBe(0);
      expect(await listsOf(index)).toEqual({ input: [b], output: [] });
      expect(await apply(index, [], [])).toBe(0);
      expect(await features(it.client, name, 'ip4-unicast')).not.toContain('acl-plugin-in-ip4-fa');
    });

    test('in use they cannot be deleted', async () => {
      const { index } = await line();
      const [a, b] = [await add('in'), await add('out')];
      await apply(index, [a], [b]);
      expect([await remove(a), await remove(b)]).toEqual([retvals.ACL_IN_USE_INBOUND, retvals.ACL_IN_USE_OUTBOUND]);
      await apply(index, [], []);
      expect([await remove(a), await remove(b)]).toEqual([0, 0]);
    });

    test('an unknown list changes nothing', async () => {
      const { index } = await line();
      const a = await add('a');
      await apply(index, [a], [a]);
      expect(await apply(index, [a], [absent])).toBe(retvals.NO_SUCH_ENTRY);
      expect(await listsOf(index)).toEqual({ input: [a], output: [a] });
      expect(await apply(unknown, [a])).toBe(retvals.INVALID_SW_IF_INDEX);
    });

    test('a duplicate is +1, and half of the change may have happened', async () => {
      const { index } = await line();
      const [a, b] = [await add('a'), await add('b')];
      await apply(index, [a], [b]);
      expect(await apply(index, [a, a], [])).toBe(DUPLICATE);
      expect(await listsOf(index)).toEqual({ input: [a], output: [] });
      expect(await apply(index, [b], [a, a])).toBe(DUPLICATE);
      expect(await listsOf(index)).toEqual({ input: [a], output: [] });
    });

    test('gone with the interface', async () => {
      const { index } = await line();
      const a = await add('a');
      await apply(index, [a], [a]);
      await it.client.call(intf.deleteSubif, { sw_if_index: index });
      const vlan = it.unique();
      expect(await makeSubif(it.client, parent.index, vlan, vlan)).toBe(index);
      expect(await listsOf(index)).toEqual({ input: [], output: [] });
      expect(await remove(a)).toBe(0);
    });

    test('the dump has every interface', async () => {
      const { index } = await line();
      const all = await it.client.dump(acl.aclInterfaceListDump, { sw_if_index: noInterface });
      expect(all).toContainEqual({ sw_if_index: index, n_input: 0, acls: [] });
      expect(await it.client.dump(acl.aclInterfaceListDump, { sw_if_index: unknown })).toEqual([]);
    });
  });

  test('counters can be switched on twice', async () => {
    const enable = () => retvalOf(it.client, acl.aclStatsIntfCountersEnable, { enable: true });
    expect([await enable(), await enable()]).toEqual([0, 0]);
  });

  describe('MACIP', () => {
    type MacipRule = Infer<typeof acl.macipAclAddReplace.request>['r'][number];
    const mac = (src_prefix: string, src_mac = '02:00:00:00:00:09'): MacipRule => ({
      is_permit: 1,
      src_mac,
      src_mac_mask: 'ff:ff:ff:ff:ff:ff',
      src_prefix,
    });
    const replace = (acl_index: number, r: MacipRule[]) =>
      it.client.call(acl.macipAclAddReplace, { acl_index, tag: 'guard', r }, { raw: true });
    const set = (sw_if_index: SwIfIndex, acl_index: number, is_add = true) =>
      retvalOf(it.client, acl.macipAclInterfaceAddDel, { is_add, sw_if_index, acl_index });
    const appliedTo = async (sw_if_index: SwIfIndex) =>
      (await it.client.dump(acl.macipAclInterfaceListDump, { sw_if_index })).map((row) => row.acls);

    test('added, read back, replaced, applied twice, deleted while applied', async () => {
      const { index } = await line();
      const { acl_index } = await replace(anyIndex, [mac('100.64.0.9/32')]);
      const [found] = await it.client.dump(acl.macipAclDump, { acl_index });
      expect(found).toMatchObject({ tag: 'guard', r: [mac('100.64.0.9/32')] });
      expect(await replace(acl_index, [mac('100.64.0.10/32'), mac('0.0.0.0/32')])).toMatchObject({ retval: 0 });
      expect([await set(index, acl_index), await set(index, acl_index)]).toEqual([0, 0]);
      expect(await appliedTo(index)).toEqual([[acl_index]]);
      const remove = () => retvalOf(it.client, acl.macipAclDel, { acl_index });
      expect([await remove(), await remove()]).toEqual([0, retvals.NO_SUCH_ENTRY]);
      expect(await appliedTo(index)).toEqual([[anyIndex]]);
    });

    test('taken off; unknown list, unknown interface', async () => {
      const { index } = await line();
      const { acl_index } = await replace(anyIndex, [mac('100.64.0.9/32')]);
      await set(index, acl_index);
      expect([await set(index, acl_index, false), await set(index, acl_index, false)]).toEqual([
        0,
        retvals.NO_SUCH_ENTRY,
      ]);
      expect(await appliedTo(index)).toEqual([[anyIndex]]);
      expect(await set(index, absent)).toBe(retvals.NO_SUCH_ENTRY);
      expect(await set(unknown, acl_index)).toBe(retvals.INVALID_SW_IF_INDEX);
      expect(await replace(absent, [])).toMatchObject({ retval: retvals.NO_SUCH_ENTRY });
    });
  });

  test('a list of ten thousand rules, and a thousand lists in one go', async () => {
    const rules = Array.from({ length: 10_000 }, (_, i) => rule({ src_prefix: `10.${i >> 8}.${i & 255}.0/24` }));
    const index = await add('big', rules);
    const [found] = await dump(index);
    expect(found?.r).toHaveLength(rules.length);
    expect(found?.r[9_999]?.src_prefix).toBe(rules[9_999]?.src_prefix);
    const many = await Promise.all(Array.from({ length: 1000 }, (_, i) => add(`many-${i}`)));
    expect(new Set(many).size).toBe(1000);
    expect(new Set(await Promise.all([index, ...many].map(remove)))).toEqual(new Set([0]));
  }, 60_000);
});
