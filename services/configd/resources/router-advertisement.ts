import { z } from 'zod';
import { swInterfaceIp6ndRaConfig, swInterfaceIp6ndRaDump } from '#lib/vpp/messages/ip6-nd.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { indexOf, keyByIndex } from './interface-common.js';
import { ip6Interfaces, ip6Key } from './ip6.js';
import { interfaceKey, nameOf } from './names.js';
import { type Reversible, sequence } from './sequence.js';

/** VPP's own values, which RFC 4861 section 6.2.1 gives as well, its least interval aside. */
export const raDefaults = {
  maxIntervalS: 200,
  minIntervalS: 150,
  lifetimeS: 600,
  initialCount: 3,
  initialIntervalS: 16,
} as const;

const schema = z.strictObject({
  interface: interfaceKey,
  /** `false`: IPv6 is on, but routers' solicitations are not answered and nothing is advertised. */
  send: z.boolean().default(true),
  /** M: addresses by DHCPv6. */
  managed: z.boolean().default(false),
  /** O: other configuration by DHCPv6. */
  other: z.boolean().default(false),
  /** The router's MAC in each advertisement. */
  linkLayerOption: z.boolean().default(true),
  /** Solicited advertisements go to the asker alone. */
  unicast: z.boolean().default(false),
  maxIntervalS: z.int().min(4).max(1800).default(raDefaults.maxIntervalS),
  minIntervalS: z.int().min(3).max(1350).default(raDefaults.minIntervalS),
  /** 0: no default router; otherwise more than `maxIntervalS`. */
  lifetimeS: z.int().min(0).max(9000).default(raDefaults.lifetimeS),
  initialCount: z.int().min(1).max(3).default(raDefaults.initialCount),
  initialIntervalS: z.int().min(1).max(16).default(raDefaults.initialIntervalS),
});
export type RouterAdvertisementSpec = z.infer<typeof schema>;

const keyOf = (iface: string) => `router-advertisement/${nameOf(iface)}`;

const nothing = {
  ...{ suppress: 0, managed: 0, other: 0, ll_option: 0, send_unicast: 0, cease: 0, default_router: 0, is_no: false },
  ...{ max_interval: 0, min_interval: 0, lifetime: 0, initial_count: 0, initial_interval: 0 },
};
const everything = {
  ...{ managed: 1, other: 1, ll_option: 1, send_unicast: 1, cease: 1, default_router: 1, is_no: true },
  ...{ max_interval: 1, min_interval: 1, lifetime: 1, initial_count: 1, initial_interval: 1 },
};

const send = (ctx: KindContext, iface: string, fields: Partial<typeof nothing>) =>
  ctx.vpp.call(swInterfaceIp6ndRaConfig, { ...nothing, ...fields, sw_if_index: indexOf(ctx, iface) });

/** VPP only ever adds what a message names: everything to its default first, then what is wanted. */
const put = (ctx: KindContext, spec: RouterAdvertisementSpec): Promise<void> =>
  sequence([
    { act: () => send(ctx, spec.interface, everything), revert: () => silence(ctx, spec.interface) },
    { act: () => send(ctx, spec.interface, wantedFields(spec)), revert: async () => {} },
  ]);

const wantedFields = (spec: RouterAdvertisementSpec) => ({
  suppress: spec.send ? 0 : 1,
  managed: Number(spec.managed),
  other: Number(spec.other),
  ll_option: Number(!spec.linkLayerOption),
  send_unicast: Number(spec.unicast),
  default_router: 1,
  max_interval: spec.maxIntervalS,
  min_interval: spec.minIntervalS,
  lifetime: spec.lifetimeS,
  initial_count: spec.initialCount,
  initial_interval: spec.initialIntervalS,
});

/** Any message starts advertising again, unless it says `suppress`. */
const silence = (ctx: KindContext, iface: string) => send(ctx, iface, { suppress: 1 });

function takeBack(ctx: KindContext, spec: RouterAdvertisementSpec): Reversible[] {
  return [
    { act: () => send(ctx, spec.interface, everything), revert: () => put(ctx, spec) },
    { act: () => silence(ctx, spec.interface), revert: async () => {} },
  ];
}

/** What an interface with IPv6 has when nothing was configured. */
const isSilentDefault = (spec: RouterAdvertisementSpec): boolean =>
  !spec.send && JSON.stringify(spec) === JSON.stringify(schema.parse({ interface: spec.interface, send: false }));

/** Router advertisements of an interface (`sw_interface_ip6nd_ra_config`), RFC 4861 section 6.2.1. */
export const routerAdvertisement = resource<RouterAdvertisementSpec, null, z.input<typeof schema>>({
  kind: 'router-advertisement',
  schema,
  optional: [swInterfaceIp6ndRaDump, swInterfaceIp6ndRaConfig],
  key: (spec) => keyOf(spec.interface),
  needs: (spec) => [spec.interface, ip6Key(spec.interface)],
  async read(ctx, wanted) {
    const interfaces = keyByIndex(ctx);
    const found = new Map<string, Found<RouterAdvertisementSpec, null>>();
    for (const row of await ip6Interfaces(ctx)) {
      const iface = interfaces.get(row.sw_if_index);
      if (iface === undefined) continue;
      const spec: RouterAdvertisementSpec = {
        interface: iface,
        send: row.send_radv,
        managed: row.adv_managed_flag,
        other: row.adv_other_flag,
        linkLayerOption: row.adv_link_layer_address,
        unicast: row.send_unicast,
        maxIntervalS: row.max_radv_interval,
        minIntervalS: row.min_radv_interval,
        lifetimeS: row.adv_router_lifetime,
        initialCount: row.initial_adverts_count,
        initialIntervalS: row.initial_adverts_interval,
      };
      const asWanted = wanted.get(keyOf(iface));
      if ((asWanted && isSilentDefault(asWanted)) || !isSilentDefault(spec))
        found.set(keyOf(iface), { spec, handle: null, ours: true });
    }
    return found;
  },
  async create(ctx, spec) {
    await put(ctx, spec);
    return null;
  },
  async update(ctx, _handle, _from, to) {
    await put(ctx, to);
    return null;
  },
  remove: (ctx, _handle, spec) => sequence(takeBack(ctx, spec)),
});
