import { z } from 'zod';
import { ipNeighborAddDel, ipNeighborDump, ipNeighborFlags } from '#lib/vpp/messages/ip-neighbor.js';
import { addressFamily, noInterface } from '#lib/vpp/types.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { ipText, macText } from './fields.js';
import { foundVrf, indexOf, keyByIndex } from './interface-common.js';
import { interfaceKey, nameOf, onInterface, vrfKey } from './names.js';

const schema = z.strictObject({
  interface: interfaceKey,
  address: ipText,
  mac: macText,
  /** The interface's VRF; absent: default. */
  vrf: vrfKey.optional(),
});
export type NeighbourSpec = z.infer<typeof schema>;

const STATIC = ipNeighborFlags.values.IP_API_NEIGHBOR_FLAG_STATIC;
const keyOf = (spec: Pick<NeighbourSpec, 'interface' | 'address'>) =>
  `neighbour/${nameOf(spec.interface)}/${spec.address}`;

async function set(ctx: KindContext, spec: NeighbourSpec, is_add: boolean): Promise<null> {
  const sw_if_index = indexOf(ctx, spec.interface);
  const neighbor = { sw_if_index, flags: STATIC, mac_address: spec.mac, ip_address: spec.address };
  await ctx.vpp.call(ipNeighborAddDel, { is_add, neighbor });
  return null;
}

/** A static neighbour (`ip_neighbor_add_del`): no ARP may move it. */
export const neighbour = resource<NeighbourSpec, null>({
  kind: 'neighbour',
  schema,
  key: keyOf,
  needs: (spec) => onInterface(spec.interface, spec.vrf),
  async read(ctx) {
    const interfaces = keyByIndex(ctx);
    const found = new Map<string, Found<NeighbourSpec, null>>();
    const families = Object.values(addressFamily.values).map((af) =>
      ctx.vpp.dump(ipNeighborDump, { sw_if_index: noInterface, af }),
    );
    for (const { neighbor } of (await Promise.all(families)).flat()) {
      const iface = interfaces.get(neighbor.sw_if_index);
      if (iface === undefined || (neighbor.flags & STATIC) === 0) continue;
      const vrf = foundVrf(ctx, iface);
      const spec = { interface: iface, address: neighbor.ip_address, mac: neighbor.mac_address };
      found.set(keyOf(spec), { spec: { ...spec, ...vrf }, handle: null, ours: true });
    }
    return found;
  },
  create: (ctx, spec) => set(ctx, spec, true),
  update: (ctx, _handle, _from, to) => set(ctx, to, true),
  updatable: (from, to) => from.interface === to.interface && from.vrf === to.vrf,
  async remove(ctx, _handle, spec) {
    await set(ctx, spec, false);
  },
});
