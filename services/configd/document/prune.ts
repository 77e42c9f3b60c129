import type { Path } from './problem.js';

type Container = Record<string | number, unknown>;

/** A copy of a document without its refused parts, and the way back from its paths to the document's. */
export interface Pruned {
  readonly value: unknown;
  /** The path in the whole document of a path in the copy: list positions shift when items are taken out. */
  original(path: Path): Path;
}

/** Takes the values at `paths` out of a copy of `value`. */
export function prune(value: unknown, paths: readonly Path[]): Pruned {
  const copy = structuredClone(value);
  const removed = new Map<unknown, Set<number>>();
  for (const path of paths) {
    const parent = walk(copy, path.slice(0, -1));
    const last = path.at(-1);
    if (!isContainer(parent) || last === undefined) continue;
    if (!Array.isArray(parent)) delete parent[last];
    else removed.set(parent, (removed.get(parent) ?? new Set()).add(Number(last)));
  }
  const kept = new Map<unknown, number[]>();
  for (const [items, gone] of removed) kept.set(items, compact(items as unknown[], gone));
  return { value: copy, original: (path) => originalPath(copy, kept, path) };
}

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

const walk = (top: unknown, path: Path): unknown =>
  path.reduce<unknown>((node, step) => (isContainer(node) && Object.hasOwn(node, step) ? node[step] : undefined), top);

/** Removes the items in place; returns the earlier positions of those that stay. */
function compact(items: unknown[], gone: ReadonlySet<number>): number[] {
  const positions = [...items.keys()].filter((index) => !gone.has(index));
  const rest = positions.map((index) => items[index]);
  items.length = 0;
  for (const item of rest) items.push(item);
  return positions;
}

function originalPath(copy: unknown, kept: ReadonlyMap<unknown, number[]>, path: Path): Path {
  let node = copy;
  return path.map((step) => {
    const positions = kept.get(node);
    node = isContainer(node) && Object.hasOwn(node, step) ? node[step] : undefined;
    return typeof step === 'number' ? (positions?.[step] ?? step) : step;
  });
}
