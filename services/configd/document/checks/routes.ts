import type { Model } from '../model.js';
import { contains, parseAddress, parsePrefix } from '../prefix.js';
import { advice, mistake, type Path, type Problem } from '../problem.js';
import type { RouteConfig } from '../schema.js';
import { vrfMissing } from './references.js';
import { checkUnwatched, checkWatched } from './watched-hop.js';
import { checkWeights } from './weights.js';

type Hop = RouteConfig['via'][number];

/** Routes twice, routes that lead nowhere, next hops that cannot be, weights that VPP rounds. */
export function checkRoutes(model: Model): Problem[] {
  const first = new Map<string, number>();
  return model.document.routes.flatMap((route, index) => {
    const path: Path = ['routes', index];
    const key = `${route.vrf} ${route.prefix}`;
    const earlier = first.get(key);
    if (earlier !== undefined) {
      const message = `${route.prefix} already stands in routes[${earlier}]; several next hops go into one "via"`;
      return [mistake([...path, 'prefix'], message)];
    }
    first.set(key, index);
    return checkRoute(model, route, path);
  });
}

function checkRoute(model: Model, route: RouteConfig, path: Path): Problem[] {
  const [drops, another] = (['drop', 'unreachable', 'prohibit'] as const).filter((word) => route[word]);
  if (another) return [mistake([...path, another], `a route has one of "${drops}" and "${another}", not both`, true)];
  if (drops && route.via.length > 0)
    return [mistake([...path, 'via'], 'a route either drops or has next hops, not both', true)];
  if (!drops && route.via.length === 0)
    return [mistake(path, 'where to? write "via" with a next hop, or "drop: true"')];
  const hops = route.via.flatMap((hop, index) => checkHop(model, route, hop, [...path, 'via', index]));
  return [...hops, ...checkRepeatedHops(route, path), ...checkWeights(route.via, [...path, 'via'])];
}

function checkHop(model: Model, route: RouteConfig, hop: Hop, path: Path): Problem[] {
  if (hop.nextHop !== undefined) return checkWatchedPath(model, route, hop, hop.nextHop, path);
  const moved = checkUnwatched(hop, path);
  if (moved.length > 0) return moved;
  const out = hop.interface === undefined ? undefined : model.interfaces.get(hop.interface);
  if (hop.vrf !== undefined && hop.interface !== undefined)
    return [mistake([...path, 'vrf'], 'an interface has its VRF already; write either "interface" or "vrf"', true)];
  if (hop.address === undefined) {
    if (hop.vrf === route.vrf)
      return [mistake([...path, 'vrf'], `the packet comes from VRF ${hop.vrf}: it would be looked up there for ever`)];
    if (hop.interface === undefined && hop.vrf === undefined)
      return [mistake(path, 'where to? write an address, an interface or both, a VRF, or a nextHop')];
    return elsewhere(model, route, hop.interface, [...path, 'interface']);
  }
  const next = parseAddress(hop.address);
  const prefix = parsePrefix(route.prefix);
  if (!next || !prefix) return [];
  if (next.family !== prefix.family)
    return [
      mistake(
        [...path, 'address'],
        `${hop.address} is IPv${next.family}, the route ${route.prefix} is IPv${prefix.family}`,
      ),
    ];
  if (!out) return [];
  const other = elsewhere(model, route, out.name, [...path, 'interface']);
  if (other.length > 0) return other;
  const own = out.addresses.find((at) => at.prefix.family === next.family && at.prefix.address === next.address);
  if (own) return [mistake([...path, 'address'], `${hop.address} is the address of "${out.name}" itself, no next hop`)];
  const networks = out.addresses.filter((at) => at.prefix.family === next.family);
  if (networks.length === 0 || networks.some((at) => contains(at.prefix, next.family, next.address))) return [];
  const known = networks.map((at) => at.text).join(', ');
  return [advice([...path, 'address'], `${hop.address} is in no network of "${out.name}" (${known})`)];
}

/** A mistake when packets of the route would leave by an interface of another VRF. */
function elsewhere(model: Model, route: RouteConfig, name: string | undefined, path: Path): Problem[] {
  const vrf = name === undefined ? undefined : model.interfaces.get(name)?.config.vrf;
  // A VRF that does not exist is told where it is named.
  if (vrf === undefined || vrf === route.vrf || vrfMissing(model, vrf, path).length > 0) return [];
  const advised = `write the next hop with "vrf: ${vrf}" instead of an interface`;
  return [mistake(path, `"${name}" is in VRF ${vrf}, the route in VRF ${route.vrf}; ${advised}`)];
}

/** A path by the name of a watched next hop. */
function checkWatchedPath(model: Model, route: RouteConfig, hop: Hop, name: string, path: Path): Problem[] {
  const problems = checkWatched(model, hop, name, path);
  const watched = model.document.nextHops[name];
  if (problems.length > 0 || !watched) return problems;
  const [of, to] = [parseAddress(watched.address)?.family, parsePrefix(route.prefix)?.family];
  if (of === to) return elsewhere(model, route, watched.interface, [...path, 'nextHop']);
  return [mistake([...path, 'nextHop'], `"${name}" is IPv${of}, the route ${route.prefix} is IPv${to}`)];
}

function checkRepeatedHops(route: RouteConfig, path: Path): Problem[] {
  const seen = new Set<string>();
  return route.via.flatMap((hop, index) => {
    const key = `${hop.nextHop} ${hop.address} ${hop.interface} ${hop.vrf}`;
    if (seen.has(key))
      return [mistake([...path, 'via', index], 'this next hop stands twice; give it more weight instead')];
    seen.add(key);
    return [];
  });
}
