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
const familyFields = ['inputPacketsIp4', 'inputPacketsIp6'] as const;

/**
 * Adds what happened since the last reading. When VPP's counters began again at zero (another generation, or any
 * number lower than before), all of the new reading counts. The total never falls. What is told by family counts from the
 * first reading on, or not at all: a reading without it leaves it out for good.
 */
export function accumulate(usage: Usage, reading: Reading): Usage {
  const { last } = usage;
  if (last === undefined) return { total: { ...usage.total, ...familiesAtStart(reading.counters) }, last: reading };
  const now = reading.counters;
  const fell = (field: keyof Counters) => (now[field] ?? last.counters[field] ?? 0n) < (last.counters[field] ?? 0n);
  const restarted = last.generation !== reading.generation || fields.some(fell) || familyFields.some(fell);
  const total = { ...usage.total };
  for (const field of fields) total[field] += now[field] - (restarted ? 0n : last.counters[field]);
  for (const field of familyFields) {
    const [sum, value, before] = [total[field], now[field], last.counters[field]];
    const isKnown = sum !== undefined && value !== undefined && before !== undefined;
    total[field] = isKnown ? sum + value - (restarted ? 0n : before) : undefined;
  }
  return { total, last: reading };
}

const familiesAtStart = (first: Counters): Partial<Counters> =>
  Object.fromEntries(familyFields.filter((field) => first[field] !== undefined).map((field) => [field, 0n]));

/** True when the subscriber sent something between the two totals. */
export const sentSince = (before: Counters, now: Counters): boolean => now.inputPackets > before.inputPackets;

/** What was counted from one total to a later one. */
export function between(before: Counters, now: Counters): Counters {
  const result = { ...now };
  for (const field of fields) result[field] -= before[field];
  for (const field of familyFields) {
    const start = before[field] ?? (before.inputPackets === 0n ? 0n : undefined);
    const end = now[field];
    result[field] = start === undefined || end === undefined ? undefined : end - start;
  }
  return result;
}
