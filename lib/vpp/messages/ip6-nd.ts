import { bool, f64, struct, u8, u16, u32, vla } from '../codec.js';
import { dump, reply, request } from '../message.js';
import { interfaceIndex, ip6Address, prefix } from '../types.js';
import { ackCall } from './patterns.js';

/** Intervals and lifetimes in seconds. -62 IP6_NOT_ENABLED until IPv6 is on. */
export const swInterfaceIp6ndRaConfig = ackCall('sw_interface_ip6nd_ra_config', '3eb00b1c', {
  sw_if_index: interfaceIndex,
  suppress: u8,
  managed: u8,
  other: u8,
  ll_option: u8,
  send_unicast: u8,
  cease: u8,
  is_no: bool,
  default_router: u8,
  max_interval: u32,
  min_interval: u32,
  lifetime: u32,
  initial_count: u32,
  initial_interval: u32,
});
/** Lifetimes in seconds. */
export const swInterfaceIp6ndRaPrefix = ackCall('sw_interface_ip6nd_ra_prefix', '82cc1b28', {
  sw_if_index: interfaceIndex,
  prefix,
  use_default: bool,
  no_advertise: bool,
  off_link: bool,
  no_autoconfig: bool,
  no_onlink: bool,
  is_no: bool,
  val_lifetime: u32,
  pref_lifetime: u32,
});

export const ip6ndRaPrefix = struct('ip6nd_ra_prefix', {
  prefix,
  onlink_flag: bool,
  autonomous_flag: bool,
  val_lifetime: u32,
  pref_lifetime: u32,
  valid_lifetime_expires: f64,
  pref_lifetime_expires: f64,
  decrement_lifetime_flag: bool,
  no_advertise: bool,
});
/** `noInterface` for all with IPv6 on. Intervals in seconds; a prefix's lifetimes count down while `decrement_lifetime_flag` is on. */
export const swInterfaceIp6ndRaDump = dump(
  request('sw_interface_ip6nd_ra_dump', 'f9e6675e', { sw_if_index: interfaceIndex }),
  reply('sw_interface_ip6nd_ra_details', 'd3198de5', {
    sw_if_index: interfaceIndex,
    cur_hop_limit: u8,
    adv_managed_flag: bool,
    adv_other_flag: bool,
    adv_router_lifetime: u16,
    adv_neighbor_reachable_time: u32,
    adv_retransmit_interval: u32,
    adv_link_mtu: u32,
    send_radv: bool,
    cease_radv: bool,
    send_unicast: bool,
    adv_link_layer_address: bool,
    max_radv_interval: f64,
    min_radv_interval: f64,
    last_radv_time: f64,
    last_multicast_time: f64,
    next_multicast_time: f64,
    initial_adverts_count: u32,
    initial_adverts_interval: f64,
    initial_adverts_sent: bool,
    n_advertisements_sent: u32,
    n_solicitations_rcvd: u32,
    n_solicitations_dropped: u32,
    n_prefixes: u32,
    prefixes: vla(ip6ndRaPrefix, 'n_prefixes'),
  }),
);

/** Answers for the addresses of `ip6nd_proxy_add_del` on this interface. */
export const ip6ndProxyEnableDisable = ackCall('ip6nd_proxy_enable_disable', '7daa1e3a', {
  sw_if_index: interfaceIndex,
  is_enable: bool,
});
/** The address is behind that interface: VPP routes it there. */
export const ip6ndProxyAddDel = ackCall('ip6nd_proxy_add_del', 'c2e4a686', {
  sw_if_index: interfaceIndex,
  is_add: bool,
  ip: ip6Address,
});
/** Answered under another message id: VPP forgets its base. */
export const ip6ndProxyDump = dump(
  request('ip6nd_proxy_dump', '51077d14', {}),
  reply('ip6nd_proxy_details', '30b9ff4a', { sw_if_index: interfaceIndex, ip: ip6Address }),
  { wrongId: true },
);
