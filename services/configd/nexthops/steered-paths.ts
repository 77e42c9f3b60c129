import { groupBy } from '../document/group-by.js';
import { weightsFor } from '../document/weights.js';
import type { RoutePath, RouteSpec } from '../resources/route.js';
import type { NextHopSource } from './next-hop-source.js';

/** Whether a route has a next hop that is watched. */
export const isSteered = ({ paths }: Pick<RouteSpec, 'paths'>): boolean =>
  paths.some(({ nextHop }) => nextHop !== undefined);

type Healths = Pick<NextHopSource, 'healthOf'>;

/**
 * The paths that a route shall have now: without the next hops that are out, with the weights that the others are worth.
 * When all of them are out, all stay: there is nothing better to send packets to. Untouched, the same array comes back.
 */
export function steeredPaths(paths: readonly RoutePath[], source: Healths): readonly RoutePath[] {
  const alive = paths.filter((path) => isUsable(path, source));
  if (alive.length === 0) return paths;
  const worths = new Map(alive.map((path) => [path, weightOf(path, source)]));
  if (alive.length === paths.length && alive.every((path) => worths.get(path) === path.weight)) return paths;
  const groups = [...groupBy(alive, ({ preference }) => preference).values()];
  const weights = new Map<RoutePath, number>();
  for (const group of groups) {
    const written = weightsFor(group.map((path) => worths.get(path) ?? path.weight));
    group.forEach((path, index) => void weights.set(path, written[index] ?? 1));
  }
  return alive.map((path) => ({ ...path, weight: weights.get(path) ?? path.weight }));
}

/** Whether all the watched next hops of a route are out, so that it is left as configured. */
export const isAllOut = (paths: readonly RoutePath[], source: Healths): boolean =>
  paths.length > 0 && !paths.some((path) => isUsable(path, source));

const healthOf = ({ nextHop }: RoutePath, source: Healths) =>
  nextHop === undefined ? undefined : source.healthOf(nextHop);

const isUsable = (path: RoutePath, source: Healths): boolean => healthOf(path, source)?.usable ?? true;

/** What it is worth, within the limits of the configuration: from `minWeight` to `weight`. */
function weightOf(path: RoutePath, source: Healths): number {
  const worth = healthOf(path, source)?.worth ?? 1;
  return Math.max(path.minWeight ?? path.weight, Math.round(path.weight * worth));
}
