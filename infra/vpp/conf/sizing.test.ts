import { describe, expect, it } from '@jest/globals';
import { settingsSchema } from '../settings/schema.js';
import { bufferBytes, mainHeapBytes, sizesOf, statsSegmentBytes } from './sizing.js';

const MiB = 2 ** 20;

describe('statsSegmentBytes', () => {
  it.each([
    [100, 1, 0, 128],
    [10_000, 1, 0, 256],
    [10_000, 5, 0, 256],
    [50_000, 1, 0, 1024],
    [100_000, 9, 0, 2048],
    [100, 1, 100_000, 128],
    [100, 9, 200_000, 256],
  ])('of %d interfaces, %d threads and %d rules is %d MiB', (interfaces, threads, rules, mebibytes) =>
    expect(statsSegmentBytes(interfaces, threads, rules)).toBe(mebibytes * MiB),
  );

  it.each([
    [7820, 32],
    [11_931, 64],
    [26_950, 128],
    [40_945, 256],
  ])('of %d interfaces is at least twice the %d MiB at which VPP 26.06 was seen to end', (interfaces, mebibytes) =>
    expect(statsSegmentBytes(interfaces, 1, 0)).toBeGreaterThanOrEqual(2 * mebibytes * MiB),
  );
});

describe('mainHeapBytes', () => {
  const scale = { subscribers: 0, interfaces: undefined, routes: 0, aclRules: 0, natSessions: 0 };
  it.each([
    [scale, 1024],
    [{ ...scale, subscribers: 10_000, routes: 50_000 }, 1024],
    [{ ...scale, subscribers: 50_000 }, 2304],
    [{ ...scale, routes: 1_200_000 }, 1792],
    [{ ...scale, natSessions: 4_000_000 }, 4608],
  ])('of %j is %d MiB', (given, mebibytes) => expect(mainHeapBytes(given)).toBe(mebibytes * MiB));
});

describe('bufferBytes', () => {
  it.each([
    [2048, false, 2368],
    [2048, true, 2496],
    [9216, true, 9664],
  ])('of %d bytes of data, DPDK %s, is %d', (data, dpdk, bytes) => expect(bufferBytes(data, dpdk)).toBe(bytes));
});

describe('sizesOf', () => {
  const devices = [{ pci: '0000:03:00.0' }, { pci: '0000:03:00.1' }];
  const sizes = (input: unknown) => sizesOf(settingsSchema.parse(input));

  it('takes what is given', () => {
    const given = {
      memory: { mainHeap: '3G' },
      stats: { size: '96M' },
      buffers: { perNuma: 5000 },
      scale: { interfaces: 7 },
    };
    expect(sizes(given)).toMatchObject({
      mainHeapBytes: 3072 * MiB,
      statsBytes: 96 * MiB,
      buffersPerNuma: 5000,
      interfaces: 7,
      threads: 1,
    });
  });

  it.each([
    [{}, 16_384],
    // (2 devices x (4 + 5 queues) x 1024 + 5 threads x 4096) x 1.5, in steps of 8192
    [{ cpu: { mainCore: 1, workers: '2-5' }, dpdk: { devices } }, 65_536],
    [
      { cpu: { mainCore: 1, workers: '2-5' }, dpdk: { devices: [{ ...devices[0], rxQueues: 1, txQueues: 1 }] } },
      40_960,
    ],
  ])('counts buffers for %j: %d', (input, buffers) => expect(sizes(input).buffersPerNuma).toBe(buffers));
});
