import { describe, expect, it } from '@jest/globals';
import { waitsMs } from './retransmission.js';

describe('waitsMs', () => {
  it.each([
    ['no jitter', 0.5, [1000, 2000, 4000, 5000, 5000]],
    ['least', 0, [900, 1710, 3249, 4500, 4500]],
  ])('doubles up to the cap, %s', (_, random, expected) => {
    const waits = waitsMs({ initialMs: 1000, maxMs: 5000, transmissions: 5 }, () => random);
    expect(waits.map(Math.round)).toEqual(expected);
  });
});
