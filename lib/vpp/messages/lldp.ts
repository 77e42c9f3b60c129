import { bool, bytes, enumeration, f64, i32, string, u8, u16, u32 } from '../codec.js';
import { reply, request, stream } from '../message.js';
import { interfaceIndex, ip4Address, ip6Address } from '../types.js';
import { ackCall } from './patterns.js';

export const portIdSubtype = enumeration('port_id_subtype', u32, {
  PORT_ID_SUBTYPE_RESERVED: 0,
  PORT_ID_SUBTYPE_INTF_ALIAS: 1,
  PORT_ID_SUBTYPE_PORT_COMP: 2,
  PORT_ID_SUBTYPE_MAC_ADDR: 3,
  PORT_ID_SUBTYPE_NET_ADDR: 4,
  PORT_ID_SUBTYPE_INTF_NAME: 5,
  PORT_ID_SUBTYPE_AGENT_CIRCUIT_ID: 6,
  PORT_ID_SUBTYPE_LOCAL: 7,
});
export const chassisIdSubtype = enumeration('chassis_id_subtype', u32, {
  CHASSIS_ID_SUBTYPE_RESERVED: 0,
  CHASSIS_ID_SUBTYPE_CHASSIS_COMP: 1,
  CHASSIS_ID_SUBTYPE_INTF_ALIAS: 2,
  CHASSIS_ID_SUBTYPE_PORT_COMP: 3,
  CHASSIS_ID_SUBTYPE_MAC_ADDR: 4,
  CHASSIS_ID_SUBTYPE_NET_ADDR: 5,
  CHASSIS_ID_SUBTYPE_INTF_NAME: 6,
  CHASSIS_ID_SUBTYPE_LOCAL: 7,
});

/** `tx_interval` in seconds; `tx_hold` times that is how long neighbours remember. No dump shows it. */
export const lldpConfig = ackCall('lldp_config', 'c14445df', {
  tx_hold: u32,
  tx_interval: u32,
  system_name: string(0),
});
/** A repeat is 0. */
export const swInterfaceSetLldp = ackCall('sw_interface_set_lldp', '57afbcd4', {
  sw_if_index: interfaceIndex,
  mgmt_ip4: ip4Address,
  mgmt_ip6: ip6Address,
  mgmt_oid: bytes(128),
  enable: bool,
  port_desc: string(0),
});
/** Interfaces with LLDP and what they heard; the times are seconds of VPP's clock. */
export const lldpDump = stream(
  request('lldp_dump', 'f75ba505', { cursor: u32 }),
  reply('lldp_details', 'c2d226cd', {
    sw_if_index: interfaceIndex,
    last_heard: f64,
    last_sent: f64,
    chassis_id: bytes(64),
    chassis_id_len: u8,
    port_id: bytes(64),
    port_id_len: u8,
    ttl: u16,
    port_id_subtype: portIdSubtype,
    chassis_id_subtype: chassisIdSubtype,
  }),
  reply('lldp_dump_reply', '53b48f5d', { retval: i32, cursor: u32 }),
);
