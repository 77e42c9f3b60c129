import { BngError } from '#lib/kernel/errors.js';
import type { Dataplane } from '../dataplane.js';
import type { Desired } from './desired.js';
import type { Kinds } from './kinds.js';
import type { Found, ReadContext, Resource } from './resource.js';

/** What VPP holds, kind by kind. Kinds that were not read have no entry. */
export type Findings = ReadonlyMap<string, ReadonlyMap<string, Found>>;

/** Difference between what is wanted and what VPP holds. */
export interface Drift {
  /** Wanted, not there. */
  readonly missing: readonly Resource[];
  readonly different: readonly { readonly wanted: Resource; readonly actual: unknown }[];
  /** Ours, wanted by nobody. */
  readonly leftover: readonly Resource[];
  /** Somebody else's: listed, not touched. */
  readonly foreign: readonly Resource[];
}

export const driftSize = (drift: Drift): number =>
  drift.missing.length + drift.different.length + drift.leftover.length;

/** What VPP may hold of ours. */
export interface Expected {
  readonly desired: Desired;
  /** What an apply that was cut off may have made: where VPP does not tell all, this and not the desired is what is there. */
  readonly claimed: ReadonlyMap<string, Resource>;
}

/** Told before each kind how many were read, and how many there are. */
export type ReadProgress = (done: number, total: number) => void;

/** One pass over VPP. `everything` includes the kinds that are read at start only. */
export async function readBack(
  vpp: Dataplane,
  kinds: Kinds,
  { desired, claimed }: Expected,
  everything: boolean,
  progress: ReadProgress = () => {},
): Promise<Findings> {
  const wanted = byKind([...desired.all(), ...claimed.values()]);
  const findings = new Map<string, ReadonlyMap<string, Found>>();
  const ctx = readContext(vpp, findings, claimed);
  for (const [index, kind] of kinds.list.entries()) {
    progress(index, kinds.list.length);
    if (!kind.read || (kind.readAt === 'start' && !everything)) continue;
    const offered = kind.optional?.every((operation) => vpp.offers(operation)) ?? true;
    const found = offered ? await kind.read(ctx, wanted.get(kind.kind) ?? new Map()) : new Map<string, Found>();
    findings.set(kind.kind, withClaims(found, claimed));
  }
  return findings;
}

/** What is claimed is ours whatever VPP says of it. */
function withClaims(found: ReadonlyMap<string, Found>, claimed: Expected['claimed']): ReadonlyMap<string, Found> {
  if (claimed.size === 0) return found;
  return new Map([...found].map(([key, one]) => [key, claimed.has(key) ? { ...one, ours: true } : one]));
}

function byKind(resources: Iterable<Resource>): Map<string, Map<string, unknown>> {
  const kinds = new Map<string, Map<string, unknown>>();
  for (const { kind, key, spec } of resources) {
    const specs = kinds.get(kind) ?? new Map<string, unknown>();
    specs.set(key, spec);
    kinds.set(kind, specs);
  }
  return kinds;
}

function readContext(vpp: Dataplane, findings: Findings, claimed: Expected['claimed']): ReadContext {
  const loads = new Map<string, Promise<unknown>>();
  const found = (key: string) => findings.get(key.slice(0, key.indexOf('/')))?.get(key);
  return {
    vpp,
    found,
    foundOf: (kind) => findings.get(kind) ?? new Map(),
    isClaimed: (key) => claimed.has(key),
    handle<H>(key: string) {
      const one = found(key);
      if (!one) throw new BngError('internal', `${key} was not found`);
      return one.handle as H;
    },
    shared<T>(name: string, load: () => Promise<T>) {
      const loading = loads.get(name) ?? load();
      loads.set(name, loading);
      return loading as Promise<T>;
    },
  };
}

/**
 * Findings with what fits what is wanted, as far as VPP tells, taken for just that,
 * unless what it hangs on is gone. For a VPP that is known since its start.
 */
export function asWanted(findings: Findings, desired: Desired, kinds: Kinds): Findings {
  const fitting = new Map(findings);
  const isThere = (key: string) => findings.get(key.slice(0, key.indexOf('/')))?.has(key) ?? true;
  for (const kind of kinds.list) {
    const found = findings.get(kind.kind);
    if (!kind.fits || !found) continue;
    const entries = [...found].map(([key, one]) => {
      const wanted = desired.get(key);
      const fits = wanted && kind.fits?.(wanted.spec, one) && kinds.needs(wanted).every(isThere);
      return [key, fits ? { ...one, spec: wanted.spec } : one] as const;
    });
    fitting.set(kind.kind, new Map(entries));
  }
  return fitting;
}

const none: ReadonlySet<string> = new Set();

/** Compares findings with what is wanted, for the kinds that were read; `except` are keys to say nothing about. */
export function findDrift(findings: Findings, desired: Desired, kinds: Kinds, except = none): Drift {
  const drift = { missing: [] as Resource[], different: [] as Drift['different'][number][] };
  for (const key of desired.keys()) {
    const wanted = desired.get(key);
    const found = wanted && findings.get(wanted.kind);
    if (!wanted || !found || except.has(key)) continue;
    const actual = found.get(key);
    if (!actual) drift.missing.push(wanted);
    else if (!kinds.isMet(wanted, actual.spec)) drift.different.push({ wanted, actual: actual.spec });
  }
  return { ...drift, ...unwanted(findings, desired, except) };
}

function unwanted(
  findings: Findings,
  desired: Desired,
  except: ReadonlySet<string>,
): Pick<Drift, 'leftover' | 'foreign'> {
  const leftover: Resource[] = [];
  const foreign: Resource[] = [];
  for (const [kind, found] of findings)
    for (const [key, { spec, ours }] of found)
      if (!desired.has(key) && !except.has(key)) (ours ? leftover : foreign).push({ kind, key, spec });
  return { leftover, foreign };
}
