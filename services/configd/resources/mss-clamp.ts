import { z } from 'zod';
import { mssClampDir, mssClampEnableDisable, mssClampGet } from '#lib/vpp/messages/mss-clamp.js';
import { noInterface } from '#lib/vpp/types.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { indexOf, keyByIndex } from './interface-common.js';
import { interfaceKey, nameOf } from './names.js';
import { sequence } from './sequence.js';

const { MSS_CLAMP_DIR_NONE: none, MSS_CLAMP_DIR_RX: rx, MSS_CLAMP_DIR_TX: tx } = mssClampDir.values;
const directions = { in: rx, out: tx, both: rx | tx } as const;

const schema = z
  .strictObject({
    interface: interfaceKey,
    /** Largest segment in bytes that a SYN may announce; absent: left as it is. 65535 is VPP's "none". */
    ip4: z.int().min(1).max(65534).optional(),
    ip6: z.int().min(1).max(65534).optional(),
    /** Of the packets: `in` came in on the interface, `out` leave by it. */
    direction: z.enum(['in', 'out', 'both']).default('both'),
  })
  .refine((clamp) => clamp.ip4 !== undefined || clamp.ip6 !== undefined, { message: 'ip4, ip6 or both' });
export type MssClampSpec = z.infer<typeof schema>;

const keyOf = (iface: string) => `mss-clamp/${nameOf(iface)}`;

function set(ctx: KindContext, iface: string, clamp: Partial<MssClampSpec>) {
  const direction = directions[clamp.direction ?? 'both'];
  return ctx.vpp.call(mssClampEnableDisable, {
    sw_if_index: indexOf(ctx, iface),
    ipv4_mss: clamp.ip4 ?? 0,
    ipv6_mss: clamp.ip6 ?? 0,
    ipv4_direction: clamp.ip4 === undefined ? none : direction,
    ipv6_direction: clamp.ip6 === undefined ? none : direction,
  });
}

const directionOf = (value: number): MssClampSpec['direction'] => (value === rx ? 'in' : value === tx ? 'out' : 'both');

/** Limits the segment size that TCP announces through an interface (`mss_clamp_enable_disable`). */
export const mssClamp = resource<MssClampSpec, null, z.input<typeof schema>>({
  kind: 'mss-clamp',
  schema,
  optional: [mssClampEnableDisable, mssClampGet],
  key: (spec) => keyOf(spec.interface),
  needs: (spec) => [spec.interface],
  async read(ctx) {
    const interfaces = keyByIndex(ctx);
    const found = new Map<string, Found<MssClampSpec, null>>();
    for (const row of await ctx.vpp.stream(mssClampGet, { cursor: 0, sw_if_index: noInterface })) {
      const iface = interfaces.get(row.sw_if_index);
      if (iface === undefined) continue;
      const spec = {
        interface: iface,
        ...(row.ipv4_direction !== none && { ip4: row.ipv4_mss }),
        ...(row.ipv6_direction !== none && { ip6: row.ipv6_mss }),
        direction: directionOf(row.ipv4_direction | row.ipv6_direction),
      };
      found.set(keyOf(iface), { spec, handle: null, ours: true });
    }
    return found;
  },
  /** Off first: on a reused interface index VPP believes the clamp to be there already. */
  async create(ctx, spec) {
    await sequence([
      { act: () => set(ctx, spec.interface, {}), revert: async () => {} },
      { act: () => set(ctx, spec.interface, spec), revert: async () => {} },
    ]);
    return null;
  },
  async update(ctx, _handle, _from, to) {
    await set(ctx, to.interface, to);
    return null;
  },
  async remove(ctx, _handle, spec) {
    await set(ctx, spec.interface, {});
  },
});
