import { bool, i32, string, u8, u16, u32 } from '../codec.js';
import { dump, reply, request, stream } from '../message.js';
import { interfaceIndex, ip4Address } from '../types.js';
import { natConfigFlags } from './nat-types.js';
import { ackCall } from './patterns.js';

/** A repeat is 0. **Delete with exactly the flag added**: another one is 0 too, hides the interface from the dump and leaves the feature on. */
export const nat44InterfaceAddDelFeature = ackCall('nat44_interface_add_del_feature', 'f3699b83', {
  is_add: bool,
  flags: natConfigFlags,
  sw_if_index: interfaceIndex,
});
export const nat44InterfaceDump = dump(
  request('nat44_interface_dump', '51077d14', {}),
  reply('nat44_interface_details', '5d286289', { flags: natConfigFlags, sw_if_index: interfaceIndex }),
);
export const nat44EdAddDelOutputInterface = ackCall('nat44_ed_add_del_output_interface', '47d6e753', {
  is_add: bool,
  sw_if_index: interfaceIndex,
});
/** NAT after routing, instead of inside and outside interfaces. */
export const nat44EdOutputInterfaceGet = stream(
  request('nat44_ed_output_interface_get', 'f75ba505', { cursor: u32 }),
  reply('nat44_ed_output_interface_details', '0b45011c', { sw_if_index: interfaceIndex }),
  reply('nat44_ed_output_interface_get_reply', '53b48f5d', { retval: i32, cursor: u32 }),
);
/** `vrf_id` is the inside table, `anyIndex` any. An overlap is -81, an absent address -6; what was done before it stays done. */
export const nat44AddDelAddressRange = ackCall('nat44_add_del_address_range', '6f2b8055', {
  first_ip_address: ip4Address,
  last_ip_address: ip4Address,
  vrf_id: u32,
  is_add: bool,
  flags: natConfigFlags,
});
/** One detail per address. */
export const nat44AddressDump = dump(
  request('nat44_address_dump', '51077d14', {}),
  reply('nat44_address_details', '0d1beac1', { ip_address: ip4Address, flags: natConfigFlags, vrf_id: u32 }),
);
export const nat44AddDelInterfaceAddr = ackCall('nat44_add_del_interface_addr', '4aed50c0', {
  is_add: bool,
  sw_if_index: interfaceIndex,
  flags: natConfigFlags,
});
export const nat44InterfaceAddrDump = dump(
  request('nat44_interface_addr_dump', '51077d14', {}),
  reply('nat44_interface_addr_details', 'e4aca9ca', { sw_if_index: interfaceIndex, flags: natConfigFlags }),
);
/** A repeat, or the same outside address and port again, is -81; an absent one -6. **Delete with the exact local address**: another one is 0 too, and blocks the true one until the plugin is disabled. `tag` is ours. */
export const nat44AddDelStaticMappingV2 = ackCall('nat44_add_del_static_mapping_v2', '5e205f1a', {
  is_add: bool,
  match_pool: bool,
  flags: natConfigFlags,
  pool_ip_address: ip4Address,
  local_ip_address: ip4Address,
  external_ip_address: ip4Address,
  protocol: u8,
  local_port: u16,
  external_port: u16,
  external_sw_if_index: interfaceIndex,
  vrf_id: u32,
  tag: string(64),
});
export const nat44StaticMappingDump = dump(
  request('nat44_static_mapping_dump', '51077d14', {}),
  reply('nat44_static_mapping_details', '06cb40b2', {
    flags: natConfigFlags,
    local_ip_address: ip4Address,
    external_ip_address: ip4Address,
    protocol: u8,
    local_port: u16,
    external_port: u16,
    external_sw_if_index: interfaceIndex,
    vrf_id: u32,
    tag: string(64),
  }),
);
/** Name the table: with `anyIndex` a repeat is 0 and adds a table 0xffffffff. */
export const nat44AddDelIdentityMapping = ackCall('nat44_add_del_identity_mapping', '02faaa22', {
  is_add: bool,
  flags: natConfigFlags,
  ip_address: ip4Address,
  protocol: u8,
  port: u16,
  sw_if_index: interfaceIndex,
  vrf_id: u32,
  tag: string(64),
});
export const nat44IdentityMappingDump = dump(
  request('nat44_identity_mapping_dump', '51077d14', {}),
  reply('nat44_identity_mapping_details', '2a52a030', {
    flags: natConfigFlags,
    ip_address: ip4Address,
    protocol: u8,
    port: u16,
    sw_if_index: interfaceIndex,
    vrf_id: u32,
    tag: string(64),
  }),
);
