import type { Resource } from '../reconcile/resource.js';
import { nextHop } from '../resources/next-hop.js';
import { type RoutePath, route } from '../resources/route.js';
import { inVrf, keyNamed } from './keys.js';
import type { Model } from './model.js';
import type { NextHopConfig, RouteConfig } from './schema.js';

type Hop = RouteConfig['via'][number];

export const compileRoutes = (model: Model): Resource[] =>
  model.document.routes.map(({ prefix, vrf, via, drop, unreachable, prohibit }) =>
    route.of({
      ...inVrf(vrf),
      prefix,
      drop: drop || unreachable || prohibit,
      ...(unreachable && { icmp: 'unreachable' }),
      ...(prohibit && { icmp: 'prohibit' }),
      paths: via.map((hop) => pathOf(model, vrf, hop)),
    }),
  );

/** A path of a route in a VRF, as written or to its watched next hop. */
export function pathOf(model: Model, vrf: string, hop: Hop): RoutePath {
  const { weight, minWeight, preference } = hop;
  const way = wayOf(model, vrf, hop);
  return {
    ...(way.address !== undefined && { via: way.address }),
    ...(way.interface !== undefined && { interface: keyNamed(model, way.interface) }),
    ...(way.vrf !== undefined && { lookupIn: inVrf(way.vrf).vrf ?? 'default' }),
    weight,
    preference,
    ...(hop.nextHop !== undefined && { nextHop: hop.nextHop }),
    ...(minWeight !== undefined && { minWeight }),
  };
}

/** Where a path leads: as written, or as its watched next hop says. The route's own VRF is not mentioned. */
function wayOf({ document }: Model, routeVrf: string, hop: Hop): Pick<Hop, 'address' | 'interface' | 'vrf'> {
  const watched = hop.nextHop === undefined ? undefined : document.nextHops[hop.nextHop];
  if (!watched) return hop;
  const { address, interface: out, vrf = 'default' } = watched;
  return out === undefined && vrf !== routeVrf ? { address, vrf } : { address, interface: out };
}

export const compileNextHops = (model: Model): Resource[] =>
  Object.entries(model.document.nextHops).map(([name, { address, interface: out, vrf, probe }]) =>
    nextHop.of({
      name,
      address,
      ...(out !== undefined ? { interface: keyNamed(model, out) } : inVrf(vrf ?? 'default')),
      probe: { ...probe, timeoutMs: timeoutOf(probe) },
    }),
  );

const longestTimeoutMs = 1000;

/** How long an answer may take. */
export const timeoutOf = ({ intervalMs, timeoutMs }: NextHopConfig['probe']): number =>
  timeoutMs ?? Math.min(intervalMs, longestTimeoutMs);
