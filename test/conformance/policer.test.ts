import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as intf from '#lib/vpp/messages/interface.js';
import * as policers from '#lib/vpp/messages/policer.js';
import { cliInband } from '#lib/vpp/messages/vlib.js';
import { retvals } from '#lib/vpp/retval.js';
import { anyIndex, type SwIfIndex, swIfIndex } from '#lib/vpp/types.js';
import { onEachLane, type Subject, startSubject } from './lane.js';
import { features, makeSubif, type PolicerConfig, policer, retvalOf } from './requests.js';

const unknown = swIfIndex(4_000_000);
const absent = 3_000_000;

onEachLane('policers', (lane) => {
  let it: Subject;
  let parent: { device: string; index: SwIfIndex };
  beforeAll(async () => {
    it = await startSubject(lane);
    parent = await it.hostInterface();
  }, 60_000);
  afterAll(() => it?.stop(), 30_000);

  const add = async (name: string, infos: PolicerConfig = policer(10_000, 125_000)) =>
    (await it.client.call(policers.policerAdd, { name, infos })).policer_index;
  const dump = async (policer_index = anyIndex) => it.client.dump(policers.policerDumpV2, { policer_index });
  const named = async (name: string) => (await dump()).find((row) => row.name === name);
  const update = (policer_index: number, infos: PolicerConfig) =>
    retvalOf(it.client, policers.policerUpdate, { policer_index, infos });
  const remove = (policer_index: number) => retvalOf(it.client, policers.policerDel, { policer_index });
  const attach = (direction: 'input' | 'output', policer_index: number, sw_if_index: SwIfIndex, apply: boolean) =>
    retvalOf(it.client, direction === 'input' ? policers.policerInputV2 : policers.policerOutputV2, {
      policer_index,
      sw_if_index,
      apply,
    });
  const applied = async (vlan: number, arc: 'ip4-unicast' | 'ip6-unicast' | 'ip4-output' | 'ip6-output') =>
    (await features(it.client, `host-${parent.device}.${vlan}`, arc)).filter((name) => name.startsWith('policer-'))
      .length;

  test('added, read back, same name refused, deleted, deleted again', async () => {
    const config = policer(10_000, 125_000, { conform_action: { type: 2, dscp: 10 } });
    const index = await add('p-one', config);
    expect(await named('p-one')).toMatchObject({ ...config, name: 'p-one', single_rate: true });
    expect((await dump(index)).map((row) => row.name)).toEqual(['p-one']);
    expect(await retvalOf(it.client, policers.policerAdd, { name: 'p-one', infos: config })).toBe(retvals.VALUE_EXIST);
    expect([await remove(index), await remove(index)]).toEqual([0, retvals.NO_SUCH_ENTRY]);
    expect(await named('p-one')).toBeUndefined();
    expect(await dump(absent)).toEqual([]);
  });

  test.each<[string, Partial<PolicerConfig>]>([
    ['no rate', { cir: 0 }],
    ['no burst', { cb: 0n }],
    ['a peak below the committed rate', { type: 2, eir: 5_000, eb: 1000n }],
    ['colour aware MEF', { type: 4, eir: 20_000, eb: 1000n, color_aware: true }],
  ])('%s is refused', async (name, change) => {
    const infos = policer(10_000, 125_000, change);
    expect(await retvalOf(it.client, policers.policerAdd, { name, infos })).toBe(retvals.INVALID_VALUE);
    expect(await named(name)).toBeUndefined();
  });

  test.each<[string, Partial<PolicerConfig>]>([
    ['one byte of burst', { cb: 1n }],
    ['RFC 2697', { type: 1, eb: 250_000n }],
    ['RFC 2698', { type: 2, eir: 20_000, eb: 250_000n }],
    ['RFC 4115', { type: 3, eir: 20_000, eb: 250_000n }],
    ['packets per second', { rate_type: 1, cir: 1000, cb: 100n }],
  ])('%s is accepted and read back', async (name, change) => {
    const infos = policer(10_000, 125_000, change);
    const index = await add(name, infos);
    expect(await named(name)).toMatchObject(infos);
    expect(await remove(index)).toBe(0);
  });

  test('changed in place; an absent one', async () => {
    const index = await add('p-change');
    expect(await update(index, policer(20_000, 250_000))).toBe(0);
    expect(await named('p-change')).toMatchObject({ cir: 20_000, cb: 250_000n });
    expect(await update(index, policer(0, 250_000))).toBe(retvals.INVALID_VALUE);
    expect(await named('p-change')).toMatchObject({ cir: 20_000 });
    expect(await retvalOf(it.client, policers.policerReset, { policer_index: index })).toBe(0);
    expect(await update(absent, policer(1000, 1000))).toBe(retvals.NO_SUCH_ENTRY);
    expect(await retvalOf(it.client, policers.policerReset, { policer_index: absent })).toBe(retvals.NO_SUCH_ENTRY);
    await remove(index);
  });

  test('its index is used again, last out first in', async () => {
    const [first, second] = [await add('p-a'), await add('p-b')];
    await remove(first);
    await remove(second);
    expect([await add('p-c'), await add('p-d')]).toEqual([second, first]);
    expect((await dump()).map((row) => row.name)).toEqual(first < second ? ['p-d', 'p-c'] : ['p-c', 'p-d']);
    await remove(first);
    await remove(second);
  });

  describe('on an interface', () => {
    test.each([
      ['input', 'ip4-unicast', 'ip6-unicast'],
      ['output', 'ip4-output', 'ip6-output'],
    ] as const)('%s: applied and taken off, seen on both families’ arcs', async (direction, arc4, arc6) => {
      const vlan = it.unique();
      const line = await makeSubif(it.client, parent.index, vlan, vlan);
      const index = await add(`p-${direction}`);
      expect(await attach(direction, index, line, true)).toBe(0);
      expect([await applied(vlan, arc4), await applied(vlan, arc6)]).toEqual([1, 1]);
      expect(await attach(direction, index, line, false)).toBe(0);
      expect([await applied(vlan, arc4), await applied(vlan, arc6)]).toEqual([0, 0]);
      expect(await attach(direction, index, line, false)).toBe(0);
      expect(await applied(vlan, arc4)).toBe(0);
      expect(await attach(direction, absent, line, true)).toBe(retvals.NO_SUCH_ENTRY);
      expect(await attach(direction, index, unknown, true)).toBe(retvals.INVALID_SW_IF_INDEX);
    });

    test('applied twice it is there twice', async () => {
      const vlan = it.unique();
      const line = await makeSubif(it.client, parent.index, vlan, vlan);
      const index = await add('p-twice');
      await attach('input', index, line, true);
      await attach('input', index, line, true);
      expect(await applied(vlan, 'ip4-unicast')).toBe(2);
      await attach('input', index, line, false);
      expect(await applied(vlan, 'ip4-unicast')).toBe(1);
      await attach('input', index, line, false);
      expect(await applied(vlan, 'ip4-unicast')).toBe(0);
    });

    test('deleted while applied: the feature stays and cannot be taken off by that index', async () => {
      const vlan = it.unique();
      const line = await makeSubif(it.client, parent.index, vlan, vlan);
      const index = await add('p-in-use');
      await attach('input', index, line, true);
      expect(await remove(index)).toBe(0);
      expect(await applied(vlan, 'ip4-unicast')).toBe(1);
      expect(await attach('input', index, line, false)).toBe(retvals.NO_SUCH_ENTRY);
      const other = await add('p-next');
      expect(other).toBe(index);
      expect(await attach('input', other, line, false)).toBe(0);
      expect(await applied(vlan, 'ip4-unicast')).toBe(0);
    });

    test('is gone with its interface', async () => {
      const vlan = it.unique();
      const line = await makeSubif(it.client, parent.index, vlan, vlan);
      const index = await add('p-gone');
      await attach('input', index, line, true);
      await it.client.call(intf.deleteSubif, { sw_if_index: line });
      const next = it.unique();
      expect(await makeSubif(it.client, parent.index, next, next)).toBe(line);
      expect(await applied(next, 'ip4-unicast')).toBe(0);
    });
  });

  test('the CLI complains about an interface that is not there', async () => {
    const answer = await it.client.call(cliInband, { cmd: 'show interface nosuch0 features' }, { raw: true });
    expect(answer).toMatchObject({ retval: retvals.UNSPECIFIED, reply: expect.stringContaining('unknown input') });
  });

  test('thousands in one go', async () => {
    const names = Array.from({ length: 2000 }, (_, i) => `many-${i}`);
    const made = await Promise.all(names.map((name) => add(name)));
    expect(new Set(made).size).toBe(names.length);
    const present = new Set((await dump()).map((row) => row.name));
    expect(names.filter((name) => !present.has(name))).toEqual([]);
    expect(new Set(await Promise.all(made.map(remove)))).toEqual(new Set([0]));
  }, 60_000);
});
