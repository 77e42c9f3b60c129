import type { Change, Changes } from './changes.js';
import type { Kinds } from './kinds.js';
import type { Action, Operation, PlanStep, Wave } from './plan.js';
import type { Recorded, RecordedState } from './recorded.js';
import type { Resource } from './resource.js';

const rank: Record<Action, number> = { remove: 0, recreate: 1, create: 2, update: 3 };
const byKey = (a: { key: string }, b: { key: string }) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

/** What came first goes last: an address before the ACLs of its interface. */
const backwards: typeof byKey = (a, b) => byKey(b, a);

/** Steps as people see them: deletes, recreates, creates, updates; keys sorted within each. */
export function planSteps({ changes }: Changes, recorded: RecordedState): PlanStep[] {
  const steps = [...changes].map(([key, { action, to }]) => {
    const before = recorded.get(key)?.resource;
    const kind = (to ?? before)?.kind ?? '';
    return { action, kind, key, ...(before && { before: before.spec }), ...(to && { after: to.spec }) };
  });
  return steps.sort((a, b) => rank[a.action] - rank[b.action] || byKey(a, b));
}

const goes = (change: Change | undefined) => change?.action === 'remove' || change?.action === 'recreate';

/**
 * Operations in waves: first what goes, users before what they use; then what comes or changes, the needed before its users;
 * last what goes but was in use until one of those changes.
 */
export function planWaves({ changes }: Changes, recorded: RecordedState, kinds: Kinds): Wave[] {
  const removals = new Levels((key) => [...recorded.dependents(key)].filter((user) => goes(changes.get(user))));
  const arrivals = new Levels((key) => {
    const to = changes.get(key)?.to;
    return to ? kinds.needs(to).filter((need) => changes.get(need)?.to !== undefined) : [];
  });
  const isLate = lateness(changes, recorded);
  const early = new WaveList();
  const middle = new WaveList();
  const late = new WaveList();
  for (const [key, change] of changes) {
    const from = recorded.get(key);
    if (from && goes(change)) (isLate(key) ? late : early).add(removals.of(key), { op: 'remove', key, from });
    if (change.to) middle.add(arrivals.of(key), arrival(key, change, change.to, from));
  }
  return [...early.sorted(backwards), ...middle.sorted(byKey), ...late.sorted(backwards)];
}

function arrival(key: string, { action }: Change, to: Resource, from: Recorded | undefined): Operation {
  return action === 'update' && from ? { op: 'update', key, from, to } : { op: 'create', key, to };
}

/** Whether a removal must wait for an update that lets go of it. */
function lateness(changes: Changes['changes'], recorded: RecordedState): (key: string) => boolean {
  const known = new Map<string, boolean>();
  const isLate = (key: string): boolean => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const late = [...recorded.dependents(key)].some((user) => {
      const change = changes.get(user);
      return change?.action === 'update' || (goes(change) && isLate(user));
    });
    known.set(key, late);
    return late;
  };
  return isLate;
}

/** Longest way down a graph without circles. */
class Levels {
  private readonly known = new Map<string, number>();
  constructor(private readonly below: (key: string) => readonly string[]) {}

  of(key: string): number {
    const before = this.known.get(key);
    if (before !== undefined) return before;
    this.known.set(key, 0);
    const level = this.below(key).reduce((max, other) => Math.max(max, this.of(other) + 1), 0);
    this.known.set(key, level);
    return level;
  }
}

class WaveList {
  private readonly waves: Operation[][] = [];

  add(level: number, operation: Operation): void {
    while (this.waves.length <= level) this.waves.push([]);
    this.waves[level]?.push(operation);
  }

  sorted(order: typeof byKey): Wave[] {
    return this.waves.filter((wave) => wave.length > 0).map((wave) => wave.sort(order));
  }
}
