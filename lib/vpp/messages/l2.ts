import { bool, enumeration, i32, string, struct, u8, u32, vla } from '../codec.js';
import { call, dump, reply, request } from '../message.js';
import { address, interfaceIndex, macAddress } from '../types.js';
import { ackCall, interfaceCall } from './patterns.js';

/** A member, with its split-horizon group: members of one group other than 0 do not talk to each other. */
export const bridgeDomainSwIf = struct('bridge_domain_sw_if', { context: u32, sw_if_index: interfaceIndex, shg: u8 });
export const bdFlags = enumeration('bd_flags', u32, {
  BRIDGE_API_FLAG_NONE: 0,
  BRIDGE_API_FLAG_LEARN: 1,
  BRIDGE_API_FLAG_FWD: 2,
  BRIDGE_API_FLAG_FLOOD: 4,
  BRIDGE_API_FLAG_UU_FLOOD: 8,
  BRIDGE_API_FLAG_ARP_TERM: 16,
  BRIDGE_API_FLAG_ARP_UFWD: 32,
});
export const l2PortType = enumeration('l2_port_type', u32, {
  L2_API_PORT_TYPE_NORMAL: 0,
  L2_API_PORT_TYPE_BVI: 1,
  L2_API_PORT_TYPE_UU_FWD: 2,
});
export const bdIpMac = struct('bd_ip_mac', { bd_id: u32, ip: address, mac: macAddress });

/** `bd_id` `anyIndex` allocates one. A repeat is -119, deleting one with members -120, an absent one -6, 0 is refused. `mac_age` in minutes, 0 for never. */
export const bridgeDomainAddDelV2 = call(
  request('bridge_domain_add_del_v2', '600b7170', {
    bd_id: u32,
    flood: bool,
    uu_flood: bool,
    forward: bool,
    learn: bool,
    arp_term: bool,
    arp_ufwd: bool,
    mac_age: u8,
    bd_tag: string(64),
    is_add: bool,
  }),
  reply('bridge_domain_add_del_v2_reply', 'fcb1e980', { retval: i32, bd_id: u32 }),
);
/** `bd_id` `anyIndex` dumps all; `sw_if_index` is `noInterface`. */
export const bridgeDomainDump = dump(
  request('bridge_domain_dump', '74396a43', { bd_id: u32, sw_if_index: interfaceIndex }),
  reply('bridge_domain_details', '0fa506fd', {
    bd_id: u32,
    flood: bool,
    uu_flood: bool,
    forward: bool,
    learn: bool,
    arp_term: bool,
    arp_ufwd: bool,
    mac_age: u8,
    bd_tag: string(64),
    bvi_sw_if_index: interfaceIndex,
    uu_fwd_sw_if_index: interfaceIndex,
    n_sw_ifs: u32,
    sw_if_details: vla(bridgeDomainSwIf, 'n_sw_ifs'),
  }),
);
/** In minutes; 0 never forgets. */
export const bridgeDomainSetMacAge = ackCall('bridge_domain_set_mac_age', 'b537ad7b', { bd_id: u32, mac_age: u8 });
/** How many MACs are learned at most. No dump shows it. */
export const bridgeDomainSetLearnLimit = ackCall('bridge_domain_set_learn_limit', '89c52b5f', {
  bd_id: u32,
  learn_limit: u32,
});
/** Sets or clears flags of a bridge domain that exists. */
export const bridgeFlags = call(
  request('bridge_flags', '1b0c5fbd', { bd_id: u32, is_set: bool, flags: bdFlags }),
  reply('bridge_flags_reply', '29b2a2b3', { retval: i32, resulting_feature_bitmap: u32 }),
);
/** `user_instance` `anyIndex`: VPP chooses; a repeat is -31. The interface is `bvi<instance>`. */
export const bviCreate = interfaceCall('bvi_create', 'f5398559', { mac: macAddress, user_instance: u32 });
export const bviDelete = ackCall('bvi_delete', 'f9e6675e', { sw_if_index: interfaceIndex });
/** Idempotent. An unknown bridge domain is made, with defaults and without tag. A second BVI is -152. */
export const swInterfaceSetL2Bridge = ackCall('sw_interface_set_l2_bridge', 'd0678b13', {
  rx_sw_if_index: interfaceIndex,
  bd_id: u32,
  port_type: l2PortType,
  shg: u8,
  enable: bool,
});
/** One direction: what `rx` receives leaves at `tx`. */
export const swInterfaceSetL2Xconnect = ackCall('sw_interface_set_l2_xconnect', '4fa28a85', {
  rx_sw_if_index: interfaceIndex,
  tx_sw_if_index: interfaceIndex,
  enable: bool,
});
export const l2XconnectDump = dump(
  request('l2_xconnect_dump', '51077d14', {}),
  reply('l2_xconnect_details', '472b6b67', { rx_sw_if_index: interfaceIndex, tx_sw_if_index: interfaceIndex }),
);
/** Idempotent. A static entry outlives its interface and points at the next one of that index. */
export const l2fibAddDel = ackCall('l2fib_add_del', 'eddda487', {
  mac: macAddress,
  bd_id: u32,
  sw_if_index: interfaceIndex,
  is_add: bool,
  static_mac: bool,
  filter_mac: bool,
  bvi_mac: bool,
});
export const l2FibTableDump = dump(
  request('l2_fib_table_dump', 'c25fdce6', { bd_id: u32 }),
  reply('l2_fib_table_details', 'a44ef6b8', {
    bd_id: u32,
    mac: macAddress,
    sw_if_index: interfaceIndex,
    static_mac: bool,
    filter_mac: bool,
    bvi_mac: bool,
  }),
);
export const l2fibFlushBd = ackCall('l2fib_flush_bd', 'c25fdce6', { bd_id: u32 });
/** Read back in `sw_interface_details`. Accepted on ports of no bridge domain too, where it does nothing good. */
export const l2InterfaceVlanTagRewrite = ackCall('l2_interface_vlan_tag_rewrite', '62cc0bbc', {
  sw_if_index: interfaceIndex,
  vtr_op: u32,
  push_dot1q: u32,
  tag1: u32,
  tag2: u32,
});
export const bdIpMacAddDel = ackCall('bd_ip_mac_add_del', '0257c869', { is_add: bool, entry: bdIpMac });
export const bdIpMacDump = dump(
  request('bd_ip_mac_dump', 'c25fdce6', { bd_id: u32 }),
  reply('bd_ip_mac_details', '545af86a', { entry: bdIpMac }),
);
