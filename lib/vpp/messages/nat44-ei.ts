import { bool, enumeration, i32, u8, u16, u32, u64 } from '../codec.js';
import { call, dump, reply, request } from '../message.js';
import { ip4Address } from '../types.js';
import { natLogLevel, natTimeouts } from './nat-types.js';
import { ackCall } from './patterns.js';

export const nat44EiConfigFlags = enumeration('nat44_ei_config_flags', u8, {
  NAT44_EI_NONE: 0,
  NAT44_EI_STATIC_MAPPING_ONLY: 1,
  NAT44_EI_CONNECTION_TRACKING: 2,
  NAT44_EI_OUT2IN_DPO: 4,
  NAT44_EI_ADDR_ONLY_MAPPING: 8,
  NAT44_EI_IF_INSIDE: 16,
  NAT44_EI_IF_OUTSIDE: 32,
  NAT44_EI_STATIC_MAPPING: 64,
});

/** Every other NAT44-EI request is refused before. `user_sessions` caps one user; beyond it the oldest are recycled. A repeat is -170, off twice -169. */
export const nat44EiPluginEnableDisable = ackCall('nat44_ei_plugin_enable_disable', 'bf692144', {
  inside_vrf: u32,
  outside_vrf: u32,
  users: u32,
  user_memory: u32,
  sessions: u32,
  session_memory: u32,
  user_sessions: u32,
  enable: bool,
  flags: nat44EiConfigFlags,
});
export const nat44EiShowRunningConfig = call(
  request('nat44_ei_show_running_config', '51077d14', {}),
  reply('nat44_ei_show_running_config_reply', '41b66a81', {
    retval: i32,
    inside_vrf: u32,
    outside_vrf: u32,
    users: u32,
    sessions: u32,
    user_sessions: u32,
    user_buckets: u32,
    translation_buckets: u32,
    forwarding_enabled: bool,
    ipfix_logging_enabled: bool,
    timeouts: natTimeouts,
    log_level: natLogLevel,
    flags: nat44EiConfigFlags,
  }),
);
export const nat44EiForwardingEnableDisable = ackCall('nat44_ei_forwarding_enable_disable', 'b3e225d2', {
  enable: bool,
});
/** In seconds. */
export const nat44EiSetTimeouts = ackCall('nat44_ei_set_timeouts', 'd4746b16', {
  udp: u32,
  tcp_established: u32,
  tcp_transitory: u32,
  icmp: u32,
});
/** MAP-E and a port range hold for the whole pool, not for a user. */
export const nat44EiSetAddrAndPortAllocAlg = ackCall('nat44_ei_set_addr_and_port_alloc_alg', 'deeb746f', {
  alg: u8,
  psid_offset: u8,
  psid_length: u8,
  psid: u16,
  start_port: u16,
  end_port: u16,
});
export const nat44EiGetAddrAndPortAllocAlg = call(
  request('nat44_ei_get_addr_and_port_alloc_alg', '51077d14', {}),
  reply('nat44_ei_get_addr_and_port_alloc_alg_reply', '3607a7d0', {
    retval: i32,
    alg: u8,
    psid_offset: u8,
    psid_length: u8,
    psid: u16,
    start_port: u16,
    end_port: u16,
  }),
);
export const nat44EiSetMssClamping = ackCall('nat44_ei_set_mss_clamping', '25e90abb', { mss_value: u16, enable: bool });
export const nat44EiGetMssClamping = call(
  request('nat44_ei_get_mss_clamping', '51077d14', {}),
  reply('nat44_ei_get_mss_clamping_reply', '1c0b2a78', { retval: i32, mss_value: u16, enable: bool }),
);
export const nat44EiIpfixEnableDisable = ackCall('nat44_ei_ipfix_enable_disable', '9af4a2d2', {
  domain_id: u32,
  src_port: u16,
  enable: bool,
});
export const nat44EiUserDump = dump(
  request('nat44_ei_user_dump', '51077d14', {}),
  reply('nat44_ei_user_details', '355896c2', {
    vrf_id: u32,
    ip_address: ip4Address,
    nsessions: u32,
    nstaticsessions: u32,
  }),
);
export const nat44EiUserSessionV2Dump = dump(
  request('nat44_ei_user_session_v2_dump', 'e1899c98', { ip_address: ip4Address, vrf_id: u32 }),
  reply('nat44_ei_user_session_v2_details', '5bd3e9d6', {
    outside_ip_address: ip4Address,
    outside_port: u16,
    inside_ip_address: ip4Address,
    inside_port: u16,
    protocol: u16,
    flags: nat44EiConfigFlags,
    last_heard: u64,
    time_since_last_heard: u64,
    total_bytes: u64,
    total_pkts: u32,
    ext_host_address: ip4Address,
    ext_host_port: u16,
  }),
);
export const nat44EiDelSession = ackCall('nat44_ei_del_session', '74969ffe', {
  address: ip4Address,
  protocol: u8,
  port: u16,
  vrf_id: u32,
  flags: nat44EiConfigFlags,
  ext_host_address: ip4Address,
  ext_host_port: u16,
});
/** **Kills VPP while NAT44-EI is off.** +1 for an unknown user. */
export const nat44EiDelUser = ackCall('nat44_ei_del_user', '99a9f998', { ip_address: ip4Address, fib_index: u32 });
