interface Hold {
  untilMs: number;
  /** Refusals in a row. */
  count: number;
}

/**
 * Negative answers remembered per subscriber, so that a client that keeps asking does not become a RADIUS storm.
 * Each refusal in a row doubles the time, up to `maxMs`; one that stays away for `maxMs` afterwards begins anew.
 */
export class Holds {
  private readonly holds = new Map<string, Hold>();

  constructor(
    private readonly maxMs: number,
    private readonly maxEntries = 100_000,
  ) {}

  /** Notes a refusal; returns until when (Unix ms) the subscriber is not asked about again. */
  refuse(subscriber: string, baseMs: number, nowMs: number): number {
    const before = this.holds.get(subscriber);
    const count = before !== undefined && nowMs < before.untilMs + this.maxMs ? before.count + 1 : 1;
    const untilMs = nowMs + Math.min(this.maxMs, baseMs * 2 ** Math.min(count - 1, 20));
    this.holds.delete(subscriber);
    this.holds.set(subscriber, { untilMs, count });
    this.trim();
    return untilMs;
  }

  /** The subscriber was accepted. */
  clear(subscriber: string): void {
    this.holds.delete(subscriber);
  }

  /** The longest unheard goes first when there are too many. */
  private trim(): void {
    if (this.holds.size <= this.maxEntries) return;
    const oldest = this.holds.keys().next();
    if (!oldest.done) this.holds.delete(oldest.value);
  }
}
