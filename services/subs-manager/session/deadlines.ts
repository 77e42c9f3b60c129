/**
 * Deadlines by key in buckets of one second: set, move and cancel are O(1), however many there are. A key has one
 * deadline and is reported once.
 */
export class Deadlines<K> {
  private readonly dueMs = new Map<K, number>();
  private readonly buckets = new Map<number, Set<K>>();
  private oldest: number;

  constructor(nowMs: number) {
    this.oldest = Math.floor(nowMs / 1000);
  }

  get size(): number {
    return this.dueMs.size;
  }

  /** Sets or moves the deadline of `key`; a time in the past is due at the next look. */
  set(key: K, atMs: number): void {
    this.cancel(key);
    const bucket = this.bucketOf(atMs);
    this.dueMs.set(key, atMs);
    this.buckets.set(bucket, (this.buckets.get(bucket) ?? new Set()).add(key));
  }

  cancel(key: K): void {
    const atMs = this.dueMs.get(key);
    if (atMs === undefined) return;
    this.dueMs.delete(key);
    const bucket = this.bucketOf(atMs);
    const keys = this.buckets.get(bucket);
    if (keys?.delete(key) && keys.size === 0) this.buckets.delete(bucket);
  }

  /** Takes out the keys whose deadline has passed, oldest second first. */
  takeDue(nowMs: number): K[] {
    const due: K[] = [];
    const current = Math.floor(nowMs / 1000);
    for (let bucket = this.oldest; bucket <= current && this.buckets.size > 0; bucket++) {
      for (const key of this.buckets.get(bucket) ?? []) if ((this.dueMs.get(key) ?? 0) <= nowMs) due.push(key);
    }
    for (const key of due) this.cancel(key);
    this.oldest = Math.max(this.oldest, current);
    return due;
  }

  /** The clock was set: all deadlines move along. */
  shift(stepMs: number): void {
    const all = [...this.dueMs];
    this.dueMs.clear();
    this.buckets.clear();
    this.oldest += Math.floor(stepMs / 1000);
    for (const [key, atMs] of all) this.set(key, atMs + stepMs);
  }

  /** Passed seconds are gone, so what is overdue when set goes to the oldest one that is left. */
  private bucketOf(atMs: number): number {
    return Math.max(this.oldest, Math.floor(atMs / 1000));
  }
}
