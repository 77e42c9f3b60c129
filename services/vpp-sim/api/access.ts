import * as dhcp from '#lib/vpp/messages/dhcp.js';
import * as urpf from '#lib/vpp/messages/urpf.js';
import { swIfIndex } from '#lib/vpp/types.js';
import { familyOf } from '../tables/ip-tables.js';
import type { Vss } from '../tables/vss.js';
import { type Handler, onAck, onDump } from './handler.js';

const ALL = 0xffffffff;
/** What VPP shows for "none": it forgets to swap the bytes. */
const NO_VSS = 0x7b000000;

const vssFields = (vss: Vss | undefined) => ({
  vss_oui: vss?.oui ?? 0,
  vss_fib_id: vss?.vpnIndex ?? 0,
  vss_type: vss?.type ?? NO_VSS,
  vss_vpn_ascii_id: vss?.ascii ?? '',
});

export const accessHandlers: readonly Handler[] = [
  onAck(dhcp.dhcpProxyConfig, (request, { dataplane }) =>
    dataplane.dhcpProxies.configure({
      isAdd: request.is_add,
      rxTableId: request.rx_vrf_id,
      serverTableId: request.server_vrf_id,
      server: request.dhcp_server,
      source: request.dhcp_src_address,
    }),
  ),
  onDump(dhcp.dhcpProxyDump, ({ is_ip6 }, { dataplane }) =>
    dataplane.dhcpProxies.list(familyOf(is_ip6)).map((proxy) => ({
      rx_vrf_id: proxy.rxTableId,
      ...vssFields(dataplane.vss.get(familyOf(is_ip6), proxy.rxTableId)),
      is_ipv6: is_ip6,
      dhcp_src_address: dhcp.proxyAddressBytes(proxy.sourceAddress),
      servers: proxy.servers.map(({ tableId, address }) => ({
        server_vrf_id: tableId,
        dhcp_server: dhcp.proxyAddressBytes(address),
      })),
    })),
  ),
  onAck(dhcp.dhcpProxySetVss, ({ tbl_id, is_ipv6, is_add, ...vss }, { dataplane }) => {
    const family = familyOf(is_ipv6);
    if (!is_add) return dataplane.vss.remove(family, tbl_id);
    const { vss_type: type, vpn_ascii_id: ascii, oui, vpn_index: vpnIndex } = vss;
    return dataplane.vss.set(family, tbl_id, { type, ascii, oui, vpnIndex });
  }),
  onAck(urpf.urpfUpdateV2, ({ is_input, mode, af, sw_if_index, table_id }, { dataplane }) =>
    dataplane.urpf.update({
      isInput: is_input,
      mode,
      ip6: af === 1,
      swIfIndex: sw_if_index,
      tableId: table_id === ALL ? undefined : table_id,
    }),
  ),
  onDump(urpf.urpfInterfaceDump, ({ sw_if_index }, { dataplane }) =>
    dataplane.urpf.list(sw_if_index === ALL ? undefined : sw_if_index).map((entry) => ({
      sw_if_index: swIfIndex(entry.swIfIndex),
      is_input: entry.isInput,
      mode: entry.mode,
      af: entry.family === 'ip6' ? 1 : 0,
      table_id: entry.tableId,
    })),
  ),
];
