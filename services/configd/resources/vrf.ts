import { z } from 'zod';
import { ipTableAddDelV2, ipTableDump } from '#lib/vpp/messages/ip.js';
import type { Dataplane } from '../dataplane.js';
import { type Found, type KindContext, type ReadContext, resource } from '../reconcile/resource.js';
import { builtinName, nameOf, nameReader, plainName, vppName } from './names.js';
import { sequence } from './sequence.js';

const schema = z.strictObject({
  /** A person's, or one of our own: a table of policy based routing. */
  name: plainName.refine((name) => name !== 'default', 'the default VRF is always there').or(builtinName),
  tableId: z.int().min(1).max(0xfffffffe),
});
export type VrfSpec = z.infer<typeof schema>;
export interface VrfHandle {
  readonly tableId: number;
}

/** VPP's table of a VRF; 0 for the default one. */
export const tableOf = (ctx: Pick<KindContext, 'handle'>, vrf: string | undefined): number =>
  vrf === undefined ? 0 : ctx.handle<VrfHandle>(vrf).tableId;

/** Keys of the VRFs found in this pass, by table: undefined for the default one. */
export function vrfByTable(ctx: ReadContext): ReadonlyMap<number, string | undefined> {
  const keys = new Map<number, string | undefined>([[0, undefined]]);
  for (const [key, { handle }] of ctx.foundOf('vrf')) keys.set((handle as VrfHandle).tableId, key);
  return keys;
}

/** Every table of VPP, both families; one dump per pass. */
export const ipTables = (ctx: ReadContext) =>
  ctx.shared('ip_table_dump', async () => (await ctx.vpp.dump(ipTableDump, {})).map(({ table }) => table));

/** Both tables of the VRF, IPv4 and IPv6: unnumbered lines need them in step. A repeat is harmless. */
const setTables = (vpp: Dataplane, { name, tableId }: VrfSpec, is_add: boolean) =>
  sequence(
    [false, true].map((is_ip6) => {
      const table = { table_id: tableId, is_ip6, name: vppName(name) };
      const set = (on: boolean) => vpp.call(ipTableAddDelV2, { table, create_mfib: true, is_add: on });
      return { act: () => set(is_add), revert: () => set(!is_add) };
    }),
  );

/** A VRF: an IPv4 and an IPv6 table with the same id (`ip_table_add_del_v2`). */
export const vrf = resource<VrfSpec, VrfHandle>({
  kind: 'vrf',
  schema,
  key: (spec) => `vrf/${spec.name}`,
  needs: () => [],
  async read(ctx, wanted) {
    const nameIn = nameReader([...wanted.keys()].map(nameOf));
    const found = new Map<string, Found<VrfSpec, VrfHandle>>();
    const families = new Map<number, number>();
    for (const table of await ipTables(ctx)) {
      const name = nameIn(table.name);
      if (name === undefined) continue;
      const seen = (families.get(table.table_id) ?? 0) + 1;
      families.set(table.table_id, seen);
      if (seen < 2) continue;
      const spec = { name, tableId: table.table_id };
      found.set(`vrf/${name}`, { spec, handle: { tableId: table.table_id }, ours: true });
    }
    return found;
  },
  async create({ vpp }, spec) {
    await setTables(vpp, spec, true);
    return { tableId: spec.tableId };
  },
  async remove({ vpp }, _handle, spec) {
    await setTables(vpp, spec, false);
  },
});
