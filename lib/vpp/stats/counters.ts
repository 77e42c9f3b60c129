import { type Snapshot, StatsReader } from './reader.js';
import type { StatValue } from './segment.js';

export interface Count {
  readonly packets: bigint;
  readonly bytes: bigint;
}

export interface InterfaceCounters {
  readonly swIfIndex: number;
  readonly name: string;
  readonly rx: Count;
  readonly tx: Count;
  readonly drops: bigint;
  readonly punts: bigint;
  readonly rxErrors: bigint;
  readonly txErrors: bigint;
}

export interface PolicerCounters {
  readonly conform: Count;
  readonly exceed: Count;
  readonly violate: Count;
}

export interface ErrorCounter {
  readonly node: string;
  readonly reason: string;
  readonly count: bigint;
}

/** What each helper below needs in its snapshot. */
export const interfacePatterns = [
  '/if/names',
  '/if/rx',
  '/if/tx',
  '/if/drops',
  '/if/punt',
  '/if/rx-error',
  '/if/tx-error',
] as const;
export const policerPatterns = ['/net/policer/conform', '/net/policer/exceed', '/net/policer/violate'] as const;
/** `/acl/<acl_index>/matches`: there since the list was made, counting while `acl_stats_intf_counters_enable` is on. */
export const aclPattern = (aclIndex: number): string => `/acl/${aclIndex}/matches`;
export const errorPatterns = ['/err/*'] as const;
export const systemPatterns = ['/sys/*'] as const;

/** A combined counter at a position; zero where there is none. */
export function countAt(value: StatValue | undefined, index: number): Count {
  if (value?.kind !== 'combined') return { packets: 0n, bytes: 0n };
  return { packets: value.packets[index] ?? 0n, bytes: value.bytes[index] ?? 0n };
}

/** A simple counter at a position; zero where there is none. */
export const simpleAt = (value: StatValue | undefined, index: number): bigint =>
  value?.kind === 'simple' ? (value.values[index] ?? 0n) : 0n;

/** Interfaces by sw_if_index; of a snapshot with `interfacePatterns`. Deleted ones, which VPP names "deleted", are left out. */
export function interfaceCounters(snapshot: Snapshot): InterfaceCounters[] {
  const names = snapshot.get('/if/names');
  if (names?.kind !== 'names') return [];
  return names.names.flatMap((name, index) => {
    if (name === undefined || name === 'deleted') return [];
    const simple = (what: string) => simpleAt(snapshot.get(`/if/${what}`), index);
    return {
      swIfIndex: index,
      name,
      rx: countAt(snapshot.get('/if/rx'), index),
      tx: countAt(snapshot.get('/if/tx'), index),
      drops: simple('drops'),
      punts: simple('punt'),
      rxErrors: simple('rx-error'),
      txErrors: simple('tx-error'),
    };
  });
}

/** What one policer has done; of a snapshot with `policerPatterns`. Zero for an index VPP has not counted on. */
export function policerCounters(snapshot: Snapshot, policerIndex: number): PolicerCounters {
  const of = (what: string) => countAt(snapshot.get(`/net/policer/${what}`), policerIndex);
  return { conform: of('conform'), exceed: of('exceed'), violate: of('violate') };
}

/** What each rule of a list matched, in order; of a snapshot with its `aclPattern`. VPP has one counter more than rules, or several. */
export function aclMatches(snapshot: Snapshot, aclIndex: number): Count[] {
  const value = snapshot.get(aclPattern(aclIndex));
  if (value?.kind !== 'combined') return [];
  return Array.from(value.packets, (_, rule) => countAt(value, rule));
}

/** Error counters of graph nodes that are not zero; of a snapshot with `errorPatterns`. */
export function errorCounters(snapshot: Snapshot): ErrorCounter[] {
  const errors: ErrorCounter[] = [];
  for (const [name, value] of snapshot) {
    const [, node, reason] = /^\/err\/([^/]+)\/(.*)$/s.exec(name) ?? [];
    if (value.kind === 'scalar' && value.value > 0n && node !== undefined && reason !== undefined)
      errors.push({ node, reason, count: value.value });
  }
  return errors;
}

/** `/sys/*` scalars by their last name: `boottime` (Unix seconds), `heartbeat`, `vector_rate`, `num_worker_threads` ... */
export function systemScalars(snapshot: Snapshot): Map<string, bigint> {
  const scalars = new Map<string, bigint>();
  for (const [name, value] of snapshot)
    if (name.startsWith('/sys/') && value.kind === 'scalar') scalars.set(name.slice('/sys/'.length), value.value);
  return scalars;
}

/** Unix time in seconds at which the VPP behind a stats socket booted: `bootTime` for the API client. */
export async function readBootTime(socketPath: string): Promise<number | undefined> {
  const reader = await StatsReader.open(socketPath);
  try {
    const result = await reader.snapshot(['/sys/boottime']);
    const value = result.ok ? result.value.get('/sys/boottime') : undefined;
    return value?.kind === 'scalar' && value.value > 0n ? Number(value.value) : undefined;
  } finally {
    reader.close();
  }
}
