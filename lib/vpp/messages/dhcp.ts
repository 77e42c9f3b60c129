import { bool, type Codec, enumeration, string, struct, u8, u32, vla } from '../codec.js';
import { formatIp4, formatIp6 } from '../ip-text.js';
import { dump, reply, request } from '../message.js';
import { address, addressUnionBytes } from '../types.js';
import { ackCall } from './patterns.js';

/** An address as `dhcp_proxy_details` has it: sixteen bytes, of whichever family (see `proxyAddressText`). */
const unmarkedAddress: Codec<Uint8Array> = {
  ...address,
  read(r) {
    r.u8();
    return r.slice(16);
  },
  write(w, bytes) {
    w.u8(0);
    w.padded(bytes, 16);
  },
};

/** Text of an address in `dhcp_proxy_details`: VPP leaves its family out (dhcp_api.c); the message's `is_ipv6` tells it. */
export const proxyAddressText = (bytes: Uint8Array, isIp6: boolean): string =>
  isIp6 ? formatIp6(bytes) : formatIp4(bytes, 0);

/** The bytes of an address in `dhcp_proxy_details`. */
export function proxyAddressBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.set(addressUnionBytes(text));
  return bytes;
}

/** An unset VSS is dumped as 0x7b000000: VPP forgets to swap INVALID. */
export const vssType = enumeration('vss_type', u32, {
  VSS_TYPE_API_ASCII: 0,
  VSS_TYPE_API_VPN_ID: 1,
  VSS_TYPE_API_INVALID: 123,
  VSS_TYPE_API_DEFAULT: 255,
});
const dhcpServer = struct('dhcp_server', { server_vrf_id: u32, dhcp_server: unmarkedAddress });

/** Keyed by the client's VRF. A second server is appended and its `dhcp_src_address` ignored. Unknown VRFs are created. */
export const dhcpProxyConfig = ackCall('dhcp_proxy_config', '4058a689', {
  rx_vrf_id: u32,
  server_vrf_id: u32,
  is_add: bool,
  dhcp_server: address,
  dhcp_src_address: address,
});
export const dhcpProxyDump = dump(
  request('dhcp_proxy_dump', '5c5b063f', { is_ip6: bool }),
  reply('dhcp_proxy_details', 'dcbaf540', {
    rx_vrf_id: u32,
    vss_oui: u32,
    vss_fib_id: u32,
    vss_type: vssType,
    is_ipv6: bool,
    vss_vpn_ascii_id: string(129),
    dhcp_src_address: unmarkedAddress,
    count: u8,
    servers: vla(dhcpServer, 'count'),
  }),
);
/** The VSS sub-options of option 82 (and option 68 of DHCPv6) for clients of a table. */
export const dhcpProxySetVss = ackCall('dhcp_proxy_set_vss', '50537301', {
  tbl_id: u32,
  vss_type: vssType,
  vpn_ascii_id: string(129),
  oui: u32,
  vpn_index: u32,
  is_ipv6: bool,
  is_add: bool,
});
