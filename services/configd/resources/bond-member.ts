import { z } from 'zod';
import {
  bondAddMember,
  bondDetachMember,
  swInterfaceSetBondWeight,
  swMemberInterfaceDump,
} from '#lib/vpp/messages/bond.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { type InterfaceHandle, indexOf, keyByIndex } from './interface-common.js';
import { nameOf } from './names.js';
import { type Reversible, sequence } from './sequence.js';

const schema = z.strictObject({
  /** A port without sub-interfaces: VPP would accept one with them, and one that is a sub-interface itself. */
  interface: z.string().regex(/^(host-interface|vpp-interface|memif)\/[A-Za-z0-9_-]+$/),
  bond: z.string().regex(/^bond\/[A-Za-z0-9_-]+$/),
  /** LACP: answers only. */
  passive: z.boolean().default(false),
  /** LACP: 90 s instead of 3 s. */
  longTimeout: z.boolean().default(false),
  /** Active-backup: the greatest that is up works. VPP refuses it for other modes. */
  weight: z.int().min(0).max(0xffff).default(0),
});
export type BondMemberSpec = z.infer<typeof schema>;

const setWeight = (ctx: KindContext, spec: BondMemberSpec, weight: number) =>
  ctx.vpp.call(swInterfaceSetBondWeight, { sw_if_index: indexOf(ctx, spec.interface), weight });

function steps(ctx: KindContext, spec: BondMemberSpec): Reversible[] {
  const sw_if_index = indexOf(ctx, spec.interface);
  const join = {
    act: () =>
      ctx.vpp.call(bondAddMember, {
        sw_if_index,
        bond_sw_if_index: indexOf(ctx, spec.bond),
        is_passive: spec.passive,
        is_long_timeout: spec.longTimeout,
      }),
    revert: () => ctx.vpp.call(bondDetachMember, { sw_if_index }),
  };
  const weigh = { act: () => setWeight(ctx, spec, spec.weight), revert: async () => {} };
  return spec.weight === 0 ? [join] : [join, weigh];
}

/**
 * A port in a bond (`bond_add_member`). VPP gives the port the bond's MAC and, when it leaves, the one it had on joining:
 * who wants both gives the port the bond's MAC too.
 */
export const bondMember = resource<BondMemberSpec, null, z.input<typeof schema>>({
  kind: 'bond-member',
  schema,
  key: (spec) => `bond-member/${nameOf(spec.interface)}`,
  needs: (spec) => [spec.interface, spec.bond],
  async read(ctx) {
    const interfaces = keyByIndex(ctx);
    const found = new Map<string, Found<BondMemberSpec, null>>();
    const readOne = async (bond: string, { swIfIndex }: InterfaceHandle) => {
      for (const row of await ctx.vpp.dump(swMemberInterfaceDump, { sw_if_index: swIfIndex })) {
        const iface = interfaces.get(row.sw_if_index);
        if (iface === undefined) continue;
        const spec = {
          interface: iface,
          bond,
          passive: row.is_passive,
          longTimeout: row.is_long_timeout,
          weight: row.weight,
        };
        found.set(`bond-member/${nameOf(iface)}`, { spec, handle: null, ours: true });
      }
    };
    await Promise.all([...ctx.foundOf('bond')].map(([key, { handle }]) => readOne(key, handle as InterfaceHandle)));
    return found;
  },
  async create(ctx, spec) {
    await sequence(steps(ctx, spec));
    return null;
  },
  updatable: (from, to) => from.bond === to.bond && from.passive === to.passive && from.longTimeout === to.longTimeout,
  async update(ctx, _handle, _from, to) {
    await setWeight(ctx, to, to.weight);
    return null;
  },
  async remove(ctx, _handle, spec) {
    await ctx.vpp.call(bondDetachMember, { sw_if_index: indexOf(ctx, spec.interface) });
  },
});
