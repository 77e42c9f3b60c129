import { z } from 'zod';
import type { Operation } from '#lib/vpp/message.js';
import type { SwIfIndex } from '#lib/vpp/types.js';
import type { Dataplane } from '../dataplane.js';
import { type Found, type Kind, type KindContext, type ReadContext, resource } from '../reconcile/resource.js';
import { foundVrf, indexOf, keyByIndex } from './interface-common.js';
import { interfaceKey, nameOf, onInterface, vrfKey } from './names.js';

export const natRoles = ['inside', 'outside', 'output'] as const;
export type NatRole = (typeof natRoles)[number];

const schema = z.strictObject({
  interface: interfaceKey,
  /** `output`: NAT of what leaves, after routing, instead of inside and outside interfaces. */
  role: z.enum(natRoles),
  /** The interface's VRF; absent: default. */
  vrf: vrfKey.optional(),
});
export type NatInterfaceSpec = z.infer<typeof schema>;

/** One plugin's way to say what an interface is. */
export interface NatInterfaces {
  readonly kind: string;
  /** Key of the plugin. */
  readonly plugin: string;
  readonly optional: readonly Operation[];
  set(vpp: Dataplane, sw_if_index: SwIfIndex, role: NatRole, is_add: boolean): Promise<unknown>;
  /** Interfaces with their roles, as VPP has them. */
  list(ctx: ReadContext): Promise<readonly { readonly sw_if_index: SwIfIndex; readonly roles: readonly NatRole[] }[]>;
}

/**
 * What an interface is to NAT. A role is taken back exactly as it was given: VPP takes another one without a word, forgets the interface
 * and leaves NAT on its path (cookbook 4.14).
 */
export function natInterfaceKind(nat: NatInterfaces): Kind<NatInterfaceSpec, null, NatInterfaceSpec> {
  const keyOf = (spec: Pick<NatInterfaceSpec, 'interface' | 'role'>) =>
    `${nat.kind}/${nameOf(spec.interface)}/${spec.role}`;
  const set = (ctx: KindContext, spec: NatInterfaceSpec, is_add: boolean) =>
    nat.set(ctx.vpp, indexOf(ctx, spec.interface), spec.role, is_add);
  return resource<NatInterfaceSpec, null>({
    kind: nat.kind,
    schema,
    optional: nat.optional,
    key: keyOf,
    needs: (spec) => [...onInterface(spec.interface, spec.vrf), nat.plugin],
    async read(ctx) {
      const interfaces = keyByIndex(ctx);
      const found = new Map<string, Found<NatInterfaceSpec, null>>();
      for (const { sw_if_index, roles } of await nat.list(ctx)) {
        const iface = interfaces.get(sw_if_index);
        if (iface === undefined) continue;
        for (const role of roles) {
          const spec = { interface: iface, role, ...foundVrf(ctx, iface) };
          found.set(keyOf(spec), { spec, handle: null, ours: true });
        }
      }
      return found;
    },
    async create(ctx, spec) {
      await set(ctx, spec, true);
      return null;
    },
    async remove(ctx, _handle, spec) {
      await set(ctx, spec, false);
    },
  });
}
