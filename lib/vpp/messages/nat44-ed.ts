import { bool, enumeration, i32, u8, u16, u32, vla } from '../codec.js';
import { call, dump, reply, request } from '../message.js';
import { natLogLevel, natTimeouts } from './nat-types.js';
import { ackCall } from './patterns.js';

export const nat44ConfigFlags = enumeration('nat44_config_flags', u8, {
  NAT44_IS_ENDPOINT_INDEPENDENT: 0,
  NAT44_IS_ENDPOINT_DEPENDENT: 1,
  NAT44_IS_STATIC_MAPPING_ONLY: 2,
  NAT44_IS_CONNECTION_TRACKING: 4,
  NAT44_IS_OUT2IN_DPO: 8,
});

/** Every other NAT44-ED request is -126 before. `sessions` per worker, fixed from here on. A repeat is -170, off twice -169; disabling forgets all, but the two tables stay in use for good. */
export const nat44EdPluginEnableDisable = ackCall('nat44_ed_plugin_enable_disable', 'be17f8dd', {
  inside_vrf: u32,
  outside_vrf: u32,
  sessions: u32,
  session_memory: u32,
  enable: bool,
  flags: nat44ConfigFlags,
});
/** `ipfix_logging_enabled` is the opposite of what it says. */
export const nat44ShowRunningConfig = call(
  request('nat44_show_running_config', '51077d14', {}),
  reply('nat44_show_running_config_reply', '93d8e267', {
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
    flags: nat44ConfigFlags,
  }),
);
export const nat44ForwardingEnableDisable = ackCall('nat44_forwarding_enable_disable', 'b3e225d2', { enable: bool });
/** In seconds. Deprecated, and the only one there is. */
export const natSetTimeouts = ackCall('nat_set_timeouts', 'd4746b16', {
  udp: u32,
  tcp_established: u32,
  tcp_transitory: u32,
  icmp: u32,
});
/** Per table; -1 for an unknown one. No dump shows it. */
export const nat44SetSessionLimit = ackCall('nat44_set_session_limit', '8899bbb1', { session_limit: u32, vrf_id: u32 });
/** In octets. */
export const natSetMssClamping = ackCall('nat_set_mss_clamping', '25e90abb', { mss_value: u16, enable: bool });
export const natGetMssClamping = call(
  request('nat_get_mss_clamping', '51077d14', {}),
  reply('nat_get_mss_clamping_reply', '1c0b2a78', { retval: i32, mss_value: u16, enable: bool }),
);
/** Session records to the first IPFIX exporter. A repeat is 0. */
export const natIpfixEnableDisable = ackCall('nat_ipfix_enable_disable', '9af4a2d2', {
  domain_id: u32,
  src_port: u16,
  enable: bool,
});
/** Tables between which NAT may route. A repeat is -81, an absent one -6. */
export const nat44EdAddDelVrfTable = ackCall('nat44_ed_add_del_vrf_table', '08330904', {
  table_vrf_id: u32,
  is_add: bool,
});
export const nat44EdAddDelVrfRoute = ackCall('nat44_ed_add_del_vrf_route', '59187407', {
  table_vrf_id: u32,
  vrf_id: u32,
  is_add: bool,
});
/** Answered under the id of `nat44_ed_vrf_tables_details`, with the same layout. */
export const nat44EdVrfTablesV2Dump = dump(
  request('nat44_ed_vrf_tables_v2_dump', '51077d14', {}),
  reply('nat44_ed_vrf_tables_v2_details', '7b264e4f', {
    table_vrf_id: u32,
    n_vrf_ids: u32,
    vrf_ids: vla(u32, 'n_vrf_ids'),
  }),
  { wrongId: true },
);
