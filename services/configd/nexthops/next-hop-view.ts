import type { NextHop, NextHopsResponse, SteeredPath, SteeredRoute } from '#gen/bng/v1/configd.js';
import { groupBy } from '../document/group-by.js';
import { shares } from '../document/weights.js';
import { nameOf, vrfName } from '../resources/names.js';
import type { RoutePath, RouteSpec } from '../resources/route.js';
import type { WatchedHop } from './next-hop-monitor.js';
import type { NextHopSource } from './next-hop-source.js';
import { carries, holdMs, lossOf } from './next-hop-state.js';
import { isAllOut } from './steered-paths.js';

export interface NextHopViewOptions {
  readonly monitor: { readonly hops: readonly WatchedHop[] } & Pick<NextHopSource, 'healthOf'>;
  readonly steering: { readonly routes: ReadonlyMap<string, RouteSpec> };
  /** What VPP holds. */
  readonly recorded: { get(key: string): { readonly resource: { readonly spec: unknown } } | undefined };
}

/** Next hops and their routes as people see them. */
export class NextHopView {
  constructor(private readonly options: NextHopViewOptions) {}

  get current(): NextHopsResponse {
    return { nextHops: this.hops, routes: this.routes };
  }

  get hops(): NextHop[] {
    return this.options.monitor.hops.map(hopOf);
  }

  /** Next hops that are out, next hops that cannot be probed, routes with nothing left. */
  degraded(): string[] {
    return [...this.hops.flatMap(troubleOf), ...this.routes.filter(({ allOut }) => allOut).map(allOutText)];
  }

  get routes(): SteeredRoute[] {
    const { monitor, steering, recorded } = this.options;
    return [...steering.routes].map(([key, { vrf, prefix, paths }]) => {
      const inVpp = (recorded.get(key)?.resource.spec as RouteSpec | undefined)?.paths ?? [];
      return { vrf: vrfName(vrf), prefix, allOut: isAllOut(paths, monitor), paths: pathsOf(paths, inVpp) };
    });
  }
}

function hopOf({ spec, state, unavailable = '', rttMs = 0 }: WatchedHop): NextHop {
  const { verdict, sinceMs, flaps, worth } = state;
  return {
    name: spec.name,
    address: spec.address,
    interface: spec.interface === undefined ? '' : nameOf(spec.interface),
    vrf: spec.interface === undefined ? vrfName(spec.vrf) : '',
    state: verdict,
    carries: carries(state),
    changedMs: BigInt(sinceMs),
    unprobed: unavailable,
    loss: carries(state) ? lossOf(state) : Number(verdict === 'down'),
    rttMs,
    flaps,
    returnsMs: verdict === 'held' ? BigInt(sinceMs + holdMs(flaps, spec.probe)) : 0n,
    worth,
  };
}

function troubleOf({ name, address, state, unprobed }: NextHop): string[] {
  if (unprobed !== '') return [`next hop ${name} (${address}) cannot be probed: ${unprobed}`];
  if (state === 'down') return [`next hop ${name} (${address}) does not answer`];
  return state === 'held' ? [`next hop ${name} (${address}) answers again and is held`] : [];
}

const allOutText = ({ vrf, prefix }: SteeredRoute): string =>
  `route ${prefix}${vrf === 'default' ? '' : ` in VRF ${vrf}`}: none of its next hops answers, it stays as configured`;

function pathsOf(wanted: readonly RoutePath[], inVpp: readonly RoutePath[]): SteeredPath[] {
  const configured = sharesOf(wanted);
  const now = sharesOf(inVpp);
  return wanted.map((path) => {
    const key = wayOf(path);
    return {
      nextHop: path.nextHop ?? '',
      via: path.via ?? '',
      interface: path.interface === undefined ? '' : nameOf(path.interface),
      weight: path.weight,
      preference: path.preference,
      weightNow: inVpp.find((one) => wayOf(one) === key)?.weight ?? 0,
      share: configured.get(key) ?? 0,
      shareNow: now.get(key) ?? 0,
    };
  });
}

const wayOf = ({ via, interface: out, lookupIn, preference }: RoutePath): string =>
  [via, out, lookupIn, preference].join(' ');

/** Shares by way: the paths of the best preference have them all. */
function sharesOf(paths: readonly RoutePath[]): Map<string, number> {
  const groups = groupBy(paths, ({ preference }) => preference);
  const best = groups.get(Math.min(...groups.keys())) ?? [];
  const parts = shares(best.map(({ weight }) => weight));
  return new Map(best.map((path, index) => [wayOf(path), parts[index] ?? 0]));
}
