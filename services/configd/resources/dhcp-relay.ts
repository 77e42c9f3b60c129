import { z } from 'zod';
import { dhcpProxyConfig, dhcpProxyDump, dhcpProxySetVss, proxyAddressText } from '#lib/vpp/messages/dhcp.js';
import { retvals } from '#lib/vpp/retval.js';
import { jsonEqual } from '../reconcile/json-equal.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { ipText, isIp6 } from './fields.js';
import { vrfKey, vrfName } from './names.js';
import { type Reversible, sequence } from './sequence.js';
import { type VirtualSubnet, virtualSubnet, vssFields, vssIn } from './virtual-subnet.js';
import { tableOf, vrfByTable } from './vrf.js';

const serverSchema = z.strictObject({
  address: ipText,
  /** The VRF the server is reached in; absent: default. */
  vrf: vrfKey.optional(),
});
const schema = z
  .strictObject({
    /** The clients' VRF; absent: default. */
    vrf: vrfKey.optional(),
    /** In order: VPP sends everything but DISCOVER and SOLICIT to the first only. */
    servers: z.array(serverSchema).min(1).max(8),
    /** giaddr, and source of relayed packets: an address of this VPP in the *server's* VRF, else every reply is lost. */
    sourceAddress: ipText,
    /** What the servers are told of the clients' VPN; absent: nothing. */
    vss: virtualSubnet.optional(),
  })
  .refine((relay) => relay.servers.every((server) => isIp6(server.address) === isIp6(relay.sourceAddress)), {
    message: 'servers and sourceAddress are of one family',
  });
export type DhcpRelaySpec = z.infer<typeof schema>;

const familyOf = (spec: DhcpRelaySpec) => (isIp6(spec.sourceAddress) ? 'ip6' : 'ip4');
const vrfsOf = (spec: DhcpRelaySpec) => [spec.vrf, ...spec.servers.map((server) => server.vrf)];

/** One message a server, in order; VPP keys the relay by the clients' table and drops it with its last server. */
function messages(ctx: KindContext, spec: DhcpRelaySpec, add: boolean): Reversible[] {
  const inOrder = add ? spec.servers : [...spec.servers].reverse();
  return inOrder.map((server) => {
    const set = (is_add: boolean) =>
      ctx.vpp.call(dhcpProxyConfig, {
        rx_vrf_id: tableOf(ctx, spec.vrf),
        server_vrf_id: tableOf(ctx, server.vrf),
        is_add,
        dhcp_server: server.address,
        dhcp_src_address: spec.sourceAddress,
      });
    return { act: () => set(add), revert: () => set(!add) };
  });
}

function setVss(ctx: KindContext, spec: DhcpRelaySpec, vss: VirtualSubnet | undefined) {
  const where = { tbl_id: tableOf(ctx, spec.vrf), is_ipv6: familyOf(spec) === 'ip6' };
  const fields = vssFields(vss ?? { global: true });
  return ctx.vpp.call(dhcpProxySetVss, { ...where, ...fields, is_add: vss !== undefined }, [retvals.NO_SUCH_ENTRY]);
}

/** The message that brings the virtual subnet from one value to another; none when they are the same. */
function vssChange(ctx: KindContext, spec: DhcpRelaySpec, from?: VirtualSubnet, to?: VirtualSubnet): Reversible[] {
  if (jsonEqual(from, to)) return [];
  return [{ act: () => setVss(ctx, spec, to), revert: () => setVss(ctx, spec, from) }];
}

/**
 * DHCP and DHCPv6 relay of one client VRF (`dhcp_proxy_config`), with the virtual subnet that goes along (`dhcp_proxy_set_vss`):
 * VPP shows it with the relay only, so it is set last and taken off first.
 */
export const dhcpRelay = resource<DhcpRelaySpec, null>({
  kind: 'dhcp-relay',
  schema,
  key: (spec) => `dhcp-relay/${vrfName(spec.vrf)}/${familyOf(spec)}`,
  needs: (spec) => [...new Set(vrfsOf(spec).filter((vrf) => vrf !== undefined))],
  async read(ctx, wanted) {
    const vrfs = vrfByTable(ctx);
    const found = new Map<string, Found<DhcpRelaySpec, null>>();
    const inVrf = (table: number) => {
      const vrf = table === 0 ? undefined : (vrfs.get(table) ?? `vrf/table-${table}`);
      return vrf === undefined ? {} : { vrf };
    };
    for (const is_ip6 of [false, true])
      for (const row of await ctx.vpp.dump(dhcpProxyDump, { is_ip6 })) {
        const text = (bytes: Uint8Array) => proxyAddressText(bytes, is_ip6);
        const servers = row.servers.map((s) => ({ address: text(s.dhcp_server), ...inVrf(s.server_vrf_id) }));
        const spec = {
          ...inVrf(row.rx_vrf_id),
          servers,
          sourceAddress: text(row.dhcp_src_address),
          ...vssIn(row),
        };
        const key = `dhcp-relay/${vrfName(spec.vrf)}/${is_ip6 ? 'ip6' : 'ip4'}`;
        found.set(key, { spec, handle: null, ours: wanted.has(key) || vrfs.get(row.rx_vrf_id) !== undefined });
      }
    return found;
  },
  async create(ctx, spec) {
    await sequence([...messages(ctx, spec, true), ...vssChange(ctx, spec, undefined, spec.vss)]);
    return null;
  },
  async update(ctx, _handle, from, to) {
    const moved = from.sourceAddress !== to.sourceAddress || !jsonEqual(from.servers, to.servers);
    const servers = moved ? [...messages(ctx, from, false), ...messages(ctx, to, true)] : [];
    await sequence([...servers, ...vssChange(ctx, to, from.vss, to.vss)]);
    return null;
  },
  remove: (ctx, _handle, spec) =>
    sequence([...vssChange(ctx, spec, spec.vss, undefined), ...messages(ctx, spec, false)]),
});
