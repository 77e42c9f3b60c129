import { z } from 'zod';
import { policerClassifySetInterface } from '#lib/vpp/messages/classify.js';
import { anyIndex } from '#lib/vpp/types.js';
import { type Found, type KindContext, type ReadContext, resource } from '../reconcile/resource.js';
import { addTable, allTables, dropTable, hasShape, markOf, type TableInfo } from './classifier.js';
import { type HostFamily, ip4Hosts, ip6Hosts } from './host-family.js';
import { HostTables, hostFields } from './host-tables.js';
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

const isMarked = ({ miss_next_index }: TableInfo) => miss_next_index >= 0x8000_0000 && miss_next_index !== anyIndex;

/** The kind for one address family; VPP keeps them apart, policers serve both. */
function hostPolicingOf(family: HostFamily) {
  const kind = `host-policing${family.suffix}`;
  const keyOf = (iface: string) => `${kind}/${nameOf(iface)}`;
  const markFor = (spec: HostPolicingSpec) =>
    markOf([spec.interface, kind, spec.by, spec.tags, spec.capacity].join('\0'));
  const fieldsOf = ({ by, tags }: HostPolicingSpec) => hostFields(family, family.frame(tags)[by]);
  const tables = (spec: HostPolicingSpec, first: number, next: number, entries = 0) =>
    new HostTables(family, fieldsOf(spec), spec.capacity, first, next, entries);

  /** One family a call: of two VPP passes over the second when it has the first already. */
  const attach = (ctx: KindContext, iface: string, table: number, is_add: boolean) =>
    ctx.vpp.call(policerClassifySetInterface, {
      sw_if_index: indexOf(ctx, iface),
      ip4_table_index: family.name === 'ip4' ? table : anyIndex,
      ip6_table_index: family.name === 'ip6' ? table : anyIndex,
      l2_table_index: anyIndex,
      is_add,
    });

  async function create(ctx: KindContext, spec: HostPolicingSpec): Promise<HostTables> {
    const options = { fields: fieldsOf(spec)(family.bits), capacity: spec.capacity, missNext: markFor(spec) };
    const table = await addTable(ctx.vpp, options);
    try {
      await attach(ctx, spec.interface, table, true);
    } catch (error) {
      await dropTable(ctx.vpp, table).catch(() => undefined);
      throw error;
    }
    return tables(spec, table, anyIndex);
  }

  /** VPP has no dump for what is attached that it would survive; that the feature is on is as much as it can say. */
  const isAttached = async (ctx: ReadContext, spec: HostPolicingSpec): Promise<boolean> => {
    const text = await featureText(ctx, indexOf(ctx, spec.interface));
    return countFeature(text, `${family.name}-unicast`, `${family.name}-policer-classify`) > 0;
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

  return resource<HostPolicingSpec, HostTables>({
    kind,
    schema,
    key: (spec) => keyOf(spec.interface),
    needs: (spec) => [spec.interface],
    async read(ctx) {
      const found = new Map<string, Found<HostPolicingSpec, HostTables>>();
      const byIndex = new Map((await allTables(ctx)).map((info) => [info.table_id, info]));
      const marked = [...byIndex.values()].filter(isMarked);
      if (marked.length === 0) return found;
      const specs = specsByMark(ctx);
      for (const info of marked) {
        const spec = specs.get(info.miss_next_index);
        if (spec === undefined || !hasShape(info, fieldsOf(spec)(family.bits)) || !(await isAttached(ctx, spec)))
          continue;
        const handle = tables(spec, info.table_id, info.next_table_index, info.active_sessions);
        handle.adopt(byIndex);
        found.set(keyOf(spec.interface), { spec, handle, ours: true });
      }
      return found;
    },
    create,
    remove: (ctx, { first }, spec) =>
      sequence([
        {
          act: () => attach(ctx, spec.interface, first, false),
          revert: () => attach(ctx, spec.interface, first, true),
        },
        { act: () => dropTable(ctx.vpp, first, true), revert: async () => {} },
      ]),
  });
}

/**
 * Tables of hosts on an interface whose traffic is policed host by host (`classify_add_del_table`,
 * `policer_classify_set_interface`): rates of subscribers that share a VLAN.
 */
export const hostPolicing = hostPolicingOf(ip4Hosts);
export const hostPolicing6 = hostPolicingOf(ip6Hosts);
