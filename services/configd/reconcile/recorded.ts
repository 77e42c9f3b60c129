import { BngError } from '#lib/kernel/errors.js';
import type { Kinds } from './kinds.js';
import type { Resource } from './resource.js';

/** One object that VPP holds, as far as we know. */
export interface Recorded {
  readonly resource: Resource;
  readonly handle: unknown;
  readonly needs: readonly string[];
}

const nobody: ReadonlySet<string> = new Set();

/** What VPP holds: the truth after each step. Knows who depends on whom. */
export class RecordedState {
  private readonly records = new Map<string, Recorded>();
  private readonly users = new Map<string, Set<string>>();
  private changes = 0;

  constructor(private readonly kinds: Kinds) {}

  get size(): number {
    return this.records.size;
  }

  /** Another number after each change. */
  get revision(): number {
    return this.changes;
  }

  get(key: string): Recorded | undefined {
    return this.records.get(key);
  }

  keys(): IterableIterator<string> {
    return this.records.keys();
  }

  /** Keys recorded as needing this one. */
  dependents(key: string): ReadonlySet<string> {
    return this.users.get(key) ?? nobody;
  }

  /** The handle behind a key; throws `internal` when the key is not there. */
  handle<H>(key: string): H {
    const record = this.records.get(key);
    if (!record) throw new BngError('internal', `${key} is not there`);
    return record.handle as H;
  }

  set(resource: Resource, handle: unknown): void {
    this.delete(resource.key);
    const needs = this.kinds.needs(resource);
    this.records.set(resource.key, { resource, handle, needs });
    this.changes++;
    for (const need of needs) {
      const users = this.users.get(need);
      if (users) users.add(resource.key);
      else this.users.set(need, new Set([resource.key]));
    }
  }

  delete(key: string): void {
    const record = this.records.get(key);
    if (!record) return;
    this.records.delete(key);
    this.changes++;
    for (const need of record.needs) {
      const users = this.users.get(need);
      users?.delete(key);
      if (users?.size === 0) this.users.delete(need);
    }
  }

  copy(): RecordedState {
    const copy = new RecordedState(this.kinds);
    for (const { resource, handle } of this.records.values()) copy.set(resource, handle);
    return copy;
  }

  clear(): void {
    this.changes++;
    this.records.clear();
    this.users.clear();
  }
}
