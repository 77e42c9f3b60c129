import { z } from 'zod';
import { proxyArpIntfcDump, proxyArpIntfcEnableDisable } from '#lib/vpp/messages/arp.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { indexOf, keyByIndex } from './interface-common.js';
import { interfaceKey, nameOf } from './names.js';

const schema = z.strictObject({ interface: interfaceKey });
export type ProxyArpSpec = z.infer<typeof schema>;

const set = (ctx: KindContext, spec: ProxyArpSpec, enable: boolean) =>
  ctx.vpp.call(proxyArpIntfcEnableDisable, { sw_if_index: indexOf(ctx, spec.interface), enable });

/** Answers ARP on an interface for the ranges of its VRF (`proxy_arp_intfc_enable_disable`). */
export const proxyArp = resource<ProxyArpSpec, null>({
  kind: 'proxy-arp',
  schema,
  key: (spec) => `proxy-arp/${nameOf(spec.interface)}`,
  needs: (spec) => [spec.interface],
  async read(ctx) {
    const interfaces = keyByIndex(ctx);
    const found = new Map<string, Found<ProxyArpSpec, null>>();
    for (const row of await ctx.vpp.dump(proxyArpIntfcDump, {})) {
      const iface = interfaces.get(row.sw_if_index);
      if (iface !== undefined)
        found.set(`proxy-arp/${nameOf(iface)}`, { spec: { interface: iface }, handle: null, ours: true });
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
