import { z } from 'zod';
import { ip4Frame, ip4Value, matchKey } from '#lib/policy/frame-match.js';
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
  /** Destinations nobody on the line may reach. */
  readonly isolated: number;
  /** Source addresses with the MAC address they belong to. */
  readonly hosts: number;
  /** DHCP of clients that have no address yet. */
  readonly dhcp: number;
  /** Entries in `hosts`, kept up by `host-guard-entry`. */
  entries: number;
}

/** Hosts that one line can carry. */
export const GUARD_CAPACITY = 4096;
const UDP = Uint8Array.of(17);
const DHCP_SERVER = Uint8Array.of(0, 67);

/** What the three tables look at, in the order a packet meets them. */
export function guardFields(tags: number) {
  const frame = ip4Frame(tags);
  return {
    isolated: [frame.destination],
    hosts: [frame.sourceMac, frame.source],
    dhcp: [frame.protocol, frame.destination, frame.destinationPort],
  } as const;
}

const keyOf = (iface: string) => `host-guard/${nameOf(iface)}`;
const markFor = ({ interface: iface, tags }: HostGuardSpec) => markOf([iface, 'host-guard', tags].join('\0'));

const attach = (ctx: KindContext, iface: string, table: number, is_add: boolean) =>
  ctx.vpp.call(inputAclSetInterface, {
    sw_if_index: indexOf(ctx, iface),
    ip4_table_index: table,
    ip6_table_index: anyIndex,
    l2_table_index: anyIndex,
    is_add,
  });

/** Last table first, as each names the one that follows; when a step fails, what was made goes again. */
async function create(ctx: KindContext, spec: HostGuardSpec): Promise<HostGuardHandle> {
  const { vpp } = ctx;
  const fields = guardFields(spec.tags);
  const made: number[] = [];
  const make = async (options: Parameters<typeof addTable>[1]) => {
    const index = await addTable(vpp, options);
    made.unshift(index);
    return index;
  };
  try {
    const dhcp = await make({ fields: fields.dhcp, capacity: 16, missNext: DENY });
    await setEntry(vpp, dhcp, matchKey(fields.dhcp, [UDP, ip4Value('255.255.255.255'), DHCP_SERVER]), PERMIT);
    const hosts = await make({ fields: fields.hosts, capacity: GUARD_CAPACITY, next: dhcp });
    const first = { fields: fields.isolated, capacity: GUARD_CAPACITY, next: hosts, missNext: markFor(spec) };
    const isolated = await make(first);
    await attach(ctx, spec.interface, isolated, true);
    return { isolated, hosts, dhcp, entries: 0 };
  } catch (error) {
    for (const index of made) await dropTable(vpp, index).catch(() => undefined);
    throw error;
  }
}

const remove = (ctx: KindContext, { isolated }: HostGuardHandle, spec: HostGuardSpec) =>
  sequence([
    {
      act: () => attach(ctx, spec.interface, isolated, false),
      revert: () => attach(ctx, spec.interface, isolated, true),
    },
    { act: () => dropTable(ctx.vpp, isolated, true), revert: async () => {} },
  ]);

/** The table that an interface's packets meet first. */
const firstTable = async (ctx: ReadContext, iface: string) =>
  (await ctx.vpp.ask(classifyTableByInterface, { sw_if_index: indexOf(ctx, iface) })).ip4_table_id;

function chain(tables: ReadonlyMap<number, TableInfo>, isolated: TableInfo): HostGuardHandle | undefined {
  const hosts = tables.get(isolated.next_table_index);
  const dhcp = hosts && tables.get(hosts.next_table_index);
  if (hosts === undefined || dhcp === undefined) return undefined;
  return { isolated: isolated.table_id, hosts: hosts.table_id, dhcp: dhcp.table_id, entries: hosts.active_sessions };
}

/**
 * Lets in from a shared line only what its subscribers may send: from their own address with their own MAC address, and
 * not to each other (`input_acl_set_interface` over three chained tables). Everything else is dropped, but for the DHCP of
 * those who have no address yet. ARP passes by it: neighbours are static for that. IPv4.
 */
export const hostGuard = resource<HostGuardSpec, HostGuardHandle>({
  kind: 'host-guard',
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
        if (isolated === undefined || !hasShape(isolated, guardFields(tags).isolated)) continue;
        const handle = chain(tables, isolated);
        if (handle && (await firstTable(ctx, iface)) === isolated.table_id)
          found.set(keyOf(iface), { spec, handle, ours: true });
      }
    return found;
  },
  create,
  remove,
});
