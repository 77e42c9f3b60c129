import type { PoolConfig } from '../config.js';
import { addressRange, prefixRange } from './address-text.js';
import { type AddressRange, cutRanges, Pool } from './pool.js';

const parsed = (texts: readonly string[]): AddressRange[] =>
  texts.map(addressRange).filter((range) => range !== undefined);

type Ranges = Pick<PoolConfig, 'prefix' | 'ranges' | 'exclude'>;

/** Without ranges it is the prefix without its network and broadcast addresses. */
function rangesOf({ prefix, ranges, exclude }: Ranges): AddressRange[] {
  const whole = prefixRange(prefix) ?? [0, -1];
  const inner: AddressRange = whole[1] - whole[0] > 2 ? [whole[0] + 1, whole[1] - 1] : whole;
  return cutRanges(ranges === undefined ? [inner] : parsed(ranges), parsed(exclude));
}

/** Pools of the configuration. */
export function poolsOf(configs: readonly PoolConfig[]): Pool[] {
  return configs.map((config) => {
    const { name, vrf, overflow } = config;
    return new Pool({ name, ranges: rangesOf(config), vrf, overflow });
  });
}

const common = (a: readonly AddressRange[], b: readonly AddressRange[]): boolean =>
  a.some(([first, last]) => b.some(([from, to]) => first <= to && from <= last));

/** Names of two pools that would give the same address in one VRF, and the place of the second. */
export function overlapping(configs: readonly (Ranges & Pick<PoolConfig, 'name' | 'vrf'>)[]) {
  return configs.flatMap((second, at) =>
    configs.slice(0, at).flatMap((first) => {
      const apart = first.vrf !== undefined && second.vrf !== undefined && first.vrf !== second.vrf;
      if (apart || !common(rangesOf(first), rangesOf(second))) return [];
      return [[first.name, second.name, at] as const];
    }),
  );
}
