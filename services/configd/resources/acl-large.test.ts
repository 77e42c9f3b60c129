import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compileFilter } from '#lib/policy/filter.js';
import { lanes } from '../../../test/harness/lanes.js';
import { infraOwner } from '../reconcile/engine.js';
import type { Resource } from '../reconcile/resource.js';
import { acl } from './acl.js';
import { aclList } from './acl-list.js';
import { address } from './address.js';
import { hostInterface } from './host-interface.js';
import { startLaneWith } from './kind-suite.testkit.js';
import { openEngine } from './kinds.testkit.js';
import { stableMac } from './names.js';

const count = 100_000;
const target = (n: number) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;

/** A rule for each of 100,000 hosts; the one at `denied` is turned round. */
function largeRules(denied?: number) {
  const compiled = compileFilter(
    Array.from({ length: count }, (_, n) => ({
      action: n === denied ? ('deny' as const) : ('permit' as const),
      proto: 'tcp',
      dst: target(n),
      dstPorts: 1 + (n % 60_000),
    })),
  );
  return compiled.ok ? compiled.value : [];
}

const port = hostInterface.of({ name: 'port', device: 'cwlarge', mac: stableMac('test', 'port') });
const small = acl.of({ name: 'small', rules: largeRules().slice(0, 2) });
const base = [port, small, address.of({ interface: port.key, prefix: '192.0.2.1/24' })];
const lists = (name: string) =>
  aclList.of({ interface: port.key, in: [`acl/${name}`, 'acl/small'], out: ['acl/small'] });
const before = [...base, acl.of({ name: 'large', rules: largeRules() }), lists('large')];

test('100,000 rules are compiled one for one, in their order, the same each time', () => {
  const [first, again] = [largeRules(), largeRules()];
  expect(first).toHaveLength(count);
  const wrong = first.findIndex(
    (rule, n) => rule.dst_prefix !== `${target(n)}/32` || rule.dstport_or_icmpcode_first !== 1 + (n % 60_000),
  );
  expect(wrong).toBe(-1);
  expect(JSON.stringify(again) === JSON.stringify(first)).toBe(true);
});

describe.each(lanes.filter(({ available }) => available))('100,000 rules on $name', (lane) => {
  let place: Awaited<ReturnType<typeof startLaneWith>>;
  let it: Awaited<ReturnType<typeof openEngine>>;

  beforeAll(async () => {
    place = await startLaneWith(lane, ['cwlarge']);
    it = await openEngine(place.apiSocket);
    await it.engine.restore();
  }, 60_000);
  afterAll(async () => {
    await it.close();
    await place.stop();
  }, 60_000);

  const noDrift = { missing: [], different: [], leftover: [], foreign: [] };

  /** What the change to these resources would do, in order. */
  const operations = (wanted: Resource[]) =>
    it.engine.plan(infraOwner, wanted).waves.flatMap((wave) => wave.map(({ op, key }) => `${op} ${key}`));

  test('are taken whole, and read back as they were', async () => {
    expect((await it.engine.apply(infraOwner, before)).outcome.failures).toEqual([]);
    expect(await it.engine.audit()).toEqual(noDrift);
    expect((await it.engine.apply(infraOwner, before)).outcome).toMatchObject({ messages: 0 });
  }, 60_000);

  test('change by one message when one of them changes; the list on the interface stays', async () => {
    const changed = [...base, acl.of({ name: 'large', rules: largeRules(77_777) }), lists('large')];
    const { outcome, plan } = await it.engine.apply(infraOwner, changed);
    expect(outcome).toMatchObject({ result: 'done', messages: 1 });
    expect(plan.steps.map(({ action, key }) => `${action} ${key}`)).toEqual(['update acl/large']);
    expect(await it.engine.audit()).toEqual(noDrift);
  }, 60_000);

  test('another ACL takes their place without a moment between them', async () => {
    const swapped = [...base, acl.of({ name: 'other', rules: largeRules().slice(9, 12) }), lists('other')];
    expect(operations(swapped)).toEqual(['create acl/other', 'update acl-list/port', 'remove acl/large']);
    expect((await it.engine.apply(infraOwner, swapped)).outcome).toMatchObject({ result: 'done', messages: 3 });
    expect(await it.engine.audit()).toEqual(noDrift);
  }, 60_000);

  test('of an interface that goes, the address leaves before the list', async () => {
    expect(operations([])).toEqual([
      'remove address/port/192.0.2.1/24',
      'remove acl-list/port',
      'remove host-interface/port',
      'remove acl/small',
      'remove acl/other',
    ]);
    expect((await it.engine.apply(infraOwner, [])).outcome.failures).toEqual([]);
  }, 60_000);
});
