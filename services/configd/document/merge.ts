import { entryNamer } from './merge-keys.js';
import { advice, type Path, type Problem } from './problem.js';

/** Where a value of the merged document was written. */
export interface Origin {
  /** Position of the file. */
  readonly file: number;
  readonly path: Path;
}

export interface Merged {
  readonly value: unknown;
  /** Paths are those of the files; `file` says which. */
  readonly warnings: readonly (Problem & { readonly file: number })[];
  origin(path: Path): Origin;
}

interface Placed {
  readonly value: unknown;
  readonly origin: Origin;
}

type Mapping = Readonly<Record<string, unknown>>;
type Key = string | number;

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What something new is laid over. */
const emptyFor = ({ value, origin }: Placed): Placed => ({ value: Array.isArray(value) ? [] : {}, origin });

/** Takes an entry out of a list of named things: `{ prefix: 10.0.0.0/8, $remove: true }`. */
export const removeKey = '$remove';

/**
 * Merges documents in order, later over earlier: mappings by key, lists of named things by name, everything else replaced;
 * null removes. Pure; the documents stay as they are.
 */
export function mergeDocuments(values: readonly unknown[]): Merged {
  const merger = new Merger();
  const [first, ...rest] = values.map((value, file): Placed => ({ value, origin: { file, path: [] } }));
  const start: Placed = first ?? { value: {}, origin: { file: 0, path: [] } };
  const { value, origin } = rest.reduce((base, over) => merger.merge(base, over, []) ?? base, start);
  return { value, warnings: merger.warnings, origin: (path) => merger.originOf({ value, origin }, path) };
}

class Merger {
  readonly warnings: (Problem & { file: number })[] = [];
  /** Of containers that were merged: where each child was written. Children of others lie where their parent does. */
  private readonly origins = new Map<unknown, Map<Key, Origin>>();

  /** `over` laid over `base`; undefined: removed. `path` is the one in the merged document, for lists of named things. */
  merge(base: Placed, over: Placed, path: Path): Placed | undefined {
    if (over.value === null) return undefined;
    if (isMapping(base.value) && isMapping(over.value)) return this.mergeMappings(base, over, path);
    const namer = entryNamer(path);
    if (namer && Array.isArray(base.value) && Array.isArray(over.value))
      return this.mergeLists(base, over, path, namer);
    return over;
  }

  originOf(top: Placed, path: Path): Origin {
    let at = top;
    for (const key of path) at = this.child(at, key);
    return at.origin;
  }

  private child({ value, origin }: Placed, key: Key): Placed {
    const inside = typeof value === 'object' && value !== null && Object.hasOwn(value, key);
    return {
      value: inside ? (value as Record<Key, unknown>)[key] : undefined,
      origin: this.origins.get(value)?.get(key) ?? { file: origin.file, path: [...origin.path, key] },
    };
  }

  private mergeMappings(base: Placed, over: Placed, path: Path): Placed {
    const value: Record<string, unknown> = {};
    const origins = new Map<Key, Origin>();
    const [before, after] = [base.value as Mapping, over.value as Mapping];
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const merged = this.mergeChild(base, over, key, path);
      if (!merged) continue;
      Object.defineProperty(value, key, { value: merged.value, enumerable: true, writable: true, configurable: true });
      origins.set(key, merged.origin);
    }
    this.origins.set(value, origins);
    return { value, origin: over.origin };
  }

  private mergeChild(base: Placed, over: Placed, key: string, path: Path): Placed | undefined {
    const [isBefore, isAfter] = [base, over].map(({ value }) => Object.hasOwn(value as Mapping, key));
    if (!isAfter) return this.child(base, key);
    const child = this.child(over, key);
    if (isBefore) return this.merge(this.child(base, key), child, [...path, key]);
    if (child.value !== null) return this.merge(emptyFor(child), child, [...path, key]);
    this.warn(child.origin, `nothing to remove: no earlier file has "${key}" here`);
    return undefined;
  }

  private mergeLists(base: Placed, over: Placed, path: Path, namer: (entry: unknown) => string | undefined): Placed {
    const entries = this.entries(base);
    const byName = new Map(entries.map((entry, index) => [namer(entry.value), index] as const).reverse());
    const kept: (Placed | undefined)[] = [...entries];
    for (const entry of this.entries(over)) {
      const index = byName.get(namer(entry.value) ?? '');
      const known = index === undefined ? undefined : kept[index];
      const removes = isMapping(entry.value) && entry.value[removeKey] === true;
      if (removes && !known) this.warn(entry.origin, 'nothing to remove: no earlier file has this entry');
      else if (index === undefined || !known) kept.push(entry);
      else kept[index] = removes ? undefined : this.merge(known, entry, [...path, index]);
    }
    return this.list(
      kept.filter((entry) => entry !== undefined),
      over.origin,
    );
  }

  private entries(list: Placed): Placed[] {
    return (list.value as unknown[]).map((_entry, index) => this.child(list, index));
  }

  private list(entries: readonly Placed[], origin: Origin): Placed {
    const value = entries.map((entry) => entry.value);
    this.origins.set(value, new Map(entries.map((entry, index) => [index, entry.origin])));
    return { value, origin };
  }

  private warn({ file, path }: Origin, message: string): void {
    this.warnings.push({ ...advice(path, message), file });
  }
}
