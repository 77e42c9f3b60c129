import { describe, expect, it } from '@jest/globals';
import type { LineEvent } from '#gen/bng/v1/configd.js';
import { makeLines } from '../testkit/configd.testkit.js';
import { LineIndex } from './line-index.js';

const upserts = (generation: bigint, firstIndex: number, count = 2): LineEvent[] =>
  makeLines(count, firstIndex).map((value) => ({ generation, event: { $case: 'upsert', value } }));
const done = (generation: bigint): LineEvent => ({ generation, event: { $case: 'snapshotDone', value: true } });
const fed = (...events: LineEvent[]) => {
  const index = new LineIndex();
  index.begin();
  for (const event of events) index.apply(event);
  return index;
};
const nameOf = (index: LineIndex, swIfIndex: number) => index.lookup(swIfIndex)?.line.name;

describe('line index', () => {
  it('knows a line once the snapshot is complete', () => {
    const index = fed(...upserts(1n, 10));
    expect(nameOf(index, 10)).toBeUndefined();
    expect(index.apply(done(1n))).toBe(true);
    expect(index.lookup(10)).toMatchObject({ line: { name: 'access.100.1' }, fresh: true });
    expect(index.isGateway('100.64.0.1')).toBe(true);
  });

  it('voids every index at the first event of another generation', () => {
    const index = fed(...upserts(1n, 10), done(1n));
    const [first = done(2n), ...rest] = upserts(2n, 11);
    index.apply(first);
    expect([10, 11, 12].map((swIfIndex) => nameOf(index, swIfIndex))).toEqual([undefined, undefined, undefined]);
    for (const event of [...rest, done(2n)]) index.apply(event);
    expect([10, 11, 12].map((swIfIndex) => nameOf(index, swIfIndex))).toEqual([
      undefined,
      'access.100.1',
      'access.100.2',
    ]);
  });

  it('forgets lines that a new snapshot of the same generation lacks, and what is removed', () => {
    const index = fed(...upserts(1n, 10, 3), done(1n));
    index.lost();
    expect(index.lookup(12)).toMatchObject({ fresh: false });
    index.begin();
    for (const event of upserts(1n, 10)) index.apply(event);
    expect(nameOf(index, 12)).toBe('access.100.3');
    index.apply(done(1n));
    expect([nameOf(index, 12), index.lookup(10)?.fresh]).toEqual([undefined, true]);
    index.apply({ generation: 1n, event: { $case: 'remove', value: 10 } });
    expect(nameOf(index, 10)).toBeUndefined();
  });

  it('a line is news when it is new, changed or back, not for its index in a new life of VPP', () => {
    const index = fed(...upserts(1n, 10), done(1n));
    const [first, second, third] = makeLines(3, 20);
    if (!first || !second || !third) throw new Error('three lines were asked for');
    expect([first, second, third].map((line) => index.isNews(line))).toEqual([false, false, true]);
    expect(index.isNews({ ...first, gateways: ['100.64.9.1'] })).toBe(true);
    expect(index.isNews({ ...first, vrf: 'blue' })).toBe(true);
    index.apply({ generation: 1n, event: { $case: 'remove', value: 10 } });
    expect(index.isNews(first)).toBe(true);
    for (const event of [...upserts(2n, 30, 1), done(2n)]) index.apply(event);
    expect([first, second].map((line) => index.isNews(line))).toEqual([false, true]);
  });
});
