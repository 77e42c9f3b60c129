import { expect, it } from '@jest/globals';
import { LineLimits } from './limits.js';

it('lets a line send its burst, then its rate, and others are not touched', () => {
  let nowMs = 0;
  const limits = new LineLimits(2, 3, { nowMs: () => nowMs, monotonicMs: () => nowMs });
  const burst = (line: string, count: number, share = 1) =>
    Array.from({ length: count }, () => limits.allow(line, share)).filter(Boolean).length;
  expect(burst('a', 10)).toBe(3);
  expect(burst('b', 1)).toBe(1);
  expect(burst('shared', 10, 2)).toBe(6);
  nowMs = 1000;
  expect(burst('a', 10)).toBe(2);
  nowMs = 100_000;
  limits.sweep();
  expect(burst('a', 10)).toBe(3);
});
