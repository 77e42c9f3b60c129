import { expect, test } from '@jest/globals';
import { Segment, SegmentError } from './segment.js';

const size = 4096;
const base = 0x7f00_0000_0000n;

/** Three entries over vectors of two, then nothing. */
function wellFormed(): ArrayBuffer {
  const buffer = new ArrayBuffer(size);
  const view = new DataView(buffer);
  const u64 = (at: number, value: bigint) => view.setBigUint64(at, value, true);
  const vector = (at: number, length: number) => view.setUint32(at - 8, length, true);
  u64(0, 2n);
  u64(8, base);
  u64(32, base + 64n);
  vector(64, 3);
  const entries = [
    { type: 2, target: 1000n },
    { type: 3, target: 1104n },
    { type: 4, target: 1200n },
  ];
  for (const [i, { type, target }] of entries.entries()) {
    view.setUint32(64 + i * 144, type, true);
    u64(64 + i * 144 + 8, base + target);
    Buffer.from(buffer).write(`/e${i}`, 64 + i * 144 + 16);
  }
  for (const [at, target] of [
    [1000, 1304n],
    [1104, 1400n],
    [1200, 1504n],
  ] as const) {
    vector(at, 1);
    u64(at, base + target);
  }
  vector(1304, 2);
  vector(1400, 2);
  vector(1504, 3);
  return buffer;
}

function readAll(buffer: ArrayBuffer): number {
  const segment = new Segment(buffer);
  let values = 0;
  segment.scan([Buffer.from('/')], (index) => {
    const entry = segment.entry(index);
    values += entry === undefined || segment.value(entry) === undefined ? 0 : 1;
  });
  return values;
}

/** A small generator: the same inputs on every run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
}

test('the untouched segment reads back', () => {
  expect(readAll(wellFormed())).toBe(3);
});

test('100,000 damaged segments give values or a SegmentError, nothing else', () => {
  const random = randomNumbers(7);
  const pristine = new Uint8Array(wellFormed());
  const interesting = 1600;
  let refused = 0;
  for (let round = 0; round < 100_000; round++) {
    const bytes = pristine.slice(0, round % 5 === 0 ? random() % size : size);
    for (let i = 0; i <= round % 6; i++) bytes[random() % Math.min(interesting, bytes.length + 1)] = random() >>> 24;
    try {
      readAll(bytes.buffer);
    } catch (error) {
      refused += error instanceof SegmentError ? 1 : Number.NaN;
    }
  }
  expect(refused).toBeGreaterThan(10_000);
});
