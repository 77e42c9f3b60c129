import { bool, enumeration, i32, string, struct, u8, u32, vla } from '../codec.js';
import { call, dump, reply, request } from '../message.js';
import { addressFamily, addressWithPrefix, fibPath, interfaceIndex, ip6Address, prefix } from '../types.js';
import { ackCall } from './patterns.js';

export const ipTable = struct('ip_table', { table_id: u32, is_ip6: bool, name: string(64) });

const routeFields = { table_id: u32, stats_index: u32, prefix };
export const ipRoute = struct('ip_route', { ...routeFields, n_paths: u8, paths: vla(fibPath, 'n_paths') });
/** `src` is a FIB source id from `fib_source_dump`; 8 is the API's. */
export const ipRouteV2 = struct('ip_route_v2', {
  ...routeFields,
  n_paths: u8,
  src: u8,
  paths: vla(fibPath, 'n_paths'),
});

/** IPv4 and IPv6 tables of one id are two tables. Deleting one in use is 0 and takes effect when the last user is gone. */
export const ipTableAddDelV2 = ackCall('ip_table_add_del_v2', '14e5081f', {
  table: ipTable,
  create_mfib: bool,
  is_add: bool,
});
export const ipTableDump = dump(
  request('ip_table_dump', '51077d14', {}),
  reply('ip_table_details', 'c79fca0f', { table: ipTable }),
);

/** One interface and family at a time; there is no "all". */
export const ipAddressDump = dump(
  request('ip_address_dump', '2d033de4', { sw_if_index: interfaceIndex, is_ipv6: bool }),
  reply('ip_address_details', 'ee29b797', { sw_if_index: interfaceIndex, prefix: addressWithPrefix }),
);
/** `sw_if_index` of the details is the borrower, `ip_sw_if_index` the donor. */
export const ipUnnumberedDump = dump(
  request('ip_unnumbered_dump', 'f9e6675e', { sw_if_index: interfaceIndex }),
  reply('ip_unnumbered_details', 'cc59bd42', { sw_if_index: interfaceIndex, ip_sw_if_index: interfaceIndex }),
);

const routeReply = { retval: i32, stats_index: u32 };
/** Add without `is_multipath` replaces all paths; delete without it needs none. `stats_index` indexes `/net/route/to`. */
export const ipRouteAddDel = call(
  request('ip_route_add_del', 'b8ecfe0d', { is_add: bool, is_multipath: bool, route: ipRoute }),
  reply('ip_route_add_del_reply', '1992deab', routeReply),
);
export const ipRouteAddDelV2 = call(
  request('ip_route_add_del_v2', '521ef330', { is_add: bool, is_multipath: bool, route: ipRouteV2 }),
  reply('ip_route_add_del_v2_reply', '1992deab', routeReply),
);
/** Every source of one table, VPP's own routes included. */
export const ipRouteDump = dump(
  request('ip_route_dump', 'b9d2e09e', { table: ipTable }),
  reply('ip_route_details', 'bda8f315', { route: ipRoute }),
);
/** Routes of one source of one table. */
export const ipRouteV2Dump = dump(
  request('ip_route_v2_dump', 'd16f72e6', { src: u8, table: ipTable }),
  reply('ip_route_v2_details', 'b09aa6c0', { route: ipRouteV2 }),
);
/** `exact` 0 is a longest-prefix match. */
export const ipRouteLookup = call(
  request('ip_route_lookup', '710d6471', { table_id: u32, exact: u8, prefix }),
  reply('ip_route_lookup_reply', '5d8febcb', { retval: i32, route: ipRoute }),
);

/** A repeat is -81 VALUE_EXIST, off twice -62 IP6_NOT_ENABLED. */
export const swInterfaceIp6EnableDisable = ackCall('sw_interface_ip6_enable_disable', 'ae6cfcfb', {
  sw_if_index: interfaceIndex,
  enable: bool,
});
/** VPP 26.06 has it the wrong way round: `enable` adds the feature that drops IPv4, each time; false takes one away. */
export const swInterfaceIp4EnableDisable = ackCall('sw_interface_ip4_enable_disable', 'ae6cfcfb', {
  sw_if_index: interfaceIndex,
  enable: bool,
});
export const swInterfaceIp6SetLinkLocalAddress = ackCall('sw_interface_ip6_set_link_local_address', '1c10f15f', {
  sw_if_index: interfaceIndex,
  ip: ip6Address,
});
export const swInterfaceIp6GetLinkLocalAddress = call(
  request('sw_interface_ip6_get_link_local_address', 'f9e6675e', { sw_if_index: interfaceIndex }),
  reply('sw_interface_ip6_get_link_local_address_reply', 'd16b7130', { retval: i32, ip: ip6Address }),
);

export const ipFlowHashConfigV2 = enumeration('ip_flow_hash_config_v2', u32, {
  IP_API_V2_FLOW_HASH_SRC_IP: 1,
  IP_API_V2_FLOW_HASH_DST_IP: 2,
  IP_API_V2_FLOW_HASH_SRC_PORT: 4,
  IP_API_V2_FLOW_HASH_DST_PORT: 8,
  IP_API_V2_FLOW_HASH_PROTO: 16,
  IP_API_V2_FLOW_HASH_REVERSE: 32,
  IP_API_V2_FLOW_HASH_SYMETRIC: 64,
  IP_API_V2_FLOW_HASH_FLOW_LABEL: 128,
  IP_API_V2_FLOW_HASH_GTPV1_TEID: 256,
});
/** What picks a path of a multipath route, per table. No dump shows it. */
export const setIpFlowHashV3 = ackCall('set_ip_flow_hash_v3', 'b7876e07', {
  table_id: u32,
  af: addressFamily,
  flow_hash_config: ipFlowHashConfigV2,
});
