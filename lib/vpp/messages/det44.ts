import { bool, i32, u8, u16, u32 } from '../codec.js';
import { call, dump, reply, request } from '../message.js';
import { interfaceIndex, ip4Address } from '../types.js';
import { ack, ackCall } from './patterns.js';

/** Tables by id. A repeat is +1; maps and interfaces are taken while off too. **Disabling after an interface was taken off kills VPP**; it takes them off itself. */
export const det44PluginEnableDisable = ackCall('det44_plugin_enable_disable', '617b6bf8', {
  inside_vrf: u32,
  outside_vrf: u32,
  enable: bool,
});
/** A repeat is -7. Taking one off leaves the feature on the arc, once more. */
export const det44InterfaceAddDelFeature = ackCall('det44_interface_add_del_feature', 'dc17a836', {
  is_add: bool,
  is_inside: bool,
  sw_if_index: interfaceIndex,
});
export const det44InterfaceDump = dump(
  request('det44_interface_dump', '51077d14', {}),
  reply('det44_interface_details', 'e60cc5be', { is_inside: bool, is_outside: bool, sw_if_index: interfaceIndex }),
);
/** A repeat is -81. **More addresses outside than inside kill VPP.** Overlapping outside ranges are accepted: the caller refuses them. */
export const det44AddDelMap = ackCall('det44_add_del_map', '1150a190', {
  is_add: bool,
  in_addr: ip4Address,
  in_plen: u8,
  out_addr: ip4Address,
  out_plen: u8,
});
export const det44MapDump = dump(
  request('det44_map_dump', '51077d14', {}),
  reply('det44_map_details', 'ad91dc83', {
    in_addr: ip4Address,
    in_plen: u8,
    out_addr: ip4Address,
    out_plen: u8,
    sharing_ratio: u32,
    ports_per_host: u16,
    ses_num: u32,
  }),
);
/** The outside address and ports of an inside one. */
export const det44Forward = call(
  request('det44_forward', '7f8a89cd', { in_addr: ip4Address }),
  reply('det44_forward_reply', 'a8ccbdc0', { retval: i32, out_port_lo: u16, out_port_hi: u16, out_addr: ip4Address }),
);
export const det44Reverse = call(
  request('det44_reverse', 'a7573fe1', { out_port: u16, out_addr: ip4Address }),
  reply('det44_reverse_reply', '34066d48', { retval: i32, in_addr: ip4Address }),
);
export const det44SessionDump = dump(
  request('det44_session_dump', 'e45a3af7', { user_addr: ip4Address }),
  reply('det44_session_details', '27f3c171', {
    in_port: u16,
    ext_addr: ip4Address,
    ext_port: u16,
    out_port: u16,
    state: u8,
    expire: u32,
  }),
);
/** -6 when absent. VPP 26.06 answers under the id of `det44_close_session_out_reply`. */
export const det44CloseSessionIn = call(
  request('det44_close_session_in', '3c68e073', {
    in_addr: ip4Address,
    in_port: u16,
    ext_addr: ip4Address,
    ext_port: u16,
  }),
  ack('det44_close_session_out'),
);
/** In seconds. */
export const det44SetTimeouts = ackCall('det44_set_timeouts', 'd4746b16', {
  udp: u32,
  tcp_established: u32,
  tcp_transitory: u32,
  icmp: u32,
});
export const det44GetTimeouts = call(
  request('det44_get_timeouts', '51077d14', {}),
  reply('det44_get_timeouts_reply', '3c4df4e1', {
    retval: i32,
    udp: u32,
    tcp_established: u32,
    tcp_transitory: u32,
    icmp: u32,
  }),
);
