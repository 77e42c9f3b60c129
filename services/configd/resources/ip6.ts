import { z } from 'zod';
import type { Infer } from '#lib/vpp/message.js';
import { swInterfaceIp6EnableDisable } from '#lib/vpp/messages/ip.js';
import { swInterfaceIp6ndRaDump } from '#lib/vpp/messages/ip6-nd.js';
import { retvals } from '#lib/vpp/retval.js';
import { noInterface } from '#lib/vpp/types.js';
import { type Found, type KindContext, type ReadContext, resource } from '../reconcile/resource.js';
import { homeVrf, indexOf, keyByIndex } from './interface-common.js';
import { interfaceKey, nameOf, onInterface, vrfKey } from './names.js';

const schema = z.strictObject({
  interface: interfaceKey,
  /** The interface's VRF; absent: default. */
  vrf: vrfKey.optional(),
});
export type Ip6Spec = z.infer<typeof schema>;

/** `ip6/access.100.7`. */
export const ip6Key = (iface: string): string => `ip6/${nameOf(iface)}`;

type RaDetails = Infer<(typeof swInterfaceIp6ndRaDump)['details']>;

/** Every interface with IPv6 on, ours or not: VPP lists what it would advertise there. One dump per pass. */
export const ip6Interfaces = (ctx: ReadContext): Promise<readonly RaDetails[]> =>
  ctx.shared('ip6nd_ra_dump', () => ctx.vpp.dump(swInterfaceIp6ndRaDump, { sw_if_index: noInterface }));

const set = (ctx: KindContext, spec: Ip6Spec, enable: boolean, accept: readonly number[]) =>
  ctx.vpp.call(swInterfaceIp6EnableDisable, { sw_if_index: indexOf(ctx, spec.interface), enable }, accept);

/** IPv6 by own addresses, which turn it on as well, needs no resource of this kind. */
const hasOwnAddress = (ctx: ReadContext, iface: string): boolean =>
  [...ctx.foundOf('address').keys()].some((key) => key.startsWith(`address/${nameOf(iface)}/`) && key.includes(':'));

/**
 * IPv6 on an interface whatever its addresses (`sw_interface_ip6_enable_disable`): VPP counts who turned it on, one for each
 * address and one for this, and forgets what it advertises when the last one leaves.
 */
export const ip6 = resource<Ip6Spec, null>({
  kind: 'ip6',
  schema,
  optional: [swInterfaceIp6ndRaDump],
  key: (spec) => ip6Key(spec.interface),
  needs: (spec) => onInterface(spec.interface, spec.vrf),
  async read(ctx, wanted) {
    const interfaces = keyByIndex(ctx);
    const found = new Map<string, Found<Ip6Spec, null>>();
    for (const row of await ip6Interfaces(ctx)) {
      const iface = interfaces.get(row.sw_if_index);
      if (iface === undefined || (!wanted.has(ip6Key(iface)) && hasOwnAddress(ctx, iface))) continue;
      found.set(ip6Key(iface), { spec: { interface: iface, ...homeVrf(ctx, iface) }, handle: null, ours: true });
    }
    return found;
  },
  async create(ctx, spec) {
    await set(ctx, spec, true, [retvals.VALUE_EXIST]);
    return null;
  },
  async remove(ctx, _handle, spec) {
    await set(ctx, spec, false, [retvals.IP6_NOT_ENABLED]);
  },
});
