import type { PlanStep } from '../reconcile/plan.js';
import { commonEnds } from './common-ends.js';
import { isPlain } from './value-text.js';

/** Longer lists are not shown whole. */
const longest = 100;

/**
 * A step with its long lists as far as they differ, at most 100 items of each: `before` and `after` of one rule changed among
 * 100,000 are 25 MB each otherwise. `... 5000 alike` and `... 300 more` stand in the list for what is left out.
 */
export function excerpt<S extends Pick<PlanStep, 'before' | 'after'>>(step: S): S {
  const { before, after } = step;
  const long = new Set([before, after].flatMap(longLists));
  if (long.size === 0) return step;
  const [from, to] = [{ ...(before ?? {}) } as Spec, { ...(after ?? {}) } as Spec];
  for (const field of long) [from[field], to[field]] = excerpts(from[field], to[field]);
  return { ...step, ...(before !== undefined && { before: from }), ...(after !== undefined && { after: to }) };
}

type Spec = Record<string, unknown>;

const longLists = (spec: unknown): string[] =>
  isPlain(spec) ? Object.keys(spec).filter((field) => Array.isArray(spec[field]) && spec[field].length > longest) : [];

function excerpts(before: unknown, after: unknown): [unknown, unknown] {
  const [a, b] = [asList(before), asList(after)];
  const { start, end } = commonEnds(a, b);
  const cut = (list: readonly unknown[]) => [
    ...leftOut(start, 'alike'),
    ...list.slice(start, Math.min(list.length - end, start + longest)),
    ...leftOut(list.length - end - start - longest, 'more'),
    ...leftOut(end, 'alike'),
  ];
  return [before && cut(a), after && cut(b)];
}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const leftOut = (count: number, what: string): string[] => (count > 0 ? [`... ${count} ${what}`] : []);
