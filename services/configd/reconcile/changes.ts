import { BngError } from '#lib/kernel/errors.js';
import type { Desired } from './desired.js';
import type { Kinds } from './kinds.js';
import type { Action } from './plan.js';
import type { RecordedState } from './recorded.js';
import type { Resource } from './resource.js';

/** One key's way from what is there to what shall be. */
export interface Change {
  action: Action;
  readonly to: Resource | undefined;
}

export interface ChangeInput {
  readonly kinds: Kinds;
  readonly recorded: RecordedState;
  readonly desired: Desired;
  /** Keys that this plan is about. */
  readonly scope: Iterable<string>;
  /** What shall be under a key, also one outside the scope. */
  target(key: string): Resource | undefined;
}

export interface Changes {
  readonly changes: ReadonlyMap<string, Change>;
  readonly evicted: ReadonlySet<string>;
}

/** The changes of all keys in scope, and those that follow from them for what depends on them. */
export function findChanges(input: ChangeInput): Changes {
  return new ChangeFinder(input).run();
}

class ChangeFinder {
  private readonly changes = new Map<string, Change>();
  private readonly evicted = new Set<string>();
  private readonly queue: string[] = [];

  constructor(private readonly input: ChangeInput) {}

  run(): Changes {
    for (const key of this.input.scope) this.compare(key, this.input.target(key));
    for (let key = this.queue.pop(); key !== undefined; key = this.queue.pop()) this.follow(key);
    for (const [key, { to }] of this.changes) if (to) this.checkNeeds(key, to);
    return { changes: this.changes, evicted: this.evicted };
  }

  private compare(key: string, to: Resource | undefined): void {
    const { kinds, recorded } = this.input;
    const from = recorded.get(key)?.resource;
    if (from === to) return;
    if (!from) this.put(key, 'create', to);
    else if (!to) this.put(key, 'remove', undefined);
    else if (!kinds.equal(from, to)) this.put(key, kinds.updatable(from, to) ? 'update' : 'recreate', to);
  }

  private put(key: string, action: Action, to: Resource | undefined): void {
    this.changes.set(key, { action, to });
    if (action === 'remove' || action === 'recreate') this.queue.push(key);
  }

  /** What hangs on a key that goes, for good or for a moment, goes with it. */
  private follow(key: string): void {
    for (const dependent of this.input.recorded.dependents(key)) {
      const change = this.changes.get(dependent);
      if (change?.action === 'remove' || change?.action === 'recreate') continue;
      const to = change ? change.to : this.input.target(dependent);
      if (this.isGone(key) && to && this.input.kinds.needs(to).includes(key)) this.evict(dependent, key);
      else if (!to) this.put(dependent, 'remove', undefined);
      else if (!change || !this.isGone(key)) this.put(dependent, 'recreate', to);
    }
  }

  private isGone(key: string): boolean {
    return this.changes.get(key)?.action === 'remove';
  }

  /** Ends the owners of something that hangs on a key that goes for good, or refuses. */
  private evict(dependent: string, gone: string): void {
    const { recorded, desired, kinds } = this.input;
    const record = recorded.get(gone);
    const holders = [...(desired.holdersOf(dependent) ?? [])];
    const [holder = 'nobody'] = holders;
    if (!record || !kinds.of(record.resource).evicts || desired.holdersOf(gone)?.has(holder)) {
      const by = holder === 'nobody' ? dependent : `${dependent} of ${holder}`;
      throw new BngError('failed_precondition', `${gone} is in use by ${by}`, { key: gone, usedBy: dependent });
    }
    for (const owner of holders) {
      this.evicted.add(owner);
      for (const key of desired.of(owner).keys()) if (!this.stays(key)) this.put(key, 'remove', undefined);
    }
  }

  private stays(key: string): boolean {
    const action = this.changes.get(key)?.action;
    if (action === 'remove' || !this.input.recorded.get(key)) return true;
    return [...(this.input.desired.holdersOf(key) ?? [])].some((owner) => !this.evicted.has(owner));
  }

  private checkNeeds(key: string, to: Resource): void {
    for (const need of this.input.kinds.needs(to)) {
      const change = this.changes.get(need);
      if (change ? change.to : this.input.recorded.get(need)) continue;
      throw new BngError('failed_precondition', `${key} needs ${need}, which is not there`, { key, needs: need });
    }
  }
}
