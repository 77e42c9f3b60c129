/** VPP takes a spread whose error is at most this part of the buckets (`multipath_next_hop_error_tolerance`). */
const tolerance = 0.1;
/** `LB_MAX_BUCKETS`. */
export const maxBuckets = 8192;

/**
 * The shares of the load that VPP gives to paths of these weights (each >= 1): it fills a power of two of buckets,
 * the smallest one whose rounding error is small enough (vnet/dpo load_balance, multi-path normalisation).
 */
export function shares(weights: readonly number[]): number[] {
  if (weights.length === 0) return [];
  const sum = total(weights);
  const order = weights.map((weight, index) => ({ weight, index })).sort((a, b) => b.weight - a.weight);
  for (let buckets = 2 ** Math.ceil(Math.log2(weights.length)); ; buckets *= 2) {
    const { filled, error } = fill(order, sum, buckets);
    if (error > tolerance * buckets && buckets < maxBuckets) continue;
    return weights.map((_, index) => (filled.get(index) ?? 0) / buckets);
  }
}

function fill(order: readonly { weight: number; index: number }[], sum: number, buckets: number) {
  const filled = new Map<number, number>();
  let left = buckets;
  let error = 0;
  for (const { weight, index } of order) {
    const exact = weight * (buckets * (1 / sum));
    const rounded = Math.min(Math.round(exact), left);
    left -= rounded;
    error += rounded === 0 ? buckets : Math.abs(exact - rounded);
    filled.set(index, rounded);
  }
  const heaviest = order[0]?.index ?? 0;
  filled.set(heaviest, (filled.get(heaviest) ?? 0) + left);
  return { filled, error };
}

/** A share that misses by less is as good as exact. */
const near = 0.01;
/** Buckets of a set of weights that comes out exactly: few are better, and more are taken only for many paths. */
const [usual, most] = [64, 256];
const largestWeight = 255;

const total = (weights: readonly number[]): number => weights.reduce((sum, weight) => sum + weight, 0);

/** How far the shares that VPP makes of `weights` are from what they should be, at worst. */
export function shareError(weights: readonly number[], wanted: readonly number[]): number {
  const sum = total(wanted);
  return Math.max(0, ...shares(weights).map((share, index) => Math.abs(share - (wanted[index] ?? 0) / sum)));
}

/** The part of the load that VPP sends another way than these weights say. */
export function movedShare(weights: readonly number[]): number {
  const sum = total(weights);
  return shares(weights).reduce((moved, share, index) => moved + Math.abs(share - (weights[index] ?? 0) / sum) / 2, 0);
}

/**
 * Whether weights may not be sent to VPP: it would round as much as its tolerance lets it, a tenth of the buckets, so that a
 * twentieth of the load goes another way than they say, or a path would get none. Equal weights say nothing but "all alike".
 */
export function roundsAway(weights: readonly number[]): boolean {
  if (shares(weights).some((share) => share === 0)) return true;
  return weights.some((weight) => weight !== weights[0]) && movedShare(weights) > tolerance / 2 - 1e-9;
}

/** The weights that VPP gives exactly their shares, nearest to those of `wanted`; undefined when there are none of so many paths. */
export function exactWeights(wanted: readonly number[]): number[] | undefined {
  let best: { weights: number[]; error: number } | undefined;
  for (let buckets = 2; buckets <= (best ? usual : most); buckets *= 2) {
    const weights = apportioned(wanted, buckets);
    if (!weights || shareError(weights, weights) > 1e-9) continue;
    const error = shareError(weights, wanted);
    if (!best || error < best.error) best = { weights, error };
    if (error <= near) break;
  }
  return best?.weights;
}

/** So many buckets for the paths, one at least each, what is over for those that come off worst; undefined: they are too few. */
function apportioned(wanted: readonly number[], buckets: number): number[] | undefined {
  const sum = total(wanted);
  const due = wanted.map((weight) => (weight / sum) * buckets);
  const weights = due.map((exact) => Math.max(1, Math.floor(exact)));
  for (let left = buckets - total(weights); left > 0; left--) {
    const lacks = due.map((exact, index) => exact - (weights[index] ?? 0));
    const worst = lacks.indexOf(Math.max(...lacks));
    weights[worst] = (weights[worst] ?? 0) + 1;
  }
  return total(weights) === buckets && Math.max(...weights) <= largestWeight ? weights : undefined;
}

/**
 * Weights that VPP rounds to shares near to those of `wanted`, never such as `roundsAway`: `wanted` itself when that is near
 * enough, otherwise the nearest that come out exactly (70 and 30 become 11 and 5: 68.75 % instead of the 75 % that VPP makes of them).
 */
export function weightsFor(wanted: readonly number[]): number[] {
  const error = shareError(wanted, wanted);
  const exact = error > near || roundsAway(wanted) ? exactWeights(wanted) : undefined;
  return exact && (roundsAway(wanted) || shareError(exact, wanted) < error) ? exact : [...wanted];
}
