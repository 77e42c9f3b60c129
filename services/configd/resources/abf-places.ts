/** A policy on an interface; lower priorities are asked first. */
export interface Place {
  readonly key: string;
  readonly policyId: number;
  readonly priority: number;
}

/** Distance between neighbours, so that most insertions leave the others where they are. */
const step = 1 << 16;
const maxPriority = 0x7fff_ffff;

/**
 * Priorities that put `wanted` in order. As many as possible of those that stand already keep theirs; all are counted anew when
 * there is no number left between two.
 */
export function placesFor(
  current: readonly Place[],
  wanted: readonly { readonly key: string; readonly policyId: number }[],
): Place[] {
  const priorities = new Map(current.map(({ key, policyId, priority }) => [`${key} ${policyId}`, priority]));
  const before = wanted.map(({ key, policyId }) => priorities.get(`${key} ${policyId}`));
  const kept = longestRise(before);
  const filled = fill(before.map((priority, index) => (kept.has(index) ? priority : undefined)));
  return wanted.map((one, index) => ({ ...one, priority: filled?.[index] ?? (index + 1) * step }));
}

/** Indexes of the longest sequence of rising numbers. */
function longestRise(numbers: readonly (number | undefined)[]): ReadonlySet<number> {
  const best: { length: number; previous: number }[] = [];
  let last = -1;
  for (const [at, number] of numbers.entries()) {
    best.push({ length: number === undefined ? 0 : 1, previous: -1 });
    if (number === undefined) continue;
    for (let i = 0; i < at; i++) {
      const other = numbers[i];
      const length = (best[i]?.length ?? 0) + 1;
      if (other !== undefined && other < number && length > (best[at]?.length ?? 0)) best[at] = { length, previous: i };
    }
    if ((best[at]?.length ?? 0) > (best[last]?.length ?? 0)) last = at;
  }
  const kept = new Set<number>();
  for (let at = last; at >= 0; at = best[at]?.previous ?? -1) kept.add(at);
  return kept;
}

/** Numbers for the gaps; undefined when one of them is too narrow. */
function fill(numbers: readonly (number | undefined)[]): number[] | undefined {
  const filled: number[] = [];
  let low = 0;
  for (let at = 0; at < numbers.length; ) {
    let end = at;
    while (end < numbers.length && numbers[end] === undefined) end++;
    const count = end - at;
    const high = numbers[end] ?? low + (count + 1) * step;
    if (count > 0 && (high - low <= count || high > maxPriority)) return undefined;
    for (let i = 1; i <= count; i++) filled.push(low + Math.floor(((high - low) * i) / (count + 1)));
    if (end < numbers.length) filled.push(high);
    low = high;
    at = end + 1;
  }
  return filled;
}
