import { expect, it } from '@jest/globals';
import { Holds } from './holds.js';

it('doubles the hold with each refusal in a row, up to the most, and begins anew after a time of peace', () => {
  const holds = new Holds(60_000);
  const untilMs = [0, 10_000, 30_000, 70_000, 130_000].map((nowMs) => holds.refuse('a', 10_000, nowMs) - nowMs);
  expect(untilMs).toEqual([10_000, 20_000, 40_000, 60_000, 60_000]);
  expect(holds.refuse('a', 10_000, 250_001)).toBe(260_001);
  holds.clear('a');
  expect(holds.refuse('a', 10_000, 260_000)).toBe(270_000);
});

it('keeps a bounded number of subscribers', () => {
  const holds = new Holds(60_000, 2);
  for (const subscriber of ['a', 'b', 'c']) holds.refuse(subscriber, 1000, 0);
  expect(holds.refuse('c', 1000, 1000)).toBe(3000);
  expect(holds.refuse('a', 1000, 1000)).toBe(2000);
});
