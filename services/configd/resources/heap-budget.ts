import { BngError } from '#lib/kernel/errors.js';
import type { Plan, PlanStep } from '../reconcile/plan.js';
import type { Det44MapSpec } from './det44-map.js';
import type { Nat44EdSpec } from './nat44-ed.js';
import type { Nat44EiSpec } from './nat44-ei.js';

/** Memory that VPP takes at once, with a margin; measured on VPP 26.06: 356, 268, 63 and 23500 bytes. */
const edSessionBytes = 400;
const eiSessionBytes = 300;
const eiUserBytes = 100;
const det44HostBytes = 24_000;

/** Part of the free heap that NAT may take: the rest is for routes, sessions and all else. */
const share = 0.8;

/** What is known of VPP's memory. */
export interface HeapState {
  /** Free bytes of the main heap; undefined: not known, nothing is refused. */
  readonly heapFreeBytes: number | undefined;
  readonly workers: number;
}

/**
 * Refuses (`exhausted`) a plan whose NAT would take more of VPP's main heap than is free: VPP dies of it, with everything on it.
 */
export function assertHeapFits({ steps }: Pick<Plan, 'steps'>, { heapFreeBytes, workers }: HeapState): void {
  if (heapFreeBytes === undefined) return;
  const bytes = steps.reduce((sum, step) => sum + takes(step, Math.max(1, workers)), 0);
  if (bytes <= heapFreeBytes * share) return;
  const [wanted, free] = [bytes, heapFreeBytes].map((value) => Math.ceil(value / 1024 ** 2));
  throw new BngError(
    'exhausted',
    `NAT of this size takes ${wanted} MB of VPP's main heap, ${free} MB are free; set memory { main-heap-size } and restart VPP`,
    { bytes, heapFreeBytes },
  );
}

/** Bytes that a step takes, beyond those it gives back. */
function takes({ action, kind, before, after }: PlanStep, workers: number): number {
  if (action === 'create') return bytesOf(kind, after, workers);
  return action === 'recreate' ? Math.max(0, bytesOf(kind, after, workers) - bytesOf(kind, before, workers)) : 0;
}

function bytesOf(kind: string, spec: unknown, workers: number): number {
  if (kind === 'nat44-ed') return (spec as Nat44EdSpec).sessions * edSessionBytes * workers;
  if (kind === 'nat44-ei') {
    const { sessions, users } = spec as Nat44EiSpec;
    return (sessions * eiSessionBytes + users * eiUserBytes) * workers;
  }
  if (kind !== 'det44-map') return 0;
  const { inside } = spec as Det44MapSpec;
  return 2 ** (32 - Number(inside.slice(inside.indexOf('/') + 1))) * det44HostBytes;
}
