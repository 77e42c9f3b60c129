import { bool, u32 } from '../codec.js';
import { dump, reply, request } from '../message.js';
import { addressFamily, interfaceIndex, prefix } from '../types.js';
import { ackCall } from './patterns.js';

export const svsTableAddDel = ackCall('svs_table_add_del', '7d21cb2a', {
  is_add: bool,
  af: addressFamily,
  table_id: u32,
});
export const svsRouteAddDel = ackCall('svs_route_add_del', 'e49bc63c', {
  is_add: bool,
  prefix: prefix,
  table_id: u32,
  source_table_id: u32,
});
/** Looks a packet's source up in `table_id`, whose routes say which table then routes it. */
export const svsEnableDisable = ackCall('svs_enable_disable', '634b89d2', {
  is_enable: bool,
  af: addressFamily,
  table_id: u32,
  sw_if_index: interfaceIndex,
});
export const svsDump = dump(
  request('svs_dump', '51077d14', {}),
  reply('svs_details', '6282cd55', { table_id: u32, sw_if_index: interfaceIndex, af: addressFamily }),
);
