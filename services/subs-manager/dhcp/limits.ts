import type { Clock } from '#lib/kernel/clock.js';

interface Bucket {
  tokens: number;
  atMs: number;
}

/** Takes one from a bucket that fills at `ratePerS` up to `burst`; false when there is none. */
function takeOne(bucket: Bucket, ratePerS: number, burst: number, nowMs: number): boolean {
  const tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * ratePerS);
  const enough = tokens >= 1;
  Object.assign(bucket, { tokens: enough ? tokens - 1 : tokens, atMs: nowMs });
  return enough;
}

/** A token bucket for all messages of a protocol, so that one protocol cannot use up what the other needs. */
export class RateLimit {
  private readonly bucket: Bucket;

  /** Up to a second's worth at once. */
  constructor(
    private readonly ratePerS: number,
    private readonly clock: Clock,
  ) {
    this.bucket = { tokens: ratePerS, atMs: clock.monotonicMs() };
  }

  /** True when one more may come. */
  allow(): boolean {
    return takeOne(this.bucket, this.ratePerS, this.ratePerS, this.clock.monotonicMs());
  }
}

/** A token bucket per line, so that one client cannot use up what the others need. */
export class LineLimits {
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly ratePerS: number,
    private readonly burst: number,
    private readonly clock: Clock,
  ) {}

  /** True when the line may send one more; `share` is how many clients it may have. */
  allow(line: string, share: number): boolean {
    const nowMs = this.clock.monotonicMs();
    const bucket = this.buckets.get(line) ?? { tokens: this.burst * share, atMs: nowMs };
    this.buckets.set(line, bucket);
    return takeOne(bucket, this.ratePerS * share, this.burst * share, nowMs);
  }

  /** Forgets lines that have been silent long enough to be full again. */
  sweep(): void {
    const fullAfterMs = (this.burst / this.ratePerS) * 1000;
    const nowMs = this.clock.monotonicMs();
    for (const [line, { atMs }] of this.buckets) if (nowMs - atMs > fullAfterMs) this.buckets.delete(line);
  }
}
