import { z } from 'zod';
import { ipRouteAddDel } from '#lib/vpp/messages/ip.js';
import { type KindContext, resource } from '../reconcile/resource.js';
import { ipText, prefixText } from './fields.js';
import { builtinName, interfaceKey, vrfKey, vrfName } from './names.js';
import { encodePaths } from './route-paths.js';
import { readRoutes } from './route-read.js';
import { tableOf } from './vrf.js';

/** One way out of a route or of a policy. */
export const pathSchema = z
  .strictObject({
    /** Next hop. */
    via: ipText.optional(),
    /** Out of this interface; with `via`, to that neighbour on it. */
    interface: interfaceKey.optional(),
    /** Looked up in this VRF instead of the route's own: a VRF key or `default`. */
    lookupIn: z.union([vrfKey, z.literal('default')]).optional(),
    weight: z.int().min(1).max(255).default(1),
    /** 0 is best; higher ones are backups. */
    preference: z.int().min(0).max(255).default(0),
    /** Name of the watched next hop that this is; VPP knows nothing of it. */
    nextHop: z.string().optional(),
    /** The least weight that it may be given when it loses probes; absent: losses change nothing. */
    minWeight: z.int().min(1).max(255).optional(),
  })
  .refine((path) => path.via !== undefined || path.interface !== undefined || path.lookupIn !== undefined, {
    message: 'a path needs via, interface or lookupIn',
  })
  .refine((path) => path.interface === undefined || path.lookupIn === undefined, {
    message: 'interface and lookupIn exclude each other',
  });

const schema = z
  .strictObject({
    /** The VRF it is in; absent: default. */
    vrf: vrfKey.optional(),
    /** Without host bits. */
    prefix: prefixText,
    paths: z.array(pathSchema).max(64).default([]),
    drop: z.boolean().default(false),
    /** What the sender of a dropped packet is told; absent: nothing. */
    icmp: z.enum(['unreachable', 'prohibit']).optional(),
  })
  .refine((route) => route.drop !== route.paths.length > 0, { message: 'either paths or drop' })
  .refine((route) => route.drop || route.icmp === undefined, { message: 'icmp is for dropped packets' });
export type RouteSpec = z.infer<typeof schema>;
export type RoutePath = RouteSpec['paths'][number];

export const routeKey = (spec: Pick<RouteSpec, 'vrf' | 'prefix'>): string =>
  `route/${vrfName(spec.vrf)}/${spec.prefix}`;

/** Keys of what a path goes through. */
export function pathNeeds(path: RoutePath, vrf: string | undefined): string[] {
  const table = path.lookupIn !== undefined && path.lookupIn !== 'default' ? [path.lookupIn] : [];
  if (path.interface === undefined) return table;
  const binding = vrf === undefined ? [] : [`interface-vrf/${path.interface.slice(path.interface.indexOf('/') + 1)}`];
  return [path.interface, ...binding];
}

/** The VRF that the interfaces of its paths are in; tables of our own have none. */
const boundIn = ({ vrf }: RouteSpec): string | undefined =>
  vrf !== undefined && builtinName.safeParse(vrfName(vrf)).success ? undefined : vrf;

/** Whether two sets of paths are the same, in any order. */
export const samePaths = (a: Paths, b: Paths): boolean => canonical(a) === canonical(b);

/** What a route does; a policy never answers by ICMP. */
export type Paths = Pick<RouteSpec, 'paths' | 'drop'> & { readonly icmp?: RouteSpec['icmp'] };

const canonical = (spec: Paths) =>
  JSON.stringify([
    spec.drop,
    spec.icmp,
    spec.paths.map((p) => [p.via, p.interface, p.lookupIn, p.weight, p.preference].join()).sort(),
  ]);

/** Replaces all paths of the prefix: idempotent, and the only way VPP takes a changed weight. */
async function put(ctx: KindContext, spec: RouteSpec): Promise<null> {
  const route = {
    table_id: tableOf(ctx, spec.vrf),
    stats_index: 0,
    prefix: spec.prefix,
    paths: encodePaths(ctx, spec),
  };
  await ctx.vpp.call(ipRouteAddDel, { is_add: true, is_multipath: false, route });
  return null;
}

/** A static route, also a subscriber's /32 on its line (`ip_route_add_del`). */
export const route = resource<RouteSpec, null, z.input<typeof schema>>({
  kind: 'route',
  schema,
  key: routeKey,
  needs: (spec) => [
    ...new Set([...(spec.vrf ? [spec.vrf] : []), ...spec.paths.flatMap((p) => pathNeeds(p, boundIn(spec)))]),
  ],
  equal: samePaths,
  read: readRoutes,
  create: put,
  update: (ctx, _handle, _from, to) => put(ctx, to),
  async remove(ctx, _handle, spec) {
    const route = { table_id: tableOf(ctx, spec.vrf), stats_index: 0, prefix: spec.prefix, paths: [] };
    await ctx.vpp.call(ipRouteAddDel, { is_add: false, is_multipath: false, route });
  },
});
