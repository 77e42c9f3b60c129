import { array, bool, enumeration, i32, string, u8, u16, u32 } from '../codec.js';
import { call, dump, event, reply, request } from '../message.js';
import { addressWithPrefix, ifStatusFlags, interfaceIndex, interfaceIndexU32, macAddress } from '../types.js';
import { ackCall, interfaceCall } from './patterns.js';

export const subIfFlags = enumeration('sub_if_flags', u32, {
  SUB_IF_API_FLAG_NO_TAGS: 1,
  SUB_IF_API_FLAG_ONE_TAG: 2,
  SUB_IF_API_FLAG_TWO_TAGS: 4,
  SUB_IF_API_FLAG_DOT1AD: 8,
  SUB_IF_API_FLAG_EXACT_MATCH: 16,
  SUB_IF_API_FLAG_DEFAULT: 32,
  SUB_IF_API_FLAG_OUTER_VLAN_ID_ANY: 64,
  SUB_IF_API_FLAG_INNER_VLAN_ID_ANY: 128,
  SUB_IF_API_FLAG_MASK_VNET: 254,
  SUB_IF_API_FLAG_DOT1AH: 256,
});
export const ifType = enumeration('if_type', u32, {
  IF_API_TYPE_HARDWARE: 0,
  IF_API_TYPE_SUB: 1,
  IF_API_TYPE_P2P: 2,
  IF_API_TYPE_PIPE: 3,
});
export const linkDuplex = enumeration('link_duplex', u32, {
  LINK_DUPLEX_API_UNKNOWN: 0,
  LINK_DUPLEX_API_HALF: 1,
  LINK_DUPLEX_API_FULL: 2,
});

/**
 * Index 0 means all interfaces, as `noInterface` does: to read one, dump all and choose, or use the name filter,
 * which is a substring.
 */
export const swInterfaceDump = dump(
  request('sw_interface_dump', 'aa610c27', {
    sw_if_index: interfaceIndex,
    name_filter_valid: bool,
    name_filter: string(0),
  }),
  reply('sw_interface_details', '6c221fc7', {
    sw_if_index: interfaceIndex,
    sup_sw_if_index: interfaceIndexU32,
    l2_address: macAddress,
    flags: ifStatusFlags,
    type: ifType,
    link_duplex: linkDuplex,
    link_speed: u32,
    link_mtu: u16,
    mtu: array(u32, 4),
    sub_id: u32,
    sub_number_of_tags: u8,
    sub_outer_vlan_id: u16,
    sub_inner_vlan_id: u16,
    sub_if_flags: subIfFlags,
    vtr_op: u32,
    vtr_push_dot1q: u32,
    vtr_tag1: u32,
    vtr_tag2: u32,
    outer_tag: u16,
    b_dmac: macAddress,
    b_smac: macAddress,
    b_vlanid: u16,
    i_sid: u32,
    interface_name: string(64),
    interface_dev_type: string(64),
    tag: string(64),
  }),
);

/** A sub-interface refuses to go up (-1 UNSPECIFIED) while its parent is down. */
export const swInterfaceSetFlags = ackCall('sw_interface_set_flags', 'f5aec1b8', {
  sw_if_index: interfaceIndex,
  flags: ifStatusFlags,
});
/** Layer 3 limits in octets: all, IPv4, IPv6, MPLS; 0 inherits. */
export const swInterfaceSetMtu = ackCall('sw_interface_set_mtu', '5cbe85e5', {
  sw_if_index: interfaceIndex,
  mtu: array(u32, 4),
});
/** The link's own limit; overwrites `mtu[0]` of `sw_interface_set_mtu`. */
export const hwInterfaceSetMtu = ackCall('hw_interface_set_mtu', 'e6746899', { sw_if_index: interfaceIndex, mtu: u16 });
export const swInterfaceSetMacAddress = ackCall('sw_interface_set_mac_address', 'c536e7eb', {
  sw_if_index: interfaceIndex,
  mac_address: macAddress,
});
export const swInterfaceGetMacAddress = call(
  request('sw_interface_get_mac_address', 'f9e6675e', { sw_if_index: interfaceIndex }),
  reply('sw_interface_get_mac_address_reply', '40ef2c08', { retval: i32, mac_address: macAddress }),
);
export const swInterfaceTagAddDel = ackCall('sw_interface_tag_add_del', '426f8bc1', {
  is_add: bool,
  sw_if_index: interfaceIndex,
  tag: string(64),
});
/** Bind before addressing: -114 ADDRESS_FOUND_FOR_INTERFACE otherwise. */
export const swInterfaceSetTable = ackCall('sw_interface_set_table', 'df42a577', {
  sw_if_index: interfaceIndex,
  is_ipv6: bool,
  vrf_id: u32,
});
export const swInterfaceGetTable = call(
  request('sw_interface_get_table', '2d033de4', { sw_if_index: interfaceIndex, is_ipv6: bool }),
  reply('sw_interface_get_table_reply', 'a6eb0109', { retval: i32, vrf_id: u32 }),
);
export const swInterfaceAddDelAddress = ackCall('sw_interface_add_del_address', '5463d73b', {
  sw_if_index: interfaceIndex,
  is_add: bool,
  del_all: bool,
  prefix: addressWithPrefix,
});
/** `sw_if_index` is the donor, `unnumbered_sw_if_index` the borrower. Both need the same IPv4 and the same IPv6 table. */
export const swInterfaceSetUnnumbered = ackCall('sw_interface_set_unnumbered', '154a6439', {
  sw_if_index: interfaceIndex,
  unnumbered_sw_if_index: interfaceIndex,
  is_add: bool,
});
export const swInterfaceSetPromisc = ackCall('sw_interface_set_promisc', 'd40860d4', {
  sw_if_index: interfaceIndex,
  promisc_on: bool,
});

export const createLoopbackInstance = interfaceCall('create_loopback_instance', 'd36a3ee2', {
  mac_address: macAddress,
  is_specified: bool,
  user_instance: u32,
});
export const deleteLoopback = ackCall('delete_loopback', 'f9e6675e', { sw_if_index: interfaceIndex });
/**
 * VPP checks neither VLAN ids nor the parent's kind: the caller does.
 * On an error the `sw_if_index` of the reply means nothing.
 */
export const createSubif = interfaceCall('create_subif', '790ca755', {
  sw_if_index: interfaceIndex,
  sub_id: u32,
  sub_if_flags: subIfFlags,
  outer_vlan_id: u16,
  inner_vlan_id: u16,
});
/** Leaves residue keyed by the index: take every feature off first. */
export const deleteSubif = ackCall('delete_subif', 'f9e6675e', { sw_if_index: interfaceIndex });

/** A repeat is -31 INVALID_REGISTRATION, which is fine. */
export const wantInterfaceEvents = ackCall('want_interface_events', '476f5a08', { enable_disable: u32, pid: u32 });
/** Create (flags 0), admin and link changes, delete. Carrier loss of an af_packet peer is not seen. */
export const swInterfaceEvent = event('sw_interface_event', '2d3d95a7', {
  pid: u32,
  sw_if_index: interfaceIndex,
  flags: ifStatusFlags,
  deleted: bool,
});
