/** VPP takes a spread whose error is at most this part of the buckets. */
const tolerance = 0.1;
const maxBuckets = 65_536;

/**
 * The shares of the load that VPP gives to paths of these weights (each >= 1): it fills a power of two of buckets,
 * the smallest one whose rounding error is small enough (vnet/dpo load_balance, multi-path normalisation).
 */
export function shares(weights: readonly number[]): number[] {
  if (weights.length === 0) return [];
  const sum = weights.reduce((total, weight) => total + weight, 0);
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
const exact = 0.01;
const finest = 64;

/** How far the shares that VPP makes of `weights` are from what they should be, at worst. */
export function shareError(weights: readonly number[], wanted: readonly number[]): number {
  const sum = wanted.reduce((total, weight) => total + weight, 0);
  return Math.max(0, ...shares(weights).map((share, index) => Math.abs(share - (wanted[index] ?? 0) / sum)));
}

/**
 * Weights that VPP rounds to shares as near as can be to those of `wanted`: `wanted` itself when that is near enough, otherwise
 * the best that fill 2 to 64 buckets (70 and 30 become 11 and 5: 68.75 % instead of the 75 % that VPP makes of 70 and 30).
 */
export function weightsFor(wanted: readonly number[]): number[] {
  const sum = wanted.reduce((total, weight) => total + weight, 0);
  let best = { weights: [...wanted], error: shareError(wanted, wanted) };
  for (let buckets = 2; best.error > exact && buckets <= finest; buckets *= 2) {
    const weights = wanted.map((weight) => Math.max(1, Math.round((weight / sum) * buckets)));
    const error = shareError(weights, wanted);
    if (error < best.error) best = { weights, error };
  }
  return best.weights;
}
