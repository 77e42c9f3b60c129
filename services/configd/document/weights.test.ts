import { describe, expect, it } from '@jest/globals';
import { shareError, shares, weightsFor } from './weights.js';

it.each([
  ['one path', [7], [1]],
  ['equal paths', [5, 5], [0.5, 0.5]],
  ['three equal paths', [1, 1, 1], [0.375, 0.3125, 0.3125]],
  ['3:1, exact', [3, 1], [0.75, 0.25]],
  ['70:30, as seen on VPP', [70, 30], [0.75, 0.25]],
  ['the order of the paths', [30, 70], [0.25, 0.75]],
  ['a small weight keeps a bucket', [255, 1], [255 / 256, 1 / 256]],
  ['none', [], []],
])('%s', (_name, weights, expected) => {
  const real = shares(weights);
  expect(real).toHaveLength(expected.length);
  for (const [index, share] of expected.entries()) expect(real[index]).toBeCloseTo(share, 2);
});

describe('weights for shares', () => {
  it.each([
    [
      [1, 1],
      [1, 1],
    ],
    [
      [3, 1],
      [3, 1],
    ],
    [
      [70, 30],
      [11, 5],
    ],
    [[5], [5]],
    [[], []],
  ])('%j is written as %j', (wanted, written) => {
    expect(weightsFor(wanted)).toEqual(written);
  });

  it('is never worse than what VPP makes of the weights themselves', () => {
    for (let a = 1; a <= 40; a++)
      for (let b = 1; b <= 40; b++) {
        const wanted = [a, b, ((a * 7 + b) % 20) + 1];
        expect(shareError(weightsFor(wanted), wanted)).toBeLessThanOrEqual(shareError(wanted, wanted));
      }
  });
});
