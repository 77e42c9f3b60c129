import type { Counters } from '#gen/bng/v1/common.js';

/** VPP's own numbers of the session's interface, and the life of VPP they belong to. */
export interface Reading {
  generation: bigint;
  counters: Counters;
}

/** What a session has counted, and the reading it counted up to; both are kept in its row. */
export interface Usage {
  /** Monotonic since the session began. */
  total: Counters;
  /** Absent before the first reading, which then becomes the zero point. */
  last?: Reading | undefined;
}

export const zeroCounters = (): Counters => ({
  inputOctets: 0n,
  outputOctets: 0n,
  inputPackets: 0n,
  outputPackets: 0n,
});

export const newUsage = (): Usage => ({ total: zeroCounters() });

const fields = ['inputOctets', 'outputOctets', 'inputPackets', 'outputPackets'] as const;

/**
 * Adds what happened since the last reading. When VPP's counters began again at zero (another generation, or any
 * number lower than before), all of the new reading counts. The total never falls.
 */
export function accumulate(usage: Usage, reading: Reading): Usage {
  const { last } = usage;
  if (last === undefined) return { total: usage.total, last: reading };
  const restarted =
    last.generation !== reading.generation || fields.some((field) => reading.counters[field] < last.counters[field]);
  const total = { ...usage.total };
  for (const field of fields) total[field] += reading.counters[field] - (restarted ? 0n : last.counters[field]);
  return { total, last: reading };
}

/** True when the subscriber sent something between the two totals. */
export const sentSince = (before: Counters, now: Counters): boolean => now.inputPackets > before.inputPackets;

/** What was counted from one total to a later one. */
export function between(before: Counters, now: Counters): Counters {
  const result = { ...now };
  for (const field of fields) result[field] -= before[field];
  return result;
}
