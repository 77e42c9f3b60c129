import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Deterministic generator (mulberry32) so that a failing input can be had again. */
export function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How many hostile inputs a test of a decoder takes: `usual`, or HOSTILE_INPUTS where that is more (`make hostile`). */
export const hostileInputs = (usual: number): number => Math.max(usual, Number(process.env.HOSTILE_INPUTS ?? 0));
/** Time for such a test. */
export const HOSTILE_MS = 300_000;

/** Megabytes by which the heap is larger after `work`, garbage apart. */
export function heapGrowthMb(work: () => void): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const used = () => {
    collect();
    return process.memoryUsage().heapUsed / 2 ** 20;
  };
  const before = used();
  work();
  return used() - before;
}

function randomBytes(length: number, below: (limit: number) => number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = below(256);
  return bytes;
}

/** `count` hostile inputs made of `sample`: truncated, with bytes changed, extended, or wholly random, in turn. */
export function* mutations(sample: Uint8Array, count: number, seed = 1): Generator<Uint8Array> {
  const random = randomSource(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  for (let n = 0; n < count; n++) {
    if (n % 4 === 0) yield sample.slice(0, below(sample.length + 1));
    else if (n % 4 === 1) yield randomBytes(below(sample.length + 32), below);
    else {
      const mutated = new Uint8Array(sample.length + (n % 4 === 2 ? 0 : below(16)));
      mutated.set(sample);
      for (let changes = 1 + below(8); changes > 0; changes--) mutated[below(mutated.length)] = below(256);
      yield mutated;
    }
  }
}
