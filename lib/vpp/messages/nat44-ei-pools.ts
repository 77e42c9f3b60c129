import { bool, i32, string, u8, u16, u32 } from '../codec.js';
import { dump, reply, request, stream } from '../message.js';
import { interfaceIndex, ip4Address } from '../types.js';
import { nat44EiConfigFlags } from './nat44-ei.js';
import { ackCall } from './patterns.js';

/** Flags of `nat44_ei_config_flags`: 16 is inside, 32 outside, the other way round than NAT44-ED. The wrong one is 0 and translates nothing. */
export const nat44EiInterfaceAddDelFeature = ackCall('nat44_ei_interface_add_del_feature', '63a2db8b', {
  is_add: bool,
  flags: nat44EiConfigFlags,
  sw_if_index: interfaceIndex,
});
export const nat44EiInterfaceDump = dump(
  request('nat44_ei_interface_dump', '51077d14', {}),
  reply('nat44_ei_interface_details', 'f446e508', { flags: nat44EiConfigFlags, sw_if_index: interfaceIndex }),
);
export const nat44EiAddDelOutputInterface = ackCall('nat44_ei_add_del_output_interface', '47d6e753', {
  is_add: bool,
  sw_if_index: interfaceIndex,
});
export const nat44EiOutputInterfaceGet = stream(
  request('nat44_ei_output_interface_get', 'f75ba505', { cursor: u32 }),
  reply('nat44_ei_output_interface_details', '0b45011c', { sw_if_index: interfaceIndex }),
  reply('nat44_ei_output_interface_get_reply', '53b48f5d', { retval: i32, cursor: u32 }),
);
export const nat44EiAddDelAddressRange = ackCall('nat44_ei_add_del_address_range', '35f21abc', {
  first_ip_address: ip4Address,
  last_ip_address: ip4Address,
  vrf_id: u32,
  is_add: bool,
});
export const nat44EiAddressDump = dump(
  request('nat44_ei_address_dump', '51077d14', {}),
  reply('nat44_ei_address_details', '318f1202', { ip_address: ip4Address, vrf_id: u32 }),
);
export const nat44EiAddDelInterfaceAddr = ackCall('nat44_ei_add_del_interface_addr', '883abbcc', {
  is_add: bool,
  sw_if_index: interfaceIndex,
  flags: nat44EiConfigFlags,
});
export const nat44EiInterfaceAddrDump = dump(
  request('nat44_ei_interface_addr_dump', '51077d14', {}),
  reply('nat44_ei_interface_addr_details', '0b45011c', { sw_if_index: interfaceIndex }),
);
/** A port needs its outside address in the pool (-6 else, and a mapping by interface is remembered all the same). Delete with the exact local address. */
export const nat44EiAddDelStaticMapping = ackCall('nat44_ei_add_del_static_mapping', 'b404b7fe', {
  is_add: bool,
  flags: nat44EiConfigFlags,
  local_ip_address: ip4Address,
  external_ip_address: ip4Address,
  protocol: u8,
  local_port: u16,
  external_port: u16,
  external_sw_if_index: interfaceIndex,
  vrf_id: u32,
  tag: string(64),
});
export const nat44EiStaticMappingDump = dump(
  request('nat44_ei_static_mapping_dump', '51077d14', {}),
  reply('nat44_ei_static_mapping_details', '6b51ca6e', {
    flags: nat44EiConfigFlags,
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
export const nat44EiAddDelIdentityMapping = ackCall('nat44_ei_add_del_identity_mapping', 'cb8606b9', {
  is_add: bool,
  flags: nat44EiConfigFlags,
  ip_address: ip4Address,
  protocol: u8,
  port: u16,
  sw_if_index: interfaceIndex,
  vrf_id: u32,
  tag: string(64),
});
export const nat44EiIdentityMappingDump = dump(
  request('nat44_ei_identity_mapping_dump', '51077d14', {}),
  reply('nat44_ei_identity_mapping_details', '30d53e26', {
    flags: nat44EiConfigFlags,
    ip_address: ip4Address,
    protocol: u8,
    port: u16,
    sw_if_index: interfaceIndex,
    vrf_id: u32,
    tag: string(64),
  }),
);
