import { bool, u8, u16, u32, u64 } from '../codec.js';
import { dump, reply, request } from '../message.js';
import { ip4Address } from '../types.js';
import { natConfigFlags } from './nat-types.js';
import { ackCall } from './patterns.js';

/** Every inside address with sessions. */
export const nat44UserDump = dump(
  request('nat44_user_dump', '51077d14', {}),
  reply('nat44_user_details', '355896c2', {
    vrf_id: u32,
    ip_address: ip4Address,
    nsessions: u32,
    nstaticsessions: u32,
  }),
);
/** Walks all sessions of the box: to look at one user, not to poll. */
export const nat44UserSessionV3Dump = dump(
  request('nat44_user_session_v3_dump', 'e1899c98', { ip_address: ip4Address, vrf_id: u32 }),
  reply('nat44_user_session_v3_details', 'edae926e', {
    outside_ip_address: ip4Address,
    outside_port: u16,
    inside_ip_address: ip4Address,
    inside_port: u16,
    protocol: u16,
    flags: natConfigFlags,
    last_heard: u64,
    time_since_last_heard: u64,
    total_bytes: u64,
    total_pkts: u32,
    ext_host_address: ip4Address,
    ext_host_port: u16,
    ext_host_nat_address: ip4Address,
    ext_host_nat_port: u16,
    is_timed_out: bool,
  }),
);
/** -6 when absent. */
export const nat44DelSession = ackCall('nat44_del_session', '15a5bf8c', {
  address: ip4Address,
  protocol: u8,
  port: u16,
  vrf_id: u32,
  flags: natConfigFlags,
  ext_host_address: ip4Address,
  ext_host_port: u16,
});
