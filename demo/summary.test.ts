import { describe, expect, it } from '@jest/globals';
import { type DemoSummary, shortcomings } from './summary.js';

const good: DemoSummary = {
  subscribers: 100,
  online: 100,
  coaAcked: 1,
  policerKbpsBefore: 50_000,
  policerKbpsAfter: 100_000,
  disconnected: 1,
  acctStarts: 100,
  acctStops: 1,
  secondsToAllOnline: 1.2,
};

describe('shortcomings', () => {
  it('finds nothing in a good run', () => expect(shortcomings(good, 100_000)).toEqual([]));

  it.each<[Partial<DemoSummary>, RegExp]>([
    [{ online: 99 }, /99 of 100/],
    [{ coaAcked: 0 }, /CoA/],
    [{ policerKbpsBefore: 100_000 }, /already/],
    [{ policerKbpsAfter: 50_000 }, /50000, not 100000/],
    [{ disconnected: 0 }, /not disconnected/],
    [{ acctStarts: 101 }, /101 of 100/],
    [{ acctStops: 0 }, /0 Accounting-Stops/],
  ])('names %p', (change, text) => expect(shortcomings({ ...good, ...change }, 100_000).join()).toMatch(text));
});
