import { z } from 'zod';
import { urpfInterfaceDump, urpfMode, urpfUpdateV2 } from '#lib/vpp/messages/urpf.js';
import { addressFamily, anyIndex, noInterface } from '#lib/vpp/types.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { request, type Script } from '../reconcile/script.js';
import { foundVrf, indexOf, keyByIndex } from './interface-common.js';
import { interfaceKey, nameOf, onInterface, vrfKey } from './names.js';

const schema = z.strictObject({
  interface: interfaceKey,
  family: z.enum(['ip4', 'ip6']),
  /** `strict`: the source's route must lead back to this interface. */
  mode: z.enum(['strict', 'loose']),
  /** The interface's VRF; absent: default. */
  vrf: vrfKey.optional(),
});
export type UrpfSpec = z.infer<typeof schema>;

const { URPF_API_MODE_OFF: off, URPF_API_MODE_LOOSE: loose, URPF_API_MODE_STRICT: strict } = urpfMode.values;
const families = { ip4: addressFamily.values.ADDRESS_IP4, ip6: addressFamily.values.ADDRESS_IP6 };
const keyOf = (spec: Pick<UrpfSpec, 'interface' | 'family'>) => `urpf/${nameOf(spec.interface)}/${spec.family}`;

const set = (ctx: KindContext, spec: UrpfSpec, mode: number) =>
  request(urpfUpdateV2, {
    is_input: true,
    mode,
    af: families[spec.family],
    sw_if_index: indexOf(ctx, spec.interface),
    table_id: anyIndex,
  });

/** Off first: on a reused interface index VPP believes the mode to be set already. Off again when one of both fails. */
function put(ctx: KindContext, spec: UrpfSpec): Script<null> {
  const clear = set(ctx, spec, off);
  return { requests: [clear, set(ctx, spec, spec.mode === 'strict' ? strict : loose)], back: [clear], handle: null };
}

/** Source check of what comes in (`urpf_update_v2`). */
export const urpf = resource<UrpfSpec, null>({
  kind: 'urpf',
  schema,
  key: keyOf,
  needs: (spec) => onInterface(spec.interface, spec.vrf),
  async read(ctx) {
    const interfaces = keyByIndex(ctx);
    const found = new Map<string, Found<UrpfSpec, null>>();
    for (const row of await ctx.vpp.dump(urpfInterfaceDump, { sw_if_index: noInterface })) {
      const iface = interfaces.get(row.sw_if_index);
      if (iface === undefined || !row.is_input || row.mode === off) continue;
      const vrf = foundVrf(ctx, iface);
      const family = row.af === families.ip4 ? ('ip4' as const) : ('ip6' as const);
      const mode = row.mode === strict ? ('strict' as const) : ('loose' as const);
      const spec = { interface: iface, family, mode, ...vrf };
      found.set(keyOf(spec), { spec, handle: null, ours: true });
    }
    return found;
  },
  create: put,
  update: (ctx, _handle, _from, to) => put(ctx, to),
  updatable: (from, to) => from.interface === to.interface && from.vrf === to.vrf,
  remove: (ctx, _handle, spec) => ({ requests: [set(ctx, spec, off)], handle: null }),
});
