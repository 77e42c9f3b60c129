import { createHash } from 'node:crypto';
import { BngError } from '#lib/kernel/errors.js';
import { type MatchShape, matchShape } from '#lib/policy/frame-match.js';
import type { Infer } from '#lib/vpp/message.js';
import {
  classifyAddDelSession,
  classifyAddDelTable,
  classifySessionDump,
  classifyTableIds,
  classifyTableInfo,
} from '#lib/vpp/messages/classify.js';
import { anyIndex } from '#lib/vpp/types.js';
import type { Dataplane } from '../dataplane.js';
import type { ReadContext } from '../reconcile/resource.js';

export type TableInfo = Infer<(typeof classifyTableInfo)['reply']>;

/** Memory for one entry, many times what it takes: a table that outgrows its memory kills VPP. */
const BYTES_PER_ENTRY = 2048;

interface TableOptions {
  readonly fields: Parameters<typeof matchShape>[0];
  /** Entries it may hold; a power of two. */
  readonly capacity: number;
  readonly next?: number;
  readonly missNext?: number;
}

const tableRequest = (shape: MatchShape, capacity: number) => ({
  is_add: true,
  del_chain: false,
  table_index: anyIndex,
  nbuckets: capacity,
  memory_size: capacity * BYTES_PER_ENTRY,
  skip_n_vectors: shape.skip,
  match_n_vectors: shape.match,
  next_table_index: anyIndex,
  miss_next_index: anyIndex,
  current_data_flag: 0,
  current_data_offset: 0,
  mask: shape.mask,
});

/** For a request that names a table by its index. */
const anyTable = tableRequest({ skip: 0, match: 1, mask: new Array<number>(16).fill(0) }, 1);

/** Makes a table; resolves with its index. */
export async function addTable(vpp: Dataplane, options: TableOptions): Promise<number> {
  const { fields, capacity, next = anyIndex, missNext = anyIndex } = options;
  const request = { ...tableRequest(matchShape(fields), capacity), next_table_index: next, miss_next_index: missNext };
  return (await vpp.call(classifyAddDelTable, request)).new_table_index;
}

/** Removes a table that nothing uses any more; with `chain` also those that follow it. */
export const dropTable = (vpp: Dataplane, index: number, chain = false) =>
  vpp.call(classifyAddDelTable, {
    ...anyTable,
    is_add: false,
    del_chain: chain,
    table_index: index,
  });

/** Lets what misses in a table go on to another one. */
export const chainTable = (vpp: Dataplane, index: number, next: number) =>
  vpp.call(classifyAddDelTable, { ...anyTable, table_index: index, next_table_index: next });

/** `hit_next_index` of 16 bits: beyond the next nodes of any feature, so that the packet goes on. */
export const PERMIT = 0xffff;
/** Next node 0 of VPP's input ACL. */
export const DENY = 0;

export const setEntry = (vpp: Dataplane, table_index: number, match: number[], hit_next_index: number, is_add = true) =>
  vpp.call(classifyAddDelSession, {
    is_add,
    table_index,
    hit_next_index,
    opaque_index: 0,
    advance: 0,
    action: 0,
    metadata: 0,
    match,
  });

export const entriesOf = (vpp: Dataplane, table_id: number) => vpp.dump(classifySessionDump, { table_id });

/** Refuses what would be too much for the table's memory. */
export function assertRoom(entries: number, capacity: number, on: string): void {
  if (entries >= capacity) throw new BngError('exhausted', `${on} holds ${capacity} hosts already`, { on });
}

/**
 * VPP gives tables no name. What a packet that misses goes to is a number of 32 bits, and one that is no node means "go
 * on": such a number, made from the owner's key, is the mark.
 */
export function markOf(key: string): number {
  return (createHash('sha256').update(key).digest().readUInt32BE(0) | 0x8000_0000) >>> 0;
}

/** Every table of VPP; one pass reads them once. */
export function allTables(ctx: ReadContext): Promise<readonly TableInfo[]> {
  return ctx.shared('classify_table_info', async () => {
    const { ids } = await ctx.vpp.ask(classifyTableIds, {});
    return Promise.all(ids.map((table_id) => ctx.vpp.ask(classifyTableInfo, { table_id })));
  });
}

export const hasShape = (info: TableInfo, fields: TableOptions['fields']): boolean => {
  const shape = matchShape(fields);
  return (
    info.skip_n_vectors === shape.skip &&
    info.match_n_vectors === shape.match &&
    shape.mask.every((byte, i) => byte === info.mask[i])
  );
};
