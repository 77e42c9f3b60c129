import { z } from 'zod';
import { swInterfaceSetUnnumbered } from '#lib/vpp/messages/interface.js';
import { ipUnnumberedDump } from '#lib/vpp/messages/ip.js';
import { noInterface } from '#lib/vpp/types.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { request } from '../reconcile/script.js';
import { homeOf, homeVrf, indexOf, keyByIndex } from './interface-common.js';
import { interfaceKey, nameOf, onInterface, vrfKey } from './names.js';

const schema = z.strictObject({
  interface: interfaceKey,
  /** The interface whose addresses are borrowed; in the same VRF. */
  donor: interfaceKey,
  /** The VRF of both; absent: default. */
  vrf: vrfKey.optional(),
});
export type UnnumberedSpec = z.infer<typeof schema>;

const set = (ctx: KindContext, spec: UnnumberedSpec, is_add: boolean) =>
  request(swInterfaceSetUnnumbered, {
    sw_if_index: indexOf(ctx, spec.donor),
    unnumbered_sw_if_index: indexOf(ctx, spec.interface),
    is_add,
  });

/** A line that borrows a donor's addresses (`sw_interface_set_unnumbered`). */
export const unnumbered = resource<UnnumberedSpec, null>({
  kind: 'unnumbered',
  schema,
  key: (spec) => `unnumbered/${nameOf(spec.interface)}`,
  needs: (spec) => [...onInterface(spec.interface, spec.vrf), ...onInterface(spec.donor, spec.vrf)],
  async read(ctx) {
    const keys = keyByIndex(ctx);
    const found = new Map<string, Found<UnnumberedSpec, null>>();
    for (const row of await ctx.vpp.dump(ipUnnumberedDump, { sw_if_index: noInterface })) {
      const iface = keys.get(row.sw_if_index);
      const donor = keys.get(row.ip_sw_if_index);
      if (iface === undefined || donor === undefined) continue;
      const spec = { interface: iface, donor: homeOf(ctx, iface) ?? donor, ...homeVrf(ctx, iface) };
      found.set(`unnumbered/${nameOf(iface)}`, { spec, handle: null, ours: true });
    }
    return found;
  },
  create: (ctx, spec) => ({ requests: [set(ctx, spec, true)], handle: null }),
  remove: (ctx, _handle, spec) => ({ requests: [set(ctx, spec, false)], handle: null }),
});
