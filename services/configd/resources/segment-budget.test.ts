import { describe, expect, test } from '@jest/globals';
import type { PlanStep } from '../reconcile/plan.js';
import { assertSegmentFits, segmentBytesPerInterface } from './segment-budget.js';

const step = (action: PlanStep['action'], kind = 'sub-interface', n = 0): PlanStep => ({
  action,
  kind,
  key: `${kind}/${n}`,
});
const creates = (n: number) => Array.from({ length: n }, (_, i) => step('create', 'sub-interface', i));
const list = (rules: number) => ({ rules: Array.from({ length: rules }, () => ({})) });
const acl = (action: PlanStep['action'], before: number, after: number): PlanStep => ({
  ...step(action, 'acl'),
  before: list(before),
  after: list(after),
});
/** Recorded: two interfaces, and an ACL of 1000 rules. */
const there = new Map<string, { resource: { spec: unknown } }>(
  ['host-interface/access', 'loopback/gw', 'vrf/blue', 'route/default/0.0.0.0/0'].map((key) => [
    key,
    { resource: { spec: {} } },
  ]),
);
const withList = new Map([...there, ['acl/large', { resource: { spec: list(1000) } }]]);
const ten = segmentBytesPerInterface * 10;
const fits = (steps: PlanStep[], segmentBytes: number | undefined, workers = 0, recorded = there) =>
  assertSegmentFits({ steps }, recorded, { segmentBytes, workers });

describe('the statistics segment holds', () => {
  test.each<{ name: string; steps: PlanStep[]; bytes: number | undefined }>([
    { name: 'up to the limit', steps: creates(8), bytes: ten },
    { name: 'what is removed makes room', steps: [...creates(9), step('remove', 'loopback')], bytes: ten },
    { name: 'other kinds do not count', steps: [...creates(8), step('create', 'vrf')], bytes: ten },
    { name: 'a recreation does not count', steps: [...creates(8), step('recreate', 'loopback')], bytes: ten },
    { name: 'nothing made, nothing refused', steps: [step('update')], bytes: segmentBytesPerInterface },
    { name: 'a segment of unknown size', steps: creates(100_000), bytes: undefined },
    { name: '5000 lines with VPP’s default of 32 MB', steps: creates(5000), bytes: 32 << 20 },
    {
      name: 'an ACL of 100,000 rules with VPP’s default of 32 MB',
      steps: [acl('create', 0, 100_000)],
      bytes: 32 << 20,
    },
    { name: 'an ACL that gets shorter', steps: [acl('update', 1000, 999)], bytes: 1 },
  ])('$name', ({ steps, bytes }) => expect(() => fits(steps, bytes)).not.toThrow());
});

describe('it does not hold', () => {
  test('an interface over the limit', () => {
    expect(() => fits(creates(9), ten)).toThrow(
      expect.objectContaining({
        code: 'exhausted',
        fields: { interfaces: 11, rules: 0, bytes: 61_600, segmentBytes: ten },
      }),
    );
  });

  test('7000 lines with 32 MB, where VPP died', () => {
    expect(() => fits(creates(7000), 32 << 20)).toThrow(
      "7002 interfaces take 38 MB of VPP's statistics segment, it has 32 MB; set statseg { size } and restart VPP",
    );
  });

  test('the interfaces that fit without workers, with 16 of them', () => {
    expect(() => fits(creates(5000), 32 << 20, 16)).toThrow();
  });

  test('the counters of rules on each thread, with those that are there already', () => {
    const grown = [acl('update', 1000, 200_000)];
    expect(() => fits(grown, 32 << 20, 5, withList)).not.toThrow();
    expect(() => fits(grown, 32 << 20, 6, withList)).toThrow(
      "2 interfaces and 200000 rules of ACLs take 33 MB of VPP's statistics segment, it has 32 MB",
    );
  });
});
