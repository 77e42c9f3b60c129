import { expect, it } from '@jest/globals';
import { SteppingClock } from './clock-steps.js';
import { Deadlines } from './deadlines.js';

const HOUR = 3_600_000;

function made() {
  const time = { wall: 1_000_000_000, monotonic: 5000 };
  const clock = new SteppingClock({ nowMs: () => time.wall, monotonicMs: () => time.monotonic });
  const steps: number[] = [];
  clock.onStep((stepMs) => steps.push(stepMs));
  const pass = (ms: number, set = 0) => {
    time.monotonic += ms;
    time.wall += ms + set;
    return clock.nowMs();
  };
  return { clock, steps, pass };
}

it.each([HOUR, -HOUR, 3000, -3000])('tells a step of %d ms once, before the new time is seen', (set) => {
  const { steps, pass } = made();
  pass(250);
  pass(250, set);
  pass(250);
  expect(steps).toEqual([set]);
});

it('takes slow drift and long sleeps for what they are', () => {
  const { steps, pass } = made();
  for (let i = 0; i < 100; i++) pass(250, 50);
  pass(600_000);
  expect(steps).toEqual([]);
});

it.each([HOUR, -HOUR])('deadlines moved by %d ms are due when they would have been', (set) => {
  const { clock, pass } = made();
  const deadlines = new Deadlines<string>(clock.nowMs());
  clock.onStep((stepMs) => deadlines.shift(stepMs));
  deadlines.set('soon', clock.nowMs() + 10_000);
  deadlines.set('later', clock.nowMs() + 20_000);
  expect(deadlines.takeDue(pass(1000, set))).toEqual([]);
  expect(deadlines.takeDue(pass(8000))).toEqual([]);
  expect(deadlines.takeDue(pass(1500))).toEqual(['soon']);
  expect(deadlines.takeDue(pass(9000))).toEqual([]);
  expect(deadlines.takeDue(pass(1000))).toEqual(['later']);
  expect(deadlines.size).toBe(0);
});
