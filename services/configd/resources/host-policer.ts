import { z } from 'zod';
import { BngError } from '#lib/kernel/errors.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { type HostFamily, ip4Hosts, ip6Hosts } from './host-family.js';
import type { HostPolicingSpec } from './host-policing.js';
import type { HostTables } from './host-tables.js';
import { nameOf, policerKey } from './names.js';
import type { PolicerHandle } from './policer.js';

export interface HostPolicerSpec {
  /** Key of the table: `host-policing/access.200`. */
  on: string;
  /** What its frames look like. */
  by: 'source' | 'destination';
  tags: number;
  capacity: number;
  address: string;
  policer: string;
}

/** The classifier keeps policer indices in 16 bits, and counts with the last one as none. */
const MAX_INDEX = 0xfffe;

function policerOf(ctx: KindContext, { policer }: HostPolicerSpec): number {
  const { index } = ctx.handle<PolicerHandle>(policer);
  if (index > MAX_INDEX) throw new BngError('exhausted', `policer index ${index} is beyond what a classifier can name`);
  return index;
}

/** The kind for one address family. */
function hostPolicerOf(family: HostFamily) {
  const kind = `host-policer${family.suffix}`;
  const tablesKind = `host-policing${family.suffix}`;
  const schema = z.strictObject({
    on: z.string().regex(new RegExp(`^${tablesKind}/.+$`)),
    by: z.enum(['source', 'destination']),
    tags: z.int().min(0).max(2),
    capacity: z.int(),
    address: family.text,
    policer: policerKey,
  });
  const keyOf = (on: string, address: string) => `${kind}/${nameOf(on)}/${address}`;
  const tables = (ctx: KindContext, { on }: HostPolicerSpec) => ctx.handle<HostTables>(on);

  return resource<HostPolicerSpec, null>({
    kind,
    schema,
    key: (spec) => keyOf(spec.on, spec.address),
    needs: (spec) => [spec.on, spec.policer],
    async read(ctx) {
      const policers = new Map<number, string>();
      for (const [key, { handle }] of ctx.foundOf('policer')) policers.set((handle as PolicerHandle).index, key);
      const found = new Map<string, Found<HostPolicerSpec, null>>();
      for (const [on, { spec, handle }] of ctx.foundOf(tablesKind)) {
        const { by, tags, capacity } = spec as HostPolicingSpec;
        for (const { address, use } of await (handle as HostTables).read(ctx.vpp)) {
          const policer = policers.get(use) ?? `policer/#${use}`;
          found.set(keyOf(on, address), {
            spec: { on, by, tags, capacity, address, policer },
            handle: null,
            ours: true,
          });
        }
      }
      return found;
    },
    async create(ctx, spec) {
      await tables(ctx, spec).add(ctx.vpp, spec.address, [], policerOf(ctx, spec), spec.on);
      return null;
    },
    async update(ctx, _handle, _from, to) {
      await tables(ctx, to).replace(ctx.vpp, to.address, [], policerOf(ctx, to));
      return null;
    },
    updatable: (from, to) => from.on === to.on && from.by === to.by && from.tags === to.tags,
    remove: (ctx, _handle, spec) => tables(ctx, spec).remove(ctx.vpp, spec.address, []),
  });
}

/** One host's policer in such a table (`classify_add_del_session`). The same policer may limit a host in several tables. */
export const hostPolicer = hostPolicerOf(ip4Hosts);
export const hostPolicer6 = hostPolicerOf(ip6Hosts);
