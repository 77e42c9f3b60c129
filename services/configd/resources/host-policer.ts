import { z } from 'zod';
import { BngError } from '#lib/kernel/errors.js';
import { ip4At } from '#lib/net/address.js';
import { ip4Value, matchKey, matchShape, shownField } from '#lib/policy/frame-match.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { assertRoom, entriesOf, setEntry } from './classifier.js';
import { ip4Text } from './fields.js';
import { type HostPolicingHandle, type HostPolicingSpec, policedField } from './host-policing.js';
import { nameOf, policerKey } from './names.js';
import type { PolicerHandle } from './policer.js';

const schema = z.strictObject({
  /** Key of the table: `host-policing/access.200`. */
  on: z.string().regex(/^host-policing\/.+$/),
  /** What its frames look like. */
  by: z.enum(['source', 'destination']),
  tags: z.int().min(0).max(2),
  capacity: z.int(),
  address: ip4Text,
  policer: policerKey,
});
export type HostPolicerSpec = z.infer<typeof schema>;

/** The classifier keeps policer indices in 16 bits, and counts with the last one as none. */
const MAX_INDEX = 0xfffe;

const entry = (spec: HostPolicerSpec) => matchKey(policedField(spec), [ip4Value(spec.address)]);

async function put(ctx: KindContext, spec: HostPolicerSpec): Promise<null> {
  const { index } = ctx.handle<PolicerHandle>(spec.policer);
  if (index > MAX_INDEX) throw new BngError('exhausted', `policer index ${index} is beyond what a classifier can name`);
  await setEntry(ctx.vpp, ctx.handle<HostPolicingHandle>(spec.on).table, entry(spec), index);
  return null;
}

const keyOf = (on: string, address: string) => `host-policer/${nameOf(on)}/${address}`;

/** One host's policer in such a table (`classify_add_del_session`). The same policer may limit a host in several tables. */
export const hostPolicer = resource<HostPolicerSpec, null>({
  kind: 'host-policer',
  schema,
  key: (spec) => keyOf(spec.on, spec.address),
  needs: (spec) => [spec.on, spec.policer],
  async read(ctx) {
    const policers = new Map<number, string>();
    for (const [key, { handle }] of ctx.foundOf('policer')) policers.set((handle as PolicerHandle).index, key);
    const found = new Map<string, Found<HostPolicerSpec, null>>();
    for (const [on, { spec, handle }] of ctx.foundOf('host-policing')) {
      const { by, tags, capacity } = spec as HostPolicingSpec;
      const fields = policedField({ by, tags });
      for (const { match, hit_next_index } of await entriesOf(ctx.vpp, (handle as HostPolicingHandle).table)) {
        const address = ip4At(shownField(match, matchShape(fields), fields[0]), 0);
        const policer = policers.get(hit_next_index) ?? `policer/#${hit_next_index}`;
        found.set(keyOf(on, address), { spec: { on, by, tags, capacity, address, policer }, handle: null, ours: true });
      }
    }
    return found;
  },
  async create(ctx, spec) {
    const table = ctx.handle<HostPolicingHandle>(spec.on);
    assertRoom(table.entries, spec.capacity, spec.on);
    table.entries++;
    return put(ctx, spec).catch((error) => {
      table.entries--;
      throw error;
    });
  },
  update: (ctx, _handle, _from, to) => put(ctx, to),
  updatable: (from, to) => from.on === to.on && from.by === to.by && from.tags === to.tags,
  async remove(ctx, _handle, spec) {
    const table = ctx.handle<HostPolicingHandle>(spec.on);
    await setEntry(ctx.vpp, table.table, entry(spec), 0, false);
    table.entries--;
  },
});
