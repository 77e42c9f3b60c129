import { bool, enumeration, i32, struct, u8, u16, u32, vla } from '../codec.js';
import { call, dump, event, reply, request } from '../message.js';
import { address, interfaceIndex, macAddress } from '../types.js';
import { ackCall } from './patterns.js';

export const vrrpVrFlags = enumeration('vrrp_vr_flags', u32, {
  VRRP_API_VR_PREEMPT: 1,
  VRRP_API_VR_ACCEPT: 2,
  VRRP_API_VR_UNICAST: 4,
  VRRP_API_VR_IPV6: 8,
});
export const vrrpVrConf = struct('vrrp_vr_conf', {
  sw_if_index: interfaceIndex,
  vr_id: u8,
  priority: u8,
  interval: u16,
  flags: vrrpVrFlags,
});
export const vrrpVrState = enumeration('vrrp_vr_state', u32, {
  VRRP_API_VR_STATE_INIT: 0,
  VRRP_API_VR_STATE_BACKUP: 1,
  VRRP_API_VR_STATE_MASTER: 2,
  VRRP_API_VR_STATE_INTF_DOWN: 3,
});
export const vrrpVrTracking = struct('vrrp_vr_tracking', { interfaces_dec: u32, priority: u8 });
export const vrrpVrRuntime = struct('vrrp_vr_runtime', {
  state: vrrpVrState,
  master_adv_int: u16,
  skew: u16,
  master_down_int: u16,
  mac: macAddress,
  tracking: vrrpVrTracking,
});
export const vrrpVrTrackIf = struct('vrrp_vr_track_if', { sw_if_index: interfaceIndex, priority: u8 });
export const vrrpVrKey = struct('vrrp_vr_key', { sw_if_index: interfaceIndex, vr_id: u8, is_ipv6: u8 });

/** `interval` in hundredths of a second. A repeat is -116. Stop it before deleting: a master in accept mode leaves its addresses behind, and without its interface it cannot be deleted (-2). **`vrrp_vr_del` kills VPP and has no definition here**. */
export const vrrpVrAddDel = ackCall('vrrp_vr_add_del', 'c5cf15aa', {
  is_add: u8,
  sw_if_index: interfaceIndex,
  vr_id: u8,
  priority: u8,
  interval: u16,
  flags: vrrpVrFlags,
  n_addrs: u8,
  addrs: vla(address, 'n_addrs'),
});
/** Changes priority, interval, flags and addresses, also while running (it then starts again). `vrrp_index` `anyIndex` makes one. Of several addresses taken away only every second one goes. */
export const vrrpVrUpdate = call(
  request('vrrp_vr_update', '0b51e2f4', {
    vrrp_index: u32,
    sw_if_index: interfaceIndex,
    vr_id: u8,
    priority: u8,
    interval: u16,
    flags: vrrpVrFlags,
    n_addrs: u8,
    addrs: vla(address, 'n_addrs'),
  }),
  reply('vrrp_vr_update_reply', '5317d608', { retval: i32, vrrp_index: u32 }),
);
/** A repeat is 0, an absent router -6. */
export const vrrpVrStartStop = ackCall('vrrp_vr_start_stop', '0662a3b7', {
  sw_if_index: interfaceIndex,
  vr_id: u8,
  is_ipv6: u8,
  is_start: u8,
});
/** `noInterface` dumps all. `runtime.tracking.priority` is the priority after tracking. */
export const vrrpVrDump = dump(
  request('vrrp_vr_dump', 'f9e6675e', { sw_if_index: interfaceIndex }),
  reply('vrrp_vr_details', '46edcebd', {
    config: vrrpVrConf,
    runtime: vrrpVrRuntime,
    n_addrs: u8,
    addrs: vla(address, 'n_addrs'),
  }),
);
/** The unicast peers; replaces all. */
export const vrrpVrSetPeers = ackCall('vrrp_vr_set_peers', '20bec71f', {
  sw_if_index: interfaceIndex,
  vr_id: u8,
  is_ipv6: u8,
  n_addrs: u8,
  addrs: vla(address, 'n_addrs'),
});
/** One router's peers. For `noInterface` VPP answers with `vrrp_vr_details` instead, so ask router by router. The details have a client index, always 0, before their context. */
export const vrrpVrPeerDump = dump(
  request('vrrp_vr_peer_dump', '6fa3f7c4', { sw_if_index: interfaceIndex, is_ipv6: u8, vr_id: u8 }),
  request('vrrp_vr_peer_details', '3d99c108', {
    sw_if_index: interfaceIndex,
    vr_id: u8,
    is_ipv6: u8,
    n_peer_addrs: u8,
    peer_addrs: vla(address, 'n_peer_addrs'),
  }),
);
/** A tracked interface counts as up only with link, admin state and an address of the family; its loss takes `priority` off. A repeat keeps the old priority. **An unknown interface, or the router's own, makes VPP undo what it finds in foreign memory**: send neither. */
export const vrrpVrTrackIfAddDel = ackCall('vrrp_vr_track_if_add_del', 'd67df299', {
  sw_if_index: interfaceIndex,
  is_ipv6: u8,
  vr_id: u8,
  is_add: u8,
  n_ifs: u8,
  ifs: vla(vrrpVrTrackIf, 'n_ifs'),
});
/** Either all (`dump_all`) or those of one router. The details have a client index, always 0, before their context. */
export const vrrpVrTrackIfDump = dump(
  request('vrrp_vr_track_if_dump', 'a34dfc6d', { sw_if_index: interfaceIndex, is_ipv6: u8, vr_id: u8, dump_all: u8 }),
  request('vrrp_vr_track_if_details', '73c36f81', {
    sw_if_index: interfaceIndex,
    vr_id: u8,
    is_ipv6: u8,
    n_ifs: u8,
    ifs: vla(vrrpVrTrackIf, 'n_ifs'),
  }),
);
/** A repeat is -31 INVALID_REGISTRATION, which is fine. */
export const wantVrrpVrEvents = ackCall('want_vrrp_vr_events', 'c5e2af94', { enable_disable: bool, pid: u32 });
export const vrrpVrEvent = event('vrrp_vr_event', 'c1fea6a5', {
  pid: u32,
  vr: vrrpVrKey,
  old_state: vrrpVrState,
  new_state: vrrpVrState,
});
