import { describe, expect, test } from '@jest/globals';
import type { PolicerConfig } from './policers.js';
import { TokenBucket } from './token-bucket.js';

const config = (change: Partial<PolicerConfig>): PolicerConfig => ({
  cir: 800,
  eir: 0,
  cb: 1000n,
  eb: 0n,
  rate_type: 0,
  round_type: 0,
  type: 0,
  color_aware: false,
  conform_action: { type: 1, dscp: 0 },
  exceed_action: { type: 0, dscp: 0 },
  violate_action: { type: 0, dscp: 0 },
  ...change,
});

/** Charges `[bytes, at ms]` in turn. */
const colours = (change: Partial<PolicerConfig>, packets: [bytes: number, atMs: number][]) => {
  const bucket = new TokenBucket(config(change), 0);
  return packets.map(([bytes, atMs]) => bucket.take(bytes, atMs));
};

test('one rate: the burst, then what flows in (800 kbit/s = 100 bytes/ms)', () => {
  expect(
    colours({}, [
      [600, 0],
      [600, 0],
      [400, 0],
      [100, 1],
      [101, 2],
      [1, 2],
      [1000, 100],
    ]),
  ).toEqual(['conform', 'violate', 'conform', 'conform', 'violate', 'conform', 'conform']);
});

test('packets per second, burst in milliseconds', () => {
  const change = { rate_type: 1, cir: 1000, cb: 2n };
  expect(
    colours(change, [
      [9000, 0],
      [9000, 0],
      [60, 0],
      [60, 1],
      [60, 1],
    ]),
  ).toEqual(['conform', 'conform', 'violate', 'conform', 'violate']);
});

describe('three colours', () => {
  test('RFC 2697: the second bucket fills from the overflow of the first', () => {
    const change = { type: 1, eb: 500n };
    expect(
      colours(change, [
        [1000, 0],
        [500, 0],
        [1, 0],
        [1000, 12],
        [200, 12],
        [1, 12],
      ]),
    ).toEqual(['conform', 'exceed', 'violate', 'conform', 'exceed', 'violate']);
  });

  test('RFC 2698: the peak bucket is charged by all that passes', () => {
    const change = { type: 2, eir: 1600, eb: 1500n };
    expect(
      colours(change, [
        [1000, 0],
        [500, 0],
        [1, 0],
        [100, 1],
        [100, 1],
      ]),
    ).toEqual(['conform', 'exceed', 'violate', 'conform', 'exceed']);
  });

  test('RFC 4115: the buckets are apart', () => {
    const change = { type: 3, eir: 800, eb: 300n };
    expect(
      colours(change, [
        [1000, 0],
        [300, 0],
        [1, 0],
        [100, 1],
        [100, 1],
      ]),
    ).toEqual(['conform', 'exceed', 'violate', 'conform', 'exceed']);
  });
});

test('a clock that steps back refills nothing', () => {
  expect(
    colours({}, [
      [1000, 10],
      [1, 5],
    ]),
  ).toEqual(['conform', 'violate']);
});
