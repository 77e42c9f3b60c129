import { z } from 'zod';
import { l2XconnectDump, swInterfaceSetL2Xconnect } from '#lib/vpp/messages/l2.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { indexOf, keyByIndex } from './interface-common.js';
import { interfaceKey, nameOf } from './names.js';

const schema = z
  .strictObject({ interface: interfaceKey, to: interfaceKey })
  .refine((one) => one.interface !== one.to, { message: 'an interface cannot be connected to itself' });
export type CrossConnectSpec = z.infer<typeof schema>;

const set = (ctx: KindContext, spec: CrossConnectSpec, enable: boolean) =>
  ctx.vpp.call(swInterfaceSetL2Xconnect, {
    rx_sw_if_index: indexOf(ctx, spec.interface),
    tx_sw_if_index: indexOf(ctx, spec.to),
    enable,
  });

/** Every frame of one interface leaves at another (`sw_interface_set_l2_xconnect`); the way back is one of its own. */
export const crossConnect = resource<CrossConnectSpec, null>({
  kind: 'cross-connect',
  schema,
  key: (spec) => `cross-connect/${nameOf(spec.interface)}`,
  needs: (spec) => [spec.interface, spec.to],
  async read(ctx) {
    const interfaces = keyByIndex(ctx);
    const found = new Map<string, Found<CrossConnectSpec, null>>();
    for (const row of await ctx.vpp.dump(l2XconnectDump, {})) {
      const iface = interfaces.get(row.rx_sw_if_index);
      if (iface === undefined) continue;
      const to = interfaces.get(row.tx_sw_if_index) ?? `host-interface/unknown-${row.tx_sw_if_index}`;
      found.set(`cross-connect/${nameOf(iface)}`, { spec: { interface: iface, to }, handle: null, ours: true });
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
