import type { Model } from '../model.js';
import { mistake, type Path, type Problem } from '../problem.js';
import { didYouMean } from '../suggest.js';

/** A way out of a route or of a policy, as far as watched next hops are concerned. */
interface Hop {
  readonly address?: string | undefined;
  readonly interface?: string | undefined;
  readonly vrf?: string | undefined;
  readonly weight: number;
  readonly minWeight?: number | undefined;
}

/** What is wrong with a way out that names a watched next hop. */
export function checkWatched({ document }: Model, hop: Hop, name: string, path: Path): Problem[] {
  const [beside] = (['address', 'interface', 'vrf'] as const).filter((key) => hop[key] !== undefined);
  if (beside) return [mistake([...path, beside], `nextHops says where "${name}" is; write it there`, true)];
  if (!Object.hasOwn(document.nextHops, name)) {
    const near = didYouMean(name, Object.keys(document.nextHops));
    return [mistake([...path, 'nextHop'], `there is no next hop "${name}"; write it under nextHops${near}`)];
  }
  if (hop.minWeight === undefined || hop.minWeight <= hop.weight) return [];
  return [mistake([...path, 'minWeight'], `minWeight ${hop.minWeight} is more than the weight, ${hop.weight}`)];
}

/** The same for one that names none. */
export function checkUnwatched({ minWeight }: Hop, path: Path): Problem[] {
  if (minWeight === undefined) return [];
  return [mistake([...path, 'minWeight'], 'only the weight of a watched next hop is moved; write "nextHop"', true)];
}
