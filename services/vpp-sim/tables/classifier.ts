import { retvals } from '#lib/vpp/retval.js';
import { IndexPool } from './index-pool.js';
import type { InterfaceTable } from './interfaces.js';

const NONE = 0xffffffff;
/** Bytes of one vector. */
const VECTOR = 16;
const MAX_VECTORS = 5;

export interface ClassifyTable {
  readonly index: number;
  readonly buckets: number;
  readonly skip: number;
  readonly match: number;
  readonly mask: number[];
  next: number;
  readonly missNext: number;
  readonly sessions: Map<string, ClassifySession>;
}
export interface ClassifySession {
  readonly hitNext: number;
  readonly opaque: number;
  readonly advance: number;
  readonly match: number[];
}
export interface TableSpec {
  buckets: number;
  memoryBytes: number;
  skip: number;
  match: number;
  next: number;
  missNext: number;
  mask: number[];
}
/** Tables by what they look at. */
export type TableFamily = 'ip4' | 'ip6' | 'l2';
export const FAMILIES: readonly TableFamily[] = ['ip4', 'ip6', 'l2'];
export type FamilyTables = Record<TableFamily, number>;
/** Features that look packets up. */
export type ClassifyUse = 'policer' | 'input-acl' | 'output-acl';

/** The classifier: tables of masks, sessions in them, and interfaces that use them. A table in use may be deleted. */
export class Classifier {
  private readonly tables = new Map<number, ClassifyTable>();
  private readonly pool = new IndexPool();
  private readonly uses: Record<ClassifyUse, Map<string, number>> = {
    policer: new Map(),
    'input-acl': new Map(),
    'output-acl': new Map(),
  };

  constructor(private readonly interfaces: InterfaceTable) {
    interfaces.onDelete((swIfIndex) => {
      for (const use of Object.values(this.uses)) for (const family of FAMILIES) use.delete(`${family}/${swIfIndex}`);
    });
  }

  has(index: number): boolean {
    return this.tables.has(index);
  }

  get(index: number): ClassifyTable | undefined {
    return this.tables.get(index);
  }

  indices(): number[] {
    return [...this.tables.keys()].sort((a, b) => a - b);
  }

  /** For an index that is there only the next table is changed; one that is not makes a table, of another index. */
  add(index: number, spec: TableSpec): { retval: number; index: number } {
    const wrong = wrongTable(spec);
    if (wrong !== 0) return { retval: wrong, index: NONE };
    const found = this.tables.get(index);
    if (found) {
      found.next = spec.next;
      return { retval: 0, index };
    }
    const { buckets, skip, match, next, missNext, mask } = spec;
    const made = { index: this.pool.allocate(), buckets, skip, match, next, missNext, mask, sessions: new Map() };
    this.tables.set(made.index, made);
    return { retval: 0, index: made.index };
  }

  remove(index: number, withChain: boolean): number {
    const found = this.tables.get(index);
    if (!found) return retvals.NO_SUCH_TABLE;
    this.tables.delete(index);
    this.pool.release(index);
    if (withChain && found.next !== NONE) this.remove(found.next, true);
    return 0;
  }

  /** `match` counts from the start of the frame, the skipped vectors included. */
  changeSession(index: number, isAdd: boolean, session: ClassifySession): number {
    const table = this.tables.get(index);
    if (!table) return retvals.NO_SUCH_TABLE;
    if (session.match.length !== (table.skip + table.match) * VECTOR) return retvals.INVALID_VALUE;
    const matched = session.match.slice(table.skip * VECTOR).map((byte, i) => byte & (table.mask[i] ?? 0));
    const key = matched.join();
    if (isAdd) table.sessions.set(key, { ...session, match: matched });
    else if (!table.sessions.delete(key)) return retvals.NO_SUCH_ENTRY;
    return 0;
  }

  /** A table that another is set for already is ignored; taking off another one than is set is -65. */
  changeUse(use: ClassifyUse, swIfIndex: number, tables: FamilyTables, isAdd: boolean): number {
    if (!this.interfaces.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    for (const family of FAMILIES) {
      const table = tables[family];
      if (table === NONE) continue;
      if (!this.tables.has(table)) return retvals.NO_SUCH_TABLE;
      const key = `${family}/${swIfIndex}`;
      const set = this.uses[use].get(key);
      if (isAdd && set === undefined) this.uses[use].set(key, table);
      if (!isAdd && set !== table) return retvals.NO_SUCH_TABLE;
      if (!isAdd) this.uses[use].delete(key);
    }
    return 0;
  }

  tableOf(use: ClassifyUse, swIfIndex: number, family: TableFamily): number {
    return this.uses[use].get(`${family}/${swIfIndex}`) ?? NONE;
  }
}

function wrongTable({ buckets, memoryBytes, match, mask }: TableSpec): number {
  if (match < 1 || match > MAX_VECTORS || mask.length !== match * VECTOR || buckets === 0) return retvals.INVALID_VALUE;
  return memoryBytes === 0 ? retvals.INVALID_MEMORY_SIZE : 0;
}
