import type { VppSettings } from '../settings/schema.js';

const KiB = 2 ** 10;
const MiB = 2 ** 20;
const GiB = 2 ** 30;

/** Sizes that follow from the settings, or are given in them. */
export interface Sizes {
  readonly mainHeapBytes: number;
  readonly statsBytes: number;
  readonly buffersPerNuma: number;
  /** Memory of one buffer: data, VPP's headers and, with DPDK, its own. */
  readonly bufferBytes: number;
  /** Interfaces that `statsBytes` is made for. */
  readonly interfaces: number;
  /** The main thread and the workers. */
  readonly threads: number;
}

const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step;
const powerOfTwo = (value: number): number => 2 ** Math.ceil(Math.log2(value));

export function sizesOf(settings: VppSettings): Sizes {
  const { scale, memory, stats, buffers, dpdk } = settings;
  const threads = 1 + (settings.cpu?.workers.length ?? 0);
  const interfaces = scale.interfaces ?? scale.subscribers + 64;
  return {
    threads,
    interfaces,
    mainHeapBytes: memory.mainHeap ?? mainHeapBytes(scale),
    statsBytes: stats.size ?? statsSegmentBytes(interfaces, threads, scale.aclRules),
    buffersPerNuma: buffers.perNuma ?? buffersPerNuma(settings, threads),
    bufferBytes: bufferBytes(buffers.dataBytes, dpdk.devices.length > 0),
  };
}

/**
 * An interface takes 17 symbolic names of 144 bytes and, for each thread, some 200 bytes of counters; its two policers
 * take 96 more for each thread. Vectors are copied while they grow. VPP aborts when the segment is full: VPP 26.06 did at
 * 7,820 sub-interfaces with 32M, 11,931 with 64M, 26,950 with 128M and 40,945 with 256M, at most 6.5 KiB each, so
 * there are 16 KiB for each. A rule of an ACL has 16 bytes for each thread, 24 in a list that grew, and as much while it is
 * copied. A power of two, at least 64 MiB.
 */
export function statsSegmentBytes(interfaces: number, threads: number, aclRules: number): number {
  return powerOfTwo(64 * MiB + interfaces * (16 * KiB + 384 * (threads - 1)) + aclRules * 48 * threads);
}

/**
 * A subscriber (sub-interface, two policers, route, neighbour, access list) took 24 KB; a route of a full table less
 * than 1 KiB, a NAT session of nat44-ed with its two keys about 0.5 KiB. Whole steps of 256 MiB, at least 1 GiB.
 */
export function mainHeapBytes(scale: VppSettings['scale']): number {
  const bytes = 512 * MiB + scale.subscribers * 32 * KiB + scale.routes * KiB + scale.natSessions * KiB;
  return Math.max(GiB, roundUp(bytes, 256 * MiB));
}

/**
 * All descriptors of all queues may hold a buffer at once; each thread has some in its cache and in frames on their
 * way. Half as many again, whole steps of 8192, at least VPP's own 16384.
 */
function buffersPerNuma({ dpdk }: VppSettings, threads: number): number {
  const perThread = 4096;
  const inRings = dpdk.devices
    .map((device) => ringsOf(device, threads))
    .reduce((sum, { rxQueues, txQueues, rxDescriptors, txDescriptors }) => {
      return sum + rxQueues * rxDescriptors + txQueues * txDescriptors;
    }, 0);
  return Math.max(16_384, roundUp((inRings + threads * perThread) * 1.5, 8192));
}

/** Queues of a device as VPP will make them: one to receive for each worker, one to send for each thread. */
export function ringsOf(device: VppSettings['dpdk']['devices'][number], threads: number) {
  const { rxDescriptors, txDescriptors } = device;
  return {
    rxQueues: device.rxQueues ?? Math.max(1, threads - 1),
    txQueues: device.txQueues ?? threads,
    rxDescriptors,
    txDescriptors,
  };
}

/** `vlib_buffer_alloc_size` of VPP: whole cache lines, an odd number of them. */
export function bufferBytes(dataBytes: number, withDpdk: boolean): number {
  const cacheLine = 64;
  const vppHeader = 256;
  const dpdkHeader = 192;
  const lines = Math.ceil((dataBytes + vppHeader + (withDpdk ? dpdkHeader : 0)) / cacheLine);
  return (lines | 1) * cacheLine;
}
