import { jsonEqual } from '../reconcile/json-equal.js';

/** How many items two lists begin and end with alike, none counted twice: a list of 100,000 rules may differ in one. */
export function commonEnds(a: readonly unknown[], b: readonly unknown[]): { start: number; end: number } {
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && jsonEqual(a[start], b[start])) start++;
  let end = 0;
  while (end < shorter - start && jsonEqual(a.at(-1 - end), b.at(-1 - end))) end++;
  return { start, end };
}
