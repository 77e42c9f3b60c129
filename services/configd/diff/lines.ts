import type { Action, PlanStep } from '../reconcile/plan.js';
import { some } from './value-text.js';
import { changeText, namedText, scopeOf } from './words.js';

/** Like changes of one kind as one line. */
export interface DiffLine {
  readonly action: Action;
  /** Objects it stands for. */
  readonly count: number;
  readonly text: string;
}

/** Steps as people read them, in their order: changes that differ only in the object's name become one line. */
export function diffLines(steps: readonly PlanStep[]): DiffLine[] {
  const groups = new Map<string, { step: PlanStep; scope: string; change: string; names: string[] }>();
  for (const step of steps) {
    const change = changeText(step);
    const name = step.key.slice(step.key.indexOf('/') + 1);
    const scope = scopeOf(step.kind, name);
    const shape = `${step.action} ${step.kind} ${scope} ${change}`;
    const own = scope === '' ? name : name.slice(scope.length + 1);
    const group = groups.get(shape);
    if (group) group.names.push(own);
    else groups.set(shape, { step, scope, change, names: [own] });
  }
  return [...groups.values()].map(({ step: { action, kind }, scope, change, names }) => ({
    action,
    count: names.length,
    text: `${namesText(kind, scope, names)}${change && `: ${change}`}`,
  }));
}

const namesShown = 4;

function namesText(kind: string, scope: string, names: readonly string[]): string {
  const text = names.length === 1 ? (names[0] ?? '') : some(rangesOf(names), namesShown);
  const many = names.length === 1 ? '' : `${names.length} x `;
  return many + namedText(kind, scope === '' ? text : `${scope}/${text}`);
}

/** The last number of a name without a prefix in it; numbers with leading zeros are text. */
const lastNumber = /^([^/]*?(?<!\d))((?!0\d)\d+)([^\d/]*)$/;

/** Names that differ in their last number only as ranges: `access.100.1-4000`. */
export function rangesOf(names: readonly string[]): string[] {
  const rows = new Map<string, { before: string; after: string; numbers: number[] }>();
  for (const name of names) {
    const [, before = name, digits = '', after = ''] = lastNumber.exec(name) ?? [];
    const row = rows.get(`${before}\n${after}`) ?? { before, after, numbers: [] };
    if (digits !== '') row.numbers.push(Number(digits));
    rows.set(`${before}\n${after}`, row);
  }
  return [...rows.values()].flatMap(({ before, after, numbers }) =>
    numbers.length === 0 ? [before] : spans(numbers).map((span) => before + span + after),
  );
}

function spans(numbers: number[]): string[] {
  const found: { first: number; last: number }[] = [];
  for (const number of numbers.sort((a, b) => a - b)) {
    const span = found.at(-1);
    if (span && number === span.last + 1) span.last = number;
    else found.push({ first: number, last: number });
  }
  return found.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
}
