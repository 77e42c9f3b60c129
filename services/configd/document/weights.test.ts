import { describe, expect, it } from '@jest/globals';
import { randomSource } from '#lib/net/mutate.testkit.js';
import { loadDocument } from './load-document.js';
import { exactWeights, roundsAway, shareError, shares, weightsFor } from './weights.js';

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

describe('weights that VPP rounds away', () => {
  it.each<[number[], boolean]>([
    [[1, 2], false],
    [[1, 3], false],
    [[3, 5], false],
    [[1, 4], false],
    [[2, 3], false],
    [[60, 40], false],
    [[80, 20], false],
    [[1, 2, 3], false],
    [[255, 1], false],
    [[1, 1, 1, 1, 1, 1], false],
    [[7], false],
    [[], false],
    [[70, 30], true],
    [[30, 70], true],
    [[3, 7], true],
    [[50, 30, 20], true],
    [[...Array<number>(70).fill(255), 1], true],
  ])('%j: %s', (weights, expected) => {
    expect(roundsAway(weights)).toBe(expected);
  });

  it('are never chosen instead of others, and those that are chosen come out exactly when they are near', () => {
    const random = randomSource(3);
    for (let n = 0; n < 3000; n++) {
      const wanted = Array.from({ length: 1 + Math.floor(random() * 12) }, () => 1 + Math.floor(random() * 255));
      const chosen = weightsFor(wanted);
      expect([wanted, roundsAway(chosen)]).toEqual([wanted, false]);
      const exact = exactWeights(wanted) ?? [];
      expect(shareError(exact, exact)).toBeLessThan(1e-9);
    }
  });

  it('stay in force where they were applied before they were refused', () => {
    const text =
      'vrfs: { a: { table: 1 }, b: { table: 2 } }\nroutes: [{ prefix: 10.0.0.0/8, via: [{ vrf: a, weight: 7 }, { vrf: b, weight: 3 }] }]\n';
    expect(loadDocument(text)).toMatchObject({ ok: false, errors: [{ line: 2, column: 56 }] });
    expect(loadDocument(text, { stored: true })).toMatchObject({ ok: true, warnings: [{ line: 2, column: 56 }] });
  });
});
