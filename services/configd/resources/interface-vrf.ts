import { z } from 'zod';
import { swInterfaceGetTable, swInterfaceSetTable, swInterfaceSetUnnumbered } from '#lib/vpp/messages/interface.js';
import { ipUnnumberedDump } from '#lib/vpp/messages/ip.js';
import { noInterface, type SwIfIndex } from '#lib/vpp/types.js';
import type { Dataplane } from '../dataplane.js';
import { type Found, type KindContext, type ReadContext, resource } from '../reconcile/resource.js';
import { eachInterface, indexOf } from './interface-common.js';
import { interfaceKey, nameOf, vrfKey } from './names.js';
import { type Reversible, sequence } from './sequence.js';
import { tableOf, vrfByTable } from './vrf.js';

const schema = z.strictObject({
  interface: interfaceKey,
  vrf: vrfKey,
  /** For a line that is moved for its session: whose addresses it borrows there ... */
  lender: interfaceKey.optional(),
  /** ... in place of the donor it has by the operator's configuration. */
  home: interfaceKey.optional(),
});
export type InterfaceVrfSpec = z.infer<typeof schema>;

const bindings = (vpp: Dataplane, sw_if_index: SwIfIndex, from: number, to: number): Reversible[] =>
  [false, true].map((is_ipv6) => {
    const set = (vrf_id: number) => vpp.call(swInterfaceSetTable, { sw_if_index, is_ipv6, vrf_id });
    return { act: () => set(to), revert: () => set(from) };
  });

/** Borrows a donor's addresses, or gives them back. */
function borrowing(ctx: KindContext, line: string, donor: string | undefined, borrows: boolean): Reversible[] {
  if (donor === undefined) return [];
  const set = (is_add: boolean) => {
    const sw_if_index = indexOf(ctx, donor);
    return ctx.vpp.call(swInterfaceSetUnnumbered, { sw_if_index, unnumbered_sw_if_index: indexOf(ctx, line), is_add });
  };
  return [{ act: () => set(borrows), revert: () => set(!borrows) }];
}

/** Interfaces that borrow, with the lender. */
async function borrowers(ctx: ReadContext): Promise<ReadonlyMap<number, number>> {
  const rows = await ctx.vpp.dump(ipUnnumberedDump, { sw_if_index: noInterface });
  return new Map(rows.map(({ sw_if_index, ip_sw_if_index }) => [sw_if_index, ip_sw_if_index]));
}

/** Whether VPP has a line that was moved as its session wants it. */
async function isMoved(ctx: ReadContext, spec: InterfaceVrfSpec): Promise<boolean> {
  if (spec.lender === undefined || !ctx.found(spec.lender)) return false;
  const lenders = await ctx.shared('unnumbered of moved lines', () => borrowers(ctx));
  return lenders.get(indexOf(ctx, spec.interface)) === indexOf(ctx, spec.lender);
}

async function tablesOf(vpp: Dataplane, sw_if_index: SwIfIndex): Promise<readonly number[]> {
  const replies = [false, true].map((is_ipv6) => vpp.ask(swInterfaceGetTable, { sw_if_index, is_ipv6 }));
  return (await Promise.all(replies)).map((reply) => reply.vrf_id);
}

/** The table to go back to. What was read may name tables that are not a VRF of ours. */
const boundTable = (ctx: KindContext, spec: InterfaceVrfSpec) =>
  /^vrf\/tables-/.test(spec.vrf) ? 0 : tableOf(ctx, spec.vrf);

/**
 * An interface's place in a VRF other than the default one (`sw_interface_set_table`). VPP refuses to move an interface
 * that has addresses, so what is addressed in a VRF needs this resource. A line that is moved for its session gives the
 * operator's addresses back first, and borrows others in its new place.
 */
export const interfaceVrf = resource<InterfaceVrfSpec, null>({
  kind: 'interface-vrf',
  schema,
  key: (spec) => `interface-vrf/${nameOf(spec.interface)}`,
  needs: (spec) => [
    spec.interface,
    spec.vrf,
    ...(spec.lender === undefined ? [] : [spec.lender, `interface-vrf/${nameOf(spec.lender)}`]),
    ...(spec.home === undefined ? [] : [spec.home, `unnumbered/${nameOf(spec.interface)}`]),
  ],
  evicts: true,
  async read(ctx, wanted) {
    const vrfs = vrfByTable(ctx);
    const found = new Map<string, Found<InterfaceVrfSpec, null>>();
    await eachInterface(ctx, async (index, key) => {
      const [ip4 = 0, ip6 = 0] = await tablesOf(ctx.vpp, index);
      if (ip4 === 0 && ip6 === 0) return;
      const vrf = (ip4 === ip6 ? vrfs.get(ip4) : undefined) ?? `vrf/tables-${ip4}-${ip6}`;
      const own = `interface-vrf/${nameOf(key)}`;
      const moved = wanted.get(own);
      const spec = moved?.vrf === vrf && (await isMoved(ctx, moved)) ? moved : { interface: key, vrf };
      found.set(own, { spec, handle: null, ours: true });
    });
    return found;
  },
  async create(ctx, spec) {
    await sequence([
      ...borrowing(ctx, spec.interface, spec.home, false),
      ...bindings(ctx.vpp, indexOf(ctx, spec.interface), 0, tableOf(ctx, spec.vrf)),
      ...borrowing(ctx, spec.interface, spec.lender, true),
    ]);
    return null;
  },
  async remove(ctx, _handle, spec) {
    await sequence([
      ...borrowing(ctx, spec.interface, spec.lender, false),
      ...bindings(ctx.vpp, indexOf(ctx, spec.interface), boundTable(ctx, spec), 0),
      ...borrowing(ctx, spec.interface, spec.home, true),
    ]);
  },
});
