import { z } from 'zod';
import { operationsOfPlugin } from '#lib/vpp/messages/all.js';
import { det44InterfaceAddDelFeature, det44InterfaceDump } from '#lib/vpp/messages/det44.js';
import { featureEnableDisable } from '#lib/vpp/messages/feature.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { det44Key } from './det44.js';
import { foundVrf, indexOf, keyByIndex } from './interface-common.js';
import { interfaceKey, nameOf, onInterface, vrfKey } from './names.js';
import { sequence } from './sequence.js';

const schema = z.strictObject({
  interface: interfaceKey,
  role: z.enum(['inside', 'outside']),
  /** The interface's VRF; absent: default. */
  vrf: vrfKey.optional(),
});
export type Det44InterfaceSpec = z.infer<typeof schema>;

const set = (ctx: KindContext, { interface: iface, role }: Det44InterfaceSpec, is_add: boolean) =>
  ctx.vpp.call(det44InterfaceAddDelFeature, {
    is_add,
    is_inside: role === 'inside',
    sw_if_index: indexOf(ctx, iface),
  });

/** Puts the node on the interface's path once more, or takes it off once. */
const count = (ctx: KindContext, { interface: iface, role }: Det44InterfaceSpec, enable: boolean) =>
  ctx.vpp.call(featureEnableDisable, {
    sw_if_index: indexOf(ctx, iface),
    enable,
    arc_name: 'ip4-unicast',
    feature_name: role === 'inside' ? 'det44-in2out' : 'det44-out2in',
  });

/** VPP 26.06 puts its node on the path once more where it should take it off, so that it has to be taken off twice. */
function leave(ctx: KindContext, spec: Det44InterfaceSpec): Promise<void> {
  const takeOff = () => count(ctx, spec, false);
  return sequence([
    { act: takeOff, revert: () => count(ctx, spec, true) },
    { act: () => set(ctx, spec, false), revert: () => set(ctx, spec, true).then(takeOff).then(takeOff) },
    { act: takeOff, revert: async () => {} },
  ]);
}

/** Inside and outside interfaces of DET44 (`det44_interface_add_del_feature`). */
export const det44Interface = resource<Det44InterfaceSpec, null>({
  kind: 'det44-interface',
  schema,
  optional: operationsOfPlugin('det44'),
  key: (spec) => `det44-interface/${nameOf(spec.interface)}`,
  needs: (spec) => [...onInterface(spec.interface, spec.vrf), det44Key],
  async read(ctx) {
    const interfaces = keyByIndex(ctx);
    const found = new Map<string, Found<Det44InterfaceSpec, null>>();
    for (const row of await ctx.vpp.dump(det44InterfaceDump, {})) {
      const iface = interfaces.get(row.sw_if_index);
      if (iface === undefined) continue;
      const role = row.is_inside ? ('inside' as const) : ('outside' as const);
      const spec = { interface: iface, role, ...foundVrf(ctx, iface) };
      found.set(`det44-interface/${nameOf(iface)}`, { spec, handle: null, ours: true });
    }
    return found;
  },
  async create(ctx, spec) {
    await set(ctx, spec, true);
    return null;
  },
  remove: (ctx, _handle, spec) => leave(ctx, spec),
});
