import { z } from 'zod';
import { swInterfaceAddDelAddress } from '#lib/vpp/messages/interface.js';
import { ipAddressDump } from '#lib/vpp/messages/ip.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { prefixText } from './fields.js';
import { eachInterface, foundVrf, indexOf } from './interface-common.js';
import { interfaceKey, nameOf, onInterface, vrfKey } from './names.js';
import { acceptedAddresses } from './vrrp-read.js';

const schema = z.strictObject({
  interface: interfaceKey,
  /** The interface's own address and the prefix length: `192.0.2.1/24`. */
  prefix: prefixText,
  /** The interface's VRF; absent: default. */
  vrf: vrfKey.optional(),
});
export type AddressSpec = z.infer<typeof schema>;

const set = (ctx: KindContext, spec: AddressSpec, is_add: boolean) =>
  ctx.vpp.call(swInterfaceAddDelAddress, {
    sw_if_index: indexOf(ctx, spec.interface),
    is_add,
    del_all: false,
    prefix: spec.prefix,
  });

const keyOf = (spec: Pick<AddressSpec, 'interface' | 'prefix'>) => `address/${nameOf(spec.interface)}/${spec.prefix}`;
const isLinkLocal = (prefix: string) => /^fe[89ab]/i.test(prefix);

/** An address of an interface (`sw_interface_add_del_address`). Link-local ones are VPP's own, as are those of VRRP's accept mode. */
export const address = resource<AddressSpec, null>({
  kind: 'address',
  schema,
  key: keyOf,
  needs: (spec) => onInterface(spec.interface, spec.vrf),
  async read(ctx) {
    const found = new Map<string, Found<AddressSpec, null>>();
    const accepted = await acceptedAddresses(ctx);
    await eachInterface(ctx, async (index, iface) => {
      if (ctx.found(`unnumbered/${nameOf(iface)}`)) return;
      const vrf = foundVrf(ctx, iface);
      const families = [false, true].map((is_ipv6) => ctx.vpp.dump(ipAddressDump, { sw_if_index: index, is_ipv6 }));
      for (const { prefix } of (await Promise.all(families)).flat()) {
        if (isLinkLocal(prefix) || accepted.has(`${index} ${prefix.split('/')[0]}`)) continue;
        const spec = { interface: iface, prefix, ...vrf };
        found.set(keyOf(spec), { spec, handle: null, ours: true });
      }
    });
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
