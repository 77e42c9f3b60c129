import { bool, enumeration, f64, i32, struct, u8, u32 } from '../codec.js';
import { call, dump, event, reply, request } from '../message.js';
import { address, addressFamily, interfaceIndex, macAddress } from '../types.js';
import { ackCall } from './patterns.js';

export const ipNeighborFlags = enumeration('ip_neighbor_flags', u8, {
  IP_API_NEIGHBOR_FLAG_NONE: 0,
  IP_API_NEIGHBOR_FLAG_STATIC: 1,
  IP_API_NEIGHBOR_FLAG_NO_FIB_ENTRY: 2,
});
export const ipNeighborEventFlags = enumeration('ip_neighbor_event_flags', u32, {
  IP_NEIGHBOR_API_EVENT_FLAG_ADDED: 1,
  IP_NEIGHBOR_API_EVENT_FLAG_REMOVED: 2,
});
export const ipNeighbor = struct('ip_neighbor', {
  sw_if_index: interfaceIndex,
  flags: ipNeighborFlags,
  mac_address: macAddress,
  ip_address: address,
});

/** A repeat is 0, another MAC replaces; deleting what is absent is -6 and needs no MAC. */
export const ipNeighborAddDel = call(
  request('ip_neighbor_add_del', '0607c257', { is_add: bool, neighbor: ipNeighbor }),
  reply('ip_neighbor_add_del_reply', '1992deab', { retval: i32, stats_index: u32 }),
);
/** `age` in seconds. */
export const ipNeighborDump = dump(
  request('ip_neighbor_dump', 'd817a484', { sw_if_index: interfaceIndex, af: addressFamily }),
  reply('ip_neighbor_details', 'e29d79f0', { age: f64, neighbor: ipNeighbor }),
);
/** `ip` 0.0.0.0 or :: is every address of that family, `noInterface` every interface. A repeat is 0. */
export const wantIpNeighborEventsV2 = ackCall('want_ip_neighbor_events_v2', '73e70a86', {
  enable: bool,
  pid: u32,
  ip: address,
  sw_if_index: interfaceIndex,
});
export const ipNeighborEventV2 = event('ip_neighbor_event_v2', 'c1d53dc0', {
  pid: u32,
  flags: ipNeighborEventFlags,
  neighbor: ipNeighbor,
});

/** Of the whole box, per family: how many neighbours, seconds until a silent one is dropped (0 never), whether the oldest gives way. */
export const ipNeighborConfig = ackCall('ip_neighbor_config', 'f4a5cf44', {
  af: addressFamily,
  max_number: u32,
  max_age: u32,
  recycle: bool,
});
export const ipNeighborConfigGet = call(
  request('ip_neighbor_config_get', 'a5db7bf7', { af: addressFamily }),
  reply('ip_neighbor_config_get_reply', '798e6fdd', {
    retval: i32,
    af: addressFamily,
    max_number: u32,
    max_age: u32,
    recycle: bool,
  }),
);
