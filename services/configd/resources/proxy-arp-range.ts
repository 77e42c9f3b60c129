import { z } from 'zod';
import { proxyArpAddDel, proxyArpDump } from '#lib/vpp/messages/arp.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { ip4Text } from './fields.js';
import { vrfKey, vrfName } from './names.js';
import { tableOf, vrfByTable } from './vrf.js';

const schema = z.strictObject({
  /** Absent: default. */
  vrf: vrfKey.optional(),
  low: ip4Text,
  high: ip4Text,
});
export type ProxyArpRangeSpec = z.infer<typeof schema>;

const keyOf = (spec: ProxyArpRangeSpec) => `proxy-arp-range/${vrfName(spec.vrf)}/${spec.low}-${spec.high}`;

const set = (ctx: KindContext, spec: ProxyArpRangeSpec, is_add: boolean) =>
  ctx.vpp.call(proxyArpAddDel, {
    is_add,
    proxy: { table_id: tableOf(ctx, spec.vrf), low: spec.low, hi: spec.high },
  });

/** Addresses that interfaces with `proxy-arp` answer for in one VRF (`proxy_arp_add_del`). */
export const proxyArpRange = resource<ProxyArpRangeSpec, null>({
  kind: 'proxy-arp-range',
  schema,
  key: keyOf,
  needs: (spec) => (spec.vrf === undefined ? [] : [spec.vrf]),
  async read(ctx, wanted) {
    const vrfs = vrfByTable(ctx);
    const found = new Map<string, Found<ProxyArpRangeSpec, null>>();
    for (const { proxy } of await ctx.vpp.dump(proxyArpDump, {})) {
      if (!vrfs.has(proxy.table_id)) continue;
      const vrf = vrfs.get(proxy.table_id);
      const spec = { low: proxy.low, high: proxy.hi, ...(vrf === undefined ? {} : { vrf }) };
      found.set(keyOf(spec), { spec, handle: null, ours: vrf !== undefined || wanted.has(keyOf(spec)) });
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
