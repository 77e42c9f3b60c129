/**
 * Sum over many counters that come and go (one per subscriber's interface or policer), as one counter that never
 * falls: it grows by what each index gained since the last look; an index that went down began again at zero.
 */
export class MonotonicSum {
  private readonly last = new Map<number, bigint>();
  private sum = 0n;

  /** Takes the counters as they are now; indexes that are absent are forgotten. */
  update(counters: Iterable<readonly [index: number, value: bigint]>): bigint {
    const gone = new Set(this.last.keys());
    for (const [index, value] of counters) {
      const before = this.last.get(index) ?? 0n;
      this.sum += value >= before ? value - before : value;
      this.last.set(index, value);
      gone.delete(index);
    }
    for (const index of gone) this.last.delete(index);
    return this.sum;
  }

  get total(): bigint {
    return this.sum;
  }
}
