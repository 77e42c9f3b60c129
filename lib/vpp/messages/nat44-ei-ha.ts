import { i32, u8, u16, u32 } from '../codec.js';
import { call, event, reply, request } from '../message.js';
import { ip4Address } from '../types.js';
import { ackCall } from './patterns.js';

/** Where the sessions of the partner arrive; port 0 for none. */
export const nat44EiHaSetListener = ackCall('nat44_ei_ha_set_listener', 'e4a8cb4e', {
  ip_address: ip4Address,
  port: u16,
  path_mtu: u32,
});
export const nat44EiHaGetListener = call(
  request('nat44_ei_ha_get_listener', '51077d14', {}),
  reply('nat44_ei_ha_get_listener_reply', '123ea41f', {
    retval: i32,
    ip_address: ip4Address,
    port: u16,
    path_mtu: u32,
  }),
);
/** Where sessions are sent; `session_refresh_interval` in seconds. */
export const nat44EiHaSetFailover = ackCall('nat44_ei_ha_set_failover', '718246af', {
  ip_address: ip4Address,
  port: u16,
  session_refresh_interval: u32,
});
export const nat44EiHaGetFailover = call(
  request('nat44_ei_ha_get_failover', '51077d14', {}),
  reply('nat44_ei_ha_get_failover_reply', 'a67d8752', {
    retval: i32,
    ip_address: ip4Address,
    port: u16,
    session_refresh_interval: u32,
  }),
);
export const nat44EiHaFlush = ackCall('nat44_ei_ha_flush', '51077d14', {});
export const nat44EiHaResync = ackCall('nat44_ei_ha_resync', 'c8ab9e03', { want_resync_event: u8, pid: u32 });
export const nat44EiHaResyncCompletedEvent = event('nat44_ei_ha_resync_completed_event', 'fdc598fb', {
  pid: u32,
  missed_count: u32,
});
