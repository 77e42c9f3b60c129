import { z } from 'zod';
import { matchKey } from '#lib/policy/frame-match.js';
import { classifyTableByInterface, inputAclSetInterface } from '#lib/vpp/messages/classify.js';
import { anyIndex } from '#lib/vpp/types.js';
import { type Found, type KindContext, type ReadContext, resource } from '../reconcile/resource.js';
import {
  addTable,
  allTables,
  DENY,
  dropTable,
  hasShape,
  markOf,
  PERMIT,
  setEntry,
  type TableInfo,
} from './classifier.js';
import { type HostFamily, ip4Hosts, ip6Hosts } from './host-family.js';
import { HostTables, hostFields } from './host-tables.js';
import { indexOf, keyByIndex } from './interface-common.js';
import { interfaceKey, nameOf } from './names.js';
import { sequence } from './sequence.js';

const schema = z.strictObject({
  interface: interfaceKey,
  /** VLAN tags of the frames. */
  tags: z.int().min(0).max(2),
});
export type HostGuardSpec = z.infer<typeof schema>;
export interface HostGuardHandle {
  /** Destinations nobody on the line may reach: met first. */
  readonly isolated: HostTables;
  /** Source addresses with the MAC address they belong to. Behind them is what hosts without an address may send. */
  readonly hosts: HostTables;
}

/** The kind for one address family. */
function hostGuardOf(family: HostFamily) {
  const kind = `host-guard${family.suffix}`;
  const keyOf = (iface: string) => `${kind}/${nameOf(iface)}`;
  const markFor = ({ interface: iface, tags }: HostGuardSpec) => markOf([iface, kind, tags].join('\0'));
  const capacity = family.guardCapacity;

  /** What the tables look at, in the order a packet meets them. */
  function fieldsOf(tags: number) {
    const { source, destination, sourceMac } = family.frame(tags);
    return { isolated: hostFields(family, destination), hosts: hostFields(family, source, [sourceMac]) };
  }

  const handleOf = (tags: number, isolated: Chained, hosts: Chained): HostGuardHandle => {
    const fields = fieldsOf(tags);
    const tables = (what: 'isolated' | 'hosts', { index, next, entries }: Chained) =>
      new HostTables(family, fields[what], capacity, index, next, entries);
    return { isolated: tables('isolated', isolated), hosts: tables('hosts', hosts) };
  };

  const attach = (ctx: KindContext, iface: string, table: number, is_add: boolean) =>
    ctx.vpp.call(inputAclSetInterface, {
      sw_if_index: indexOf(ctx, iface),
      ip4_table_index: family.name === 'ip4' ? table : anyIndex,
      ip6_table_index: family.name === 'ip6' ? table : anyIndex,
      l2_table_index: anyIndex,
      is_add,
    });

  /** Last table first, as each names the one that follows; when a step fails, what was made goes again. */
  async function create(ctx: KindContext, spec: HostGuardSpec): Promise<HostGuardHandle> {
    const { vpp } = ctx;
    const fields = fieldsOf(spec.tags);
    const unknown = family.unknown(spec.tags);
    const made: number[] = [];
    const make = async (options: Parameters<typeof addTable>[1]) => {
      const index = await addTable(vpp, options);
      made.unshift(index);
      return index;
    };
    try {
      const last = await make({ fields: unknown.fields, capacity: 16, missNext: DENY });
      for (const values of unknown.passes) await setEntry(vpp, last, matchKey(unknown.fields, values), PERMIT);
      const hosts = await make({ fields: fields.hosts(family.bits), capacity, next: last });
      const first = { fields: fields.isolated(family.bits), capacity, next: hosts, missNext: markFor(spec) };
      const isolated = await make(first);
      await attach(ctx, spec.interface, isolated, true);
      return handleOf(
        spec.tags,
        { index: isolated, next: hosts, entries: 0 },
        { index: hosts, next: last, entries: 0 },
      );
    } catch (error) {
      for (const index of made) await dropTable(vpp, index).catch(() => undefined);
      throw error;
    }
  }

  /** The table that an interface's packets meet first. */
  const firstTable = async (ctx: ReadContext, iface: string) =>
    (await ctx.vpp.ask(classifyTableByInterface, { sw_if_index: indexOf(ctx, iface) }))[`${family.name}_table_id`];

  /** The chain behind a marked table, when all of it is there. */
  function chain(tables: ReadonlyMap<number, TableInfo>, tags: number, first: TableInfo): HostGuardHandle | undefined {
    const fields = fieldsOf(tags);
    const isolated = chained(first);
    const behind = handleOf(tags, isolated, isolated).isolated.adopt(tables);
    if (behind === undefined || !hasShape(behind, fields.hosts(family.bits))) return undefined;
    const handle = handleOf(tags, isolated, chained(behind));
    handle.isolated.adopt(tables);
    const last = handle.hosts.adopt(tables);
    return last && hasShape(last, family.unknown(tags).fields) ? handle : undefined;
  }

  return resource<HostGuardSpec, HostGuardHandle>({
    kind,
    schema,
    key: (spec) => keyOf(spec.interface),
    needs: (spec) => [spec.interface],
    async read(ctx) {
      const tables = new Map((await allTables(ctx)).map((info) => [info.table_id, info]));
      const found = new Map<string, Found<HostGuardSpec, HostGuardHandle>>();
      const marked = new Map([...tables.values()].map((info) => [info.miss_next_index, info]));
      if (marked.size === 0) return found;
      for (const iface of keyByIndex(ctx).values())
        for (const tags of [0, 1, 2]) {
          const spec = { interface: iface, tags };
          const isolated = marked.get(markFor(spec));
          if (isolated === undefined || !hasShape(isolated, fieldsOf(tags).isolated(family.bits))) continue;
          const handle = chain(tables, tags, isolated);
          if (handle && (await firstTable(ctx, iface)) === isolated.table_id)
            found.set(keyOf(iface), { spec, handle, ours: true });
        }
      return found;
    },
    create,
    remove: (ctx, { isolated: { first } }, spec) =>
      sequence([
        {
          act: () => attach(ctx, spec.interface, first, false),
          revert: () => attach(ctx, spec.interface, first, true),
        },
        { act: () => dropTable(ctx.vpp, first, true), revert: async () => {} },
      ]),
  });
}

interface Chained {
  readonly index: number;
  readonly next: number;
  readonly entries: number;
}

const chained = ({ table_id, next_table_index, active_sessions }: TableInfo): Chained => ({
  index: table_id,
  next: next_table_index,
  entries: active_sessions,
});

/**
 * Lets in from a shared line only what its subscribers may send: from their own addresses with their own MAC address, and
 * not to each other (`input_acl_set_interface` over chained tables). Everything else is dropped, but for the DHCP of those
 * who have no address yet, and neighbour discovery between link-local addresses. ARP and multicast pass by it: neighbours
 * are static for that.
 */
export const hostGuard = hostGuardOf(ip4Hosts);
export const hostGuard6 = hostGuardOf(ip6Hosts);
