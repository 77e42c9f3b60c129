import { z } from 'zod';
import { ip4Frame } from '#lib/policy/frame-match.js';
import { policerClassifySetInterface } from '#lib/vpp/messages/classify.js';
import { anyIndex } from '#lib/vpp/types.js';
import { type Found, type KindContext, type ReadContext, resource } from '../reconcile/resource.js';
import { addTable, allTables, dropTable, hasShape, markOf, type TableInfo } from './classifier.js';
import { indexOf, keyByIndex } from './interface-common.js';
import { countFeature, featureText } from './interface-features.js';
import { interfaceKey, nameOf } from './names.js';
import { sequence } from './sequence.js';

const schema = z.strictObject({
  interface: interfaceKey,
  /** `source` on the subscribers' side (upload), `destination` where their traffic comes in from the core (download). */
  by: z.enum(['source', 'destination']),
  /** VLAN tags of the frames. */
  tags: z.int().min(0).max(2),
  /** Hosts it can police: 4096 of a shared line, 32768 from the core. */
  capacity: z.union([z.literal(4096), z.literal(32_768)]),
});
export type HostPolicingSpec = z.infer<typeof schema>;
export interface HostPolicingHandle {
  readonly table: number;
  /** Entries in the table, kept up by `host-policer`. */
  entries: number;
}

/** The address that a table of this kind looks at. */
export const policedField = ({ by, tags }: Pick<HostPolicingSpec, 'by' | 'tags'>) => [ip4Frame(tags)[by]] as const;

export const hostPolicingKey = (iface: string): string => `host-policing/${nameOf(iface)}`;

const markFor = (spec: HostPolicingSpec) =>
  markOf([spec.interface, 'host-policing', spec.by, spec.tags, spec.capacity].join('\0'));

const attach = (ctx: KindContext, iface: string, table: number, is_add: boolean) =>
  ctx.vpp.call(policerClassifySetInterface, {
    sw_if_index: indexOf(ctx, iface),
    ip4_table_index: table,
    ip6_table_index: anyIndex,
    l2_table_index: anyIndex,
    is_add,
  });

async function create(ctx: KindContext, spec: HostPolicingSpec): Promise<HostPolicingHandle> {
  const options = { fields: policedField(spec), capacity: spec.capacity, missNext: markFor(spec) };
  const table = await addTable(ctx.vpp, options);
  try {
    await attach(ctx, spec.interface, table, true);
  } catch (error) {
    await dropTable(ctx.vpp, table).catch(() => undefined);
    throw error;
  }
  return { table, entries: 0 };
}

/** VPP has no dump for what is attached that it would survive; that the feature is on is as much as it can say. */
const isAttached = async (ctx: ReadContext, spec: HostPolicingSpec): Promise<boolean> => {
  const text = await featureText(ctx, indexOf(ctx, spec.interface));
  return countFeature(text, 'ip4-unicast', 'ip4-policer-classify') > 0;
};

/** Every spec an interface can have here, by mark. */
function specsByMark(ctx: ReadContext): ReadonlyMap<number, HostPolicingSpec> {
  const specs = new Map<number, HostPolicingSpec>();
  for (const iface of keyByIndex(ctx).values())
    for (const by of ['source', 'destination'] as const)
      for (const tags of [0, 1, 2])
        for (const capacity of [4096, 32_768] as const) {
          const spec = { interface: iface, by, tags, capacity };
          specs.set(markFor(spec), spec);
        }
  return specs;
}

const isMarked = ({ miss_next_index, next_table_index }: TableInfo) =>
  next_table_index === anyIndex && miss_next_index >= 0x8000_0000 && miss_next_index !== anyIndex;

/**
 * A table of hosts on an interface whose traffic is policed host by host (`classify_add_del_table`,
 * `policer_classify_set_interface`): rates of subscribers that share a VLAN. IPv4.
 */
export const hostPolicing = resource<HostPolicingSpec, HostPolicingHandle>({
  kind: 'host-policing',
  schema,
  key: (spec) => hostPolicingKey(spec.interface),
  needs: (spec) => [spec.interface],
  async read(ctx) {
    const found = new Map<string, Found<HostPolicingSpec, HostPolicingHandle>>();
    const marked = (await allTables(ctx)).filter(isMarked);
    if (marked.length === 0) return found;
    const specs = specsByMark(ctx);
    for (const info of marked) {
      const spec = specs.get(info.miss_next_index);
      if (spec === undefined || !hasShape(info, policedField(spec)) || !(await isAttached(ctx, spec))) continue;
      const handle = { table: info.table_id, entries: info.active_sessions };
      found.set(hostPolicingKey(spec.interface), { spec, handle, ours: true });
    }
    return found;
  },
  create,
  remove: (ctx, { table }, spec) =>
    sequence([
      {
        act: () => attach(ctx, spec.interface, table, false),
        revert: () => attach(ctx, spec.interface, table, true),
      },
      { act: () => dropTable(ctx.vpp, table), revert: async () => {} },
    ]),
});
