/** The value below which `share` (0..1) of the numbers lie; 0 of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** `p50 1.2 ms, p99 3.4 ms` of durations in milliseconds. */
export function spread(values: readonly number[]): string {
  const at = (share: number) => percentile(values, share);
  const text = (ms: number) => `${ms.toFixed(ms < 100 ? 1 : 0)} ms`;
  return `p50 ${text(at(0.5))}, p99 ${text(at(0.99))}`;
}

/** Calls `begin` with 0, 1, 2 ... `perSecond` times a second, `count` times, whatever is still under way; resolves when all are done. */
export async function paced(count: number, perSecond: number, begin: (i: number) => Promise<void>): Promise<void> {
  const startedMs = performance.now();
  const underWay: Promise<void>[] = [];
  while (underWay.length < count) {
    const due = Math.min(count, Math.floor(((performance.now() - startedMs) / 1000) * perSecond) + 1);
    while (underWay.length < due) underWay.push(begin(underWay.length));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(underWay);
}
