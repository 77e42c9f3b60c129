import { z } from 'zod';
import { ip6ndProxyEnableDisable } from '#lib/vpp/messages/ip6-nd.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { indexOf } from './interface-common.js';
import { countFeature, eachFeatureText } from './interface-features.js';
import { ip6Key } from './ip6.js';
import { interfaceKey, nameOf } from './names.js';
import { sequence } from './sequence.js';

const schema = z.strictObject({ interface: interfaceKey });
export type NdProxySpec = z.infer<typeof schema>;

const keyOf = (iface: string) => `nd-proxy/${nameOf(iface)}`;

const set = (ctx: KindContext, spec: NdProxySpec, is_enable: boolean) =>
  ctx.vpp.call(ip6ndProxyEnableDisable, { sw_if_index: indexOf(ctx, spec.interface), is_enable });

/**
 * Answers every neighbour solicitation of a global source on an interface (`ip6nd_proxy_enable_disable`), so that hosts of an
 * isolated VLAN reach each other through the router. No dump shows it: read from the feature list of the CLI, at start only.
 */
export const ndProxy = resource<NdProxySpec, null>({
  kind: 'nd-proxy',
  schema,
  optional: [ip6ndProxyEnableDisable],
  key: (spec) => keyOf(spec.interface),
  needs: (spec) => [spec.interface, ip6Key(spec.interface)],
  readAt: 'start',
  async read(ctx) {
    const found = new Map<string, Found<NdProxySpec, null>>();
    await eachFeatureText(ctx, (iface, text) => {
      const on = countFeature(text, 'ip6-unicast', 'ip6-unicast-nd-proxy') > 0;
      if (on) found.set(keyOf(iface), { spec: { interface: iface }, handle: null, ours: true });
    });
    return found;
  },
  /** Off first: VPP would put the feature on the interface twice. */
  async create(ctx, spec) {
    await sequence([
      { act: () => set(ctx, spec, false), revert: async () => {} },
      { act: () => set(ctx, spec, true), revert: async () => {} },
    ]);
    return null;
  },
  async remove(ctx, _handle, spec) {
    await set(ctx, spec, false);
  },
});
