import { bool, struct, u32 } from '../codec.js';
import { dump, reply, request } from '../message.js';
import { interfaceIndex, interfaceIndexU32, ip4Address } from '../types.js';
import { ackCall } from './patterns.js';

export const proxyArp = struct('proxy_arp', { table_id: u32, low: ip4Address, hi: ip4Address });

/** A range answered for in one table. A repeat is 0; deleting another range than the one added is -6. */
export const proxyArpAddDel = ackCall('proxy_arp_add_del', '1823c3e7', { is_add: bool, proxy: proxyArp });
export const proxyArpDump = dump(
  request('proxy_arp_dump', '51077d14', {}),
  reply('proxy_arp_details', '5b948673', { proxy: proxyArp }),
);
export const proxyArpIntfcEnableDisable = ackCall('proxy_arp_intfc_enable_disable', 'ae6cfcfb', {
  sw_if_index: interfaceIndex,
  enable: bool,
});
/** Lists an index whose interface was deleted with the flag on, even after the index is in use again. */
export const proxyArpIntfcDump = dump(
  request('proxy_arp_intfc_dump', '51077d14', {}),
  reply('proxy_arp_intfc_details', 'f6458e5f', { sw_if_index: interfaceIndexU32 }),
);
