import { z } from 'zod';
import { swInterfaceGetTable, swInterfaceSetTable, swInterfaceSetUnnumbered } from '#lib/vpp/messages/interface.js';
import { ipUnnumberedDump } from '#lib/vpp/messages/ip.js';
import { noInterface, type SwIfIndex } from '#lib/vpp/types.js';
import type { Dataplane } from '../dataplane.js';
import { askEach } from '../reconcile/ask-each.js';
import { type Found, type KindContext, type ReadContext, resource } from '../reconcile/resource.js';
import { request, type Script, type ScriptRequest } from '../reconcile/script.js';
import { indexOf, keyByIndex } from './interface-common.js';
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

const binding = (sw_if_index: SwIfIndex, vrf_id: number): ScriptRequest[] => [
  request(swInterfaceSetTable, { sw_if_index, is_ipv6: false, vrf_id }),
  request(swInterfaceSetTable, { sw_if_index, is_ipv6: true, vrf_id }),
];

/** Both families from one table to another. */
const rebinding = (sw_if_index: SwIfIndex, from: number, to: number): Script<null> => ({
  requests: binding(sw_if_index, to),
  back: binding(sw_if_index, from),
  handle: null,
});

/** The same as steps between others. */
function bindings(vpp: Dataplane, sw_if_index: SwIfIndex, from: number, to: number): Reversible[] {
  const back = binding(sw_if_index, from);
  return binding(sw_if_index, to).map(({ op, value }, at) => ({
    act: () => vpp.call(op, value),
    revert: () => vpp.call(op, back[at]?.value),
  }));
}

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

/** The tables of both families of each interface, IPv4 first. */
async function tablesOf(vpp: Dataplane, interfaces: readonly SwIfIndex[]): Promise<readonly number[]> {
  const tables = new Array<number>(2 * interfaces.length).fill(0);
  const asked = interfaces.flatMap((sw_if_index) => [false, true].map((is_ipv6) => ({ sw_if_index, is_ipv6 })));
  await askEach(vpp, swInterfaceGetTable, asked, ({ vrf_id }, at) => {
    tables[at] = vrf_id;
  });
  return tables;
}

/** Whether a session moved it, with other steps than the binding. */
const isLent = ({ lender, home }: InterfaceVrfSpec): boolean => lender !== undefined || home !== undefined;

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
    const interfaces = [...keyByIndex(ctx)];
    const tables = await tablesOf(
      ctx.vpp,
      interfaces.map(([index]) => index as SwIfIndex),
    );
    for (const [at, [, key]] of interfaces.entries()) {
      const [ip4 = 0, ip6 = 0] = [tables[2 * at], tables[2 * at + 1]];
      if (ip4 === 0 && ip6 === 0) continue;
      const vrf = (ip4 === ip6 ? vrfs.get(ip4) : undefined) ?? `vrf/tables-${ip4}-${ip6}`;
      const own = `interface-vrf/${nameOf(key)}`;
      const moved = wanted.get(own);
      const spec = moved?.vrf === vrf && (await isMoved(ctx, moved)) ? moved : { interface: key, vrf };
      found.set(own, { spec, handle: null, ours: true });
    }
    return found;
  },
  create(ctx, spec) {
    const [index, table] = [indexOf(ctx, spec.interface), tableOf(ctx, spec.vrf)];
    if (!isLent(spec)) return rebinding(index, 0, table);
    return sequence([
      ...borrowing(ctx, spec.interface, spec.home, false),
      ...bindings(ctx.vpp, index, 0, table),
      ...borrowing(ctx, spec.interface, spec.lender, true),
    ]).then(() => null);
  },
  remove(ctx, _handle, spec) {
    const [index, table] = [indexOf(ctx, spec.interface), boundTable(ctx, spec)];
    if (!isLent(spec)) return rebinding(index, table, 0);
    return sequence([
      ...borrowing(ctx, spec.interface, spec.lender, false),
      ...bindings(ctx.vpp, index, table, 0),
      ...borrowing(ctx, spec.interface, spec.home, true),
    ]);
  },
});
