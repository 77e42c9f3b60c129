import * as arp from '#lib/vpp/messages/arp.js';
import * as messages from '#lib/vpp/messages/ip-neighbor.js';
import { swIfIndex } from '#lib/vpp/types.js';
import type { Neighbour } from '../tables/neighbours.js';
import { type Handler, onAck, onCall, onDump } from './handler.js';

const ALL = 0xffffffff;

export const neighbourBody = (entry: Neighbour) => ({
  sw_if_index: swIfIndex(entry.swIfIndex),
  flags: entry.flags,
  mac_address: entry.mac,
  ip_address: entry.address,
});

export const neighbourHandlers: readonly Handler[] = [
  onCall(messages.ipNeighborAddDel, ({ is_add, neighbor }, { dataplane }) => {
    const { sw_if_index, ip_address, mac_address, flags } = neighbor;
    if (!is_add) return { retval: dataplane.neighbours.remove(sw_if_index, ip_address), stats_index: ALL };
    const { retval, statsIndex } = dataplane.neighbours.add(sw_if_index, ip_address, mac_address, flags);
    return { retval, stats_index: statsIndex };
  }),
  onDump(messages.ipNeighborDump, ({ sw_if_index, af }, { dataplane }) =>
    dataplane.neighbours
      .list(sw_if_index === ALL ? undefined : sw_if_index, af === 1)
      .map((entry) => ({ age: (Date.now() - entry.sinceMs) / 1000, neighbor: neighbourBody(entry) })),
  ),
  onAck(messages.ipNeighborConfig, ({ af, ...limits }, { dataplane }) => {
    dataplane.neighbours.limits[af === 1 ? 1 : 0] = limits;
    return 0;
  }),
  onCall(messages.ipNeighborConfigGet, ({ af }, { dataplane }) => ({
    retval: 0,
    af,
    ...dataplane.neighbours.limits[af === 1 ? 1 : 0],
  })),
  onAck(messages.wantIpNeighborEventsV2, ({ enable, pid }, { client }) => {
    if (enable) client.subscribe('neighbour', pid);
    else client.unsubscribe('neighbour');
    return 0;
  }),
  onAck(arp.proxyArpAddDel, ({ is_add, proxy }, { dataplane }) =>
    dataplane.proxyArp.change(is_add, { tableId: proxy.table_id, low: proxy.low, high: proxy.hi }),
  ),
  onDump(arp.proxyArpDump, (_, { dataplane }) =>
    dataplane.proxyArp.list().map(({ tableId, low, high }) => ({ proxy: { table_id: tableId, low, hi: high } })),
  ),
  onAck(arp.proxyArpIntfcEnableDisable, ({ sw_if_index, enable }, { dataplane }) =>
    dataplane.proxyArp.setInterface(sw_if_index, enable),
  ),
  onDump(arp.proxyArpIntfcDump, (_, { dataplane }) =>
    dataplane.proxyArp.listInterfaces().map((index) => ({ sw_if_index: swIfIndex(index) })),
  ),
];
