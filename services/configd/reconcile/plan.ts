import type { OwnerChange } from './desired.js';
import type { Recorded } from './recorded.js';
import type { Resource } from './resource.js';

export type Action = 'remove' | 'recreate' | 'create' | 'update';

/** One change as people see it. */
export interface PlanStep {
  readonly action: Action;
  readonly kind: string;
  readonly key: string;
  /** Specs; absent when there is none. */
  readonly before?: unknown;
  readonly after?: unknown;
}

/** One thing to do with VPP; a recreation is two of them. */
export type Operation =
  | { readonly op: 'remove'; readonly key: string; readonly from: Recorded }
  | { readonly op: 'create'; readonly key: string; readonly to: Resource }
  | { readonly op: 'update'; readonly key: string; readonly from: Recorded; readonly to: Resource };

/** Operations that do not depend on each other. */
export type Wave = readonly Operation[];

/** What one owner's new set would change. */
export interface Plan {
  readonly owner: string;
  readonly wanted: ReadonlyMap<string, Resource>;
  /** From what the owner wanted before. */
  readonly change: OwnerChange;
  /** Of what was recorded and wanted when it was made: it holds until one of them changes. */
  readonly revision: number;
  /** Deletes, recreates, creates, updates; keys sorted within each. */
  readonly steps: readonly PlanStep[];
  readonly waves: readonly Wave[];
  /** Owners that end, because what they hang on goes. */
  readonly evicted: readonly string[];
  /** Other owners of which something is touched, the evicted ones included. */
  readonly affected: readonly string[];
}
