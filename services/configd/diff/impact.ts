import type { Plan, PlanStep } from '../reconcile/plan.js';

/** What a plan does to sessions; each is counted once, by the worst that happens to it. */
export interface Impact {
  /** Session ids, sorted: ended because what they hang on goes, or cut off because it goes down. */
  readonly dropped: readonly string[];
  /** Something they need is made anew: they stand still for that moment. */
  readonly reprogrammed: readonly string[];
  /** Something they use changes in place. */
  readonly touched: readonly string[];
}

/** What is known of who uses what. */
export interface Holdings {
  /** Keys recorded as needing this one. */
  dependents(key: string): ReadonlySet<string>;
  /** Owners that want a key. */
  holdersOf(key: string): ReadonlySet<string> | undefined;
}

const sessionPrefix = 'session/';
const nobody: ReadonlySet<string> = new Set();

/** Finds the sessions that a plan reaches. Pure. */
export function impactOf({ steps, evicted }: Pick<Plan, 'steps' | 'evicted'>, holdings: Holdings): Impact {
  const reach = new Reach(holdings);
  const ids = (owners: Iterable<string>) => [...owners].filter(isSession).map((owner) => owner.slice(prefixLength));
  const dropped = new Set(ids([...evicted, ...reach.of(steps.filter(goesDown))]));
  const reprogrammed = new Set(ids(reach.of(steps.filter(({ action }) => action === 'recreate'))));
  const touched = new Set(ids(reach.of(steps.filter(({ action }) => action === 'update'))));
  return {
    dropped: [...dropped].sort(),
    reprogrammed: [...reprogrammed].filter((id) => !dropped.has(id)).sort(),
    touched: [...touched].filter((id) => !dropped.has(id) && !reprogrammed.has(id)).sort(),
  };
}

const prefixLength = sessionPrefix.length;
const isSession = (owner: string): boolean => owner.startsWith(sessionPrefix);

/** An interface that is disabled: nothing passes on what hangs on it. */
function goesDown({ action, before, after }: PlanStep): boolean {
  return (action === 'update' || action === 'recreate') && enabledOf(before) === true && enabledOf(after) === false;
}

const enabledOf = (spec: unknown): unknown => (spec as { enabled?: unknown } | undefined)?.enabled;

class Reach {
  constructor(private readonly holdings: Holdings) {}

  /** Owners of these keys and of all that hangs on them. */
  of(steps: readonly PlanStep[]): ReadonlySet<string> {
    if (steps.length === 0) return nobody;
    const keys = new Set(steps.map(({ key }) => key));
    const owners = new Set<string>();
    for (const key of keys) {
      for (const owner of this.holdings.holdersOf(key) ?? nobody) owners.add(owner);
      for (const dependent of this.holdings.dependents(key)) keys.add(dependent);
    }
    return owners;
  }
}

export const impactSize = ({ dropped, reprogrammed, touched }: Impact): number =>
  dropped.length + reprogrammed.length + touched.length;
