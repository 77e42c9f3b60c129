import type { FrameField } from '#lib/policy/frame-match.js';
import { matchKey, matchShape, shownField } from '#lib/policy/frame-match.js';
import type { Dataplane } from '../dataplane.js';
import {
  addTable,
  assertRoom,
  chainTable,
  dropTable,
  entriesOf,
  hasShape,
  setEntry,
  type TableInfo,
} from './classifier.js';
import { type HostFamily, prefixField } from './host-family.js';

/** What tables of one chain look at, for prefixes of that length: the prefix last. */
export type HostFields = (length: number) => readonly FrameField[];

interface HostTable {
  readonly index: number;
  entries: number;
}

/**
 * Tables that know hosts by their prefixes: a table of VPP has one mask, so there is one for each length in use, chained
 * behind the first, which knows whole addresses. They come when they are needed and go with the first.
 */
export class HostTables {
  private readonly byLength = new Map<number, HostTable>();
  private growing: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly family: HostFamily,
    private readonly fields: HostFields,
    readonly capacity: number,
    /** Index of the first table. */
    readonly first: number,
    /** Table that the first hands on to. */
    private next: number,
    entries = 0,
  ) {
    this.byLength.set(family.bits, { index: first, entries });
  }

  /** Takes the tables of a chain that was read back, from the one behind the first on; returns what follows them. */
  adopt(tables: ReadonlyMap<number, TableInfo>): TableInfo | undefined {
    let at = tables.get(this.next);
    for (let length = at && this.lengthOf(at); at && length; length = at && this.lengthOf(at)) {
      this.byLength.set(length, { index: at.table_id, entries: at.active_sessions });
      at = tables.get(at.next_table_index);
    }
    return at;
  }

  private lengthOf(info: TableInfo): number | undefined {
    for (let length = 1; length < this.family.bits; length++)
      if (!this.byLength.has(length) && hasShape(info, this.fields(length))) return length;
    return undefined;
  }

  /** Every entry: its values, the prefix as text, and what it is for. */
  async read(vpp: Dataplane) {
    const found: { values: Uint8Array[]; address: string; use: number }[] = [];
    for (const [length, { index }] of this.byLength) {
      const fields = this.fields(length);
      const shape = matchShape(fields);
      for (const { match, hit_next_index: use } of await entriesOf(vpp, index)) {
        const values = fields.map((field) => shownField(match, shape, field));
        found.push({ values, address: this.family.format(values.at(-1) ?? new Uint8Array(0), length), use });
      }
    }
    return found;
  }

  /** Adds an entry, `before` standing before the prefix. Throws `exhausted` when its table is full. */
  async add(vpp: Dataplane, address: string, before: readonly Uint8Array[], use: number, on: string): Promise<void> {
    const { value, length } = this.family.parse(address);
    const table = await this.tableFor(vpp, length);
    assertRoom(table.entries, this.capacity, on);
    table.entries++;
    await setEntry(vpp, table.index, matchKey(this.fields(length), [...before, value]), use).catch((error) => {
      table.entries--;
      throw error;
    });
  }

  /** Gives an entry that is there another use. */
  async replace(vpp: Dataplane, address: string, before: readonly Uint8Array[], use: number): Promise<void> {
    const { value, length } = this.family.parse(address);
    const { index } = await this.tableFor(vpp, length);
    await setEntry(vpp, index, matchKey(this.fields(length), [...before, value]), use);
  }

  async remove(vpp: Dataplane, address: string, before: readonly Uint8Array[]): Promise<void> {
    const { value, length } = this.family.parse(address);
    const table = await this.tableFor(vpp, length);
    await setEntry(vpp, table.index, matchKey(this.fields(length), [...before, value]), 0, false);
    table.entries--;
  }

  /** One at a time, as each new table takes its place behind the first. */
  private async tableFor(vpp: Dataplane, length: number): Promise<HostTable> {
    const found = this.byLength.get(length);
    if (found) return found;
    const grown = this.growing.then(() => this.byLength.get(length) ?? this.grow(vpp, length));
    this.growing = grown.catch(() => undefined);
    return grown;
  }

  private async grow(vpp: Dataplane, length: number): Promise<HostTable> {
    const fields = this.fields(length);
    const index = await addTable(vpp, { fields, capacity: this.capacity, next: this.next });
    await chainTable(vpp, this.first, index).catch(async (error) => {
      await dropTable(vpp, index).catch(() => undefined);
      throw error;
    });
    this.next = index;
    const table = { index, entries: 0 };
    this.byLength.set(length, table);
    return table;
  }
}

/** The prefix of a host as a field, `before` it what else the table looks at. */
export const hostFields =
  (family: HostFamily, field: FrameField, before: readonly FrameField[] = []): HostFields =>
  (length) => [...before, prefixField(field, family, length)];
