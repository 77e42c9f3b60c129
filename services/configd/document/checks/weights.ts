import { groupBy } from '../group-by.js';
import { advice, type Path, type Problem, refusedAnew } from '../problem.js';
import { exactWeights, maxBuckets, roundsAway, shares, weightsFor } from '../weights.js';

interface Weighted {
  readonly weight: number;
  readonly preference: number;
}

interface Group {
  /** Positions in "via". */
  readonly places: readonly number[];
  readonly weights: readonly number[];
}

/**
 * VPP spreads the paths of one preference over a power of two of buckets. Refused when a twentieth of the load or more goes another
 * way than the weights say; told when a share moves by more than half a percent. `path` is that of the list.
 */
export function checkWeights(via: readonly Weighted[], path: Path): Problem[] {
  return [...groupBy(via.entries(), ([, hop]) => hop.preference).values()].flatMap((members) => {
    const group = { places: members.map(([index]) => index), weights: members.map(([, hop]) => hop.weight) };
    return roundsAway(group.weights) ? [refusal(group, path)] : advices(group, path);
  });
}

/** One for all paths of the group, at the weight that VPP would change most. */
function refusal({ places, weights }: Group, path: Path): Problem {
  const [wanted, real] = [exactShares(weights), shares(weights)];
  const errors = real.map((share, at) => Math.abs(share - (wanted[at] ?? 0)));
  const none = real.indexOf(0);
  const worst = none >= 0 ? none : errors.findIndex((error) => error > Math.max(...errors) - 1e-9);
  const exact = exactWeights(weights);
  const instead = exact && `; write ${listed(exact)}, which come out exactly: ${percents(shares(exact))}`;
  const what =
    none >= 0
      ? `weight ${weights[none]} is too little for one of the ${maxBuckets} buckets of VPP, no packet would go there`
      : `VPP would make ${percents(real)} of the weights ${listed(weights)}, which say ${percents(wanted)}`;
  return refusedAnew([...path, places[worst] ?? 0, 'weight'], what + (instead ?? ''));
}

function advices({ places, weights }: Group, path: Path): Problem[] {
  const [wanted, real] = [exactShares(weights), shares(weights)];
  const better = weightsFor(weights);
  const spread = shares(better);
  return weights.flatMap((weight, at) => {
    const [due = 0, got = 0] = [wanted[at], real[at]];
    if (Math.abs(due - got) <= 0.005) return [];
    const nearer =
      better[at] === weight ? '' : `; with weights ${better.join(' : ')} it is ${percent(spread[at] ?? 0)}`;
    const message = `weight ${weight} is ${percent(due)}, VPP rounds it to ${percent(got)}${nearer}`;
    return [advice([...path, places[at] ?? 0, 'weight'], message)];
  });
}

function exactShares(weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;

const itemsShown = 8;
const listed = (items: readonly (number | string)[]): string =>
  items.slice(0, itemsShown).join(' : ') + (items.length > itemsShown ? ' ...' : '');
const percents = (parts: readonly number[]): string =>
  `${listed(parts.map((share) => Math.round(share * 1000) / 10))} %`;
