import { expect, it } from '@jest/globals';
import { RateMeter } from './rate-meter.js';
import type { Session } from './session.js';

const session = {} as Session;
const counters = (input: number, output: number) => ({
  inputOctets: BigInt(input),
  outputOctets: BigInt(output),
  inputPackets: BigInt(input / 100),
  outputPackets: BigInt(output / 1000),
});

it('is what was counted between two readings, over the time between them', () => {
  let nowMs = 5000;
  const meter = new RateMeter(() => nowMs);
  meter.note(session, counters(10_000, 500_000));
  expect(meter.of(session)).toBeUndefined();
  nowMs += 2000;
  meter.note(session, counters(20_000, 1_500_000));
  expect(meter.of(session)).toEqual({
    atMs: 7000,
    periodMs: 2000,
    upBps: 40_000,
    downBps: 4_000_000,
    upPps: 50,
    downPps: 500,
  });
  nowMs += 1000;
  meter.note(session, counters(20_000, 1_500_000));
  expect(meter.of(session)).toMatchObject({ atMs: 8000, upBps: 0, downBps: 0 });
});

it('takes two readings at nearly one time as one, and loses nothing of what lies between', () => {
  let nowMs = 0;
  const meter = new RateMeter(() => nowMs);
  meter.note(session, counters(0, 0));
  nowMs = 1000;
  meter.note(session, counters(1000, 0));
  nowMs = 1050;
  meter.note(session, counters(9000, 0));
  expect(meter.of(session)).toMatchObject({ atMs: 1000, upBps: 8000 });
  nowMs = 2000;
  meter.note(session, counters(9000, 0));
  expect(meter.of(session)).toMatchObject({ atMs: 2000, upBps: 64_000 });
});
