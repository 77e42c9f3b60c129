import { z } from 'zod';
import { ipNeighborConfig, ipNeighborConfigGet } from '#lib/vpp/messages/ip-neighbor.js';
import { addressFamily } from '#lib/vpp/types.js';
import type { Dataplane } from '../dataplane.js';
import { type Found, resource } from '../reconcile/resource.js';

const schema = z.strictObject({
  family: z.enum(['ip4', 'ip6']),
  /** How many neighbours that were learnt; static ones do not count. */
  limit: z.int().min(1).max(0xffffffff),
  /** A silent neighbour is dropped after so long; 0: never. */
  ageS: z.int().min(0).max(0xffffffff),
  /** At the limit the oldest gives way; otherwise the new one is not learnt. */
  recycle: z.boolean(),
});
export type NeighbourLimitsSpec = z.infer<typeof schema>;

/** VPP's own. */
export const neighbourDefaults = { limit: 50_000, ageS: 0, recycle: false } as const;
const families = { ip4: addressFamily.values.ADDRESS_IP4, ip6: addressFamily.values.ADDRESS_IP6 } as const;

const put = (vpp: Dataplane, spec: NeighbourLimitsSpec) =>
  vpp.call(ipNeighborConfig, {
    af: families[spec.family],
    max_number: spec.limit,
    max_age: spec.ageS,
    recycle: spec.recycle,
  });

const isDefault = ({ limit, ageS, recycle }: NeighbourLimitsSpec): boolean =>
  limit === neighbourDefaults.limit && ageS === neighbourDefaults.ageS && recycle === neighbourDefaults.recycle;

/** Bounds of the box's neighbour table of one family (`ip_neighbor_config`); without it VPP's own hold. */
export const neighbourLimits = resource<NeighbourLimitsSpec, null>({
  kind: 'neighbour-limits',
  schema,
  optional: [ipNeighborConfig, ipNeighborConfigGet],
  key: (spec) => `neighbour-limits/${spec.family}`,
  needs: () => [],
  async read({ vpp }, wanted) {
    const found = new Map<string, Found<NeighbourLimitsSpec, null>>();
    for (const family of ['ip4', 'ip6'] as const) {
      const row = await vpp.ask(ipNeighborConfigGet, { af: families[family] });
      const spec = { family, limit: row.max_number, ageS: row.max_age, recycle: row.recycle };
      const key = `neighbour-limits/${family}`;
      const asWanted = wanted.get(key);
      if ((asWanted && isDefault(asWanted)) || !isDefault(spec))
        found.set(key, { spec, handle: null, ours: wanted.has(key) });
    }
    return found;
  },
  async create({ vpp }, spec) {
    await put(vpp, spec);
    return null;
  },
  async update({ vpp }, _handle, _from, to) {
    await put(vpp, to);
    return null;
  },
  async remove({ vpp }, _handle, { family }) {
    await put(vpp, { family, ...neighbourDefaults });
  },
});
