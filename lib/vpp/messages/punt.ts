import { bool, struct, u32, vla } from '../codec.js';
import { dump, reply, request } from '../message.js';
import { addressFamily, fibPath, interfaceIndex } from '../types.js';
import { ackCall } from './patterns.js';

export const puntRedirectV2 = struct('punt_redirect_v2', {
  rx_sw_if_index: interfaceIndex,
  af: addressFamily,
  n_paths: u32,
  paths: vla(fibPath, 'n_paths'),
});

/** One policer for everything punted of a family, whatever the interface. No dump shows it. */
export const ipPuntPolice = ackCall('ip_punt_police', 'db867cea', { policer_index: u32, is_add: bool, is_ip6: bool });
/** Sends what is punted from `rx_sw_if_index` (`noInterface`: from any other) down a path instead. */
export const addDelIpPuntRedirectV2 = ackCall('add_del_ip_punt_redirect_v2', '9e804227', {
  is_add: bool,
  punt: puntRedirectV2,
});
export const ipPuntRedirectV2Dump = dump(
  request('ip_punt_redirect_v2_dump', 'd817a484', { sw_if_index: interfaceIndex, af: addressFamily }),
  reply('ip_punt_redirect_v2_details', '7ba42e1d', { punt: puntRedirectV2 }),
);
