import { z } from 'zod';
import type { Infer } from '#lib/vpp/message.js';
import { swInterfaceIp6ndRaDump, swInterfaceIp6ndRaPrefix } from '#lib/vpp/messages/ip6-nd.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { prefixText } from './fields.js';
import { indexOf, keyByIndex } from './interface-common.js';
import { ip6Interfaces, ip6Key } from './ip6.js';
import { interfaceKey, nameOf } from './names.js';

/** `0xffffffff` on the wire. */
const forever = 0xffffffff;
const lifetimeS = z.int().min(0).max(forever);

const schema = z.strictObject({
  interface: interfaceKey,
  /** Without host bits. */
  prefix: prefixText,
  /** L: hosts reach each other without the router. */
  onLink: z.boolean().default(true),
  /** A: hosts make an address of it. */
  autonomous: z.boolean().default(true),
  /** Both `0xffffffff`, or both less: VPP counts finite ones down until hosts lose the prefix. */
  validS: lifetimeS.default(forever),
  preferredS: lifetimeS.default(forever),
});
export type RaPrefixSpec = z.infer<typeof schema>;

const keyOf = (spec: Pick<RaPrefixSpec, 'interface' | 'prefix'>) =>
  `ra-prefix/${nameOf(spec.interface)}/${spec.prefix}`;

const set = (ctx: KindContext, spec: RaPrefixSpec, is_no: boolean) =>
  ctx.vpp.call(swInterfaceIp6ndRaPrefix, {
    sw_if_index: indexOf(ctx, spec.interface),
    prefix: spec.prefix,
    use_default: false,
    no_advertise: false,
    off_link: false,
    no_autoconfig: !spec.autonomous,
    no_onlink: !spec.onLink,
    is_no,
    val_lifetime: spec.validS,
    pref_lifetime: spec.preferredS,
  });

/** Seconds that are left: VPP takes them off the lifetime itself whenever it advertises. */
const left = (counted: boolean, value: number, expiresS: number): number =>
  counted && expiresS > 0 ? Math.min(value, Math.ceil(expiresS)) : value;

/** What is left of a lifetime counts as the whole while it is more than half of it. */
const shownLifetime = (restS: number, wanted: number | undefined): number =>
  wanted !== undefined && wanted !== forever && restS <= wanted && restS * 2 >= wanted ? wanted : restS;

function specOf(iface: string, row: AdvertisedPrefix, wanted: RaPrefixSpec | undefined): RaPrefixSpec {
  const counted = row.decrement_lifetime_flag;
  const validS = left(counted, row.val_lifetime, row.valid_lifetime_expires);
  const preferredS = left(counted, row.pref_lifetime, row.pref_lifetime_expires);
  return {
    interface: iface,
    prefix: row.prefix,
    onLink: row.onlink_flag,
    autonomous: row.autonomous_flag,
    validS: row.no_advertise ? 0 : shownLifetime(validS, wanted?.validS),
    preferredS: row.no_advertise ? 0 : shownLifetime(preferredS, wanted?.preferredS),
  };
}

type AdvertisedPrefix = Infer<(typeof swInterfaceIp6ndRaDump)['details']>['prefixes'][number];

/**
 * A prefix in an interface's router advertisements (`sw_interface_ip6nd_ra_prefix`); the interface needs no address in it.
 * Finite lifetimes run down in VPP and are asserted again by the audit when half is gone.
 */
export const raPrefix = resource<RaPrefixSpec, null, z.input<typeof schema>>({
  kind: 'ra-prefix',
  schema,
  optional: [swInterfaceIp6ndRaDump, swInterfaceIp6ndRaPrefix],
  key: keyOf,
  needs: (spec) => [spec.interface, ip6Key(spec.interface)],
  async read(ctx, wanted) {
    const interfaces = keyByIndex(ctx);
    const found = new Map<string, Found<RaPrefixSpec, null>>();
    for (const { sw_if_index, prefixes } of await ip6Interfaces(ctx)) {
      const iface = interfaces.get(sw_if_index);
      if (iface === undefined) continue;
      for (const row of prefixes) {
        const key = keyOf({ interface: iface, prefix: row.prefix });
        found.set(key, { spec: specOf(iface, row, wanted.get(key)), handle: null, ours: true });
      }
    }
    return found;
  },
  async create(ctx, spec) {
    await set(ctx, spec, false);
    return null;
  },
  /** Once forever, a prefix of VPP never counts down again: it is made anew then. */
  updatable: (from, to) => from.validS !== forever || to.validS === forever,
  /** The undo of a change to forever comes here as well. */
  async update(ctx, _handle, from, to) {
    if (from.validS === forever && to.validS !== forever) await set(ctx, from, true);
    await set(ctx, to, false);
    return null;
  },
  async remove(ctx, _handle, spec) {
    await set(ctx, spec, true);
  },
});
