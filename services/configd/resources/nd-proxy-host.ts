import { z } from 'zod';
import { ip6ndProxyAddDel, ip6ndProxyDump } from '#lib/vpp/messages/ip6-nd.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { foundVrf, indexOf, keyByIndex } from './interface-common.js';
import { ip6Key } from './ip6.js';
import { interfaceKey, nameOf, onInterface, vrfKey } from './names.js';

const schema = z.strictObject({
  /** The interface that the host is behind. */
  interface: interfaceKey,
  address: z.ipv6(),
  /** The interface's VRF; absent: default. */
  vrf: vrfKey.optional(),
});
export type NdProxyHostSpec = z.infer<typeof schema>;

const keyOf = (spec: Pick<NdProxyHostSpec, 'interface' | 'address'>) =>
  `nd-proxy-host/${nameOf(spec.interface)}/${spec.address}`;

const set = (ctx: KindContext, spec: NdProxyHostSpec, is_add: boolean) =>
  ctx.vpp.call(ip6ndProxyAddDel, { sw_if_index: indexOf(ctx, spec.interface), is_add, ip: spec.address });

/** A host behind an interface that VPP answers for on every other one of the VRF, and routes to (`ip6nd_proxy_add_del`). */
export const ndProxyHost = resource<NdProxyHostSpec, null>({
  kind: 'nd-proxy-host',
  schema,
  optional: [ip6ndProxyAddDel, ip6ndProxyDump],
  key: keyOf,
  needs: (spec) => [...onInterface(spec.interface, spec.vrf), ip6Key(spec.interface)],
  async read(ctx) {
    const interfaces = keyByIndex(ctx);
    const found = new Map<string, Found<NdProxyHostSpec, null>>();
    for (const { sw_if_index, ip } of await ctx.vpp.dump(ip6ndProxyDump, {})) {
      const iface = interfaces.get(sw_if_index);
      if (iface === undefined) continue;
      const spec = { interface: iface, address: ip, ...foundVrf(ctx, iface) };
      found.set(keyOf(spec), { spec, handle: null, ours: true });
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
