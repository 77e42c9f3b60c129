import { reply } from '#lib/vpp/message.js';
import * as rx from '#lib/vpp/messages/interface-rx.js';
import * as messages from '#lib/vpp/messages/ip6-nd.js';
import * as punt from '#lib/vpp/messages/punt.js';
import { interfaceIndex, ip6Address, swIfIndex } from '#lib/vpp/types.js';
import type { Dataplane } from '../dataplane.js';
import { familyOf } from '../tables/ip-tables.js';
import type { Adverts } from '../tables/router-adverts.js';
import { type Handler, onAck, onDump } from './handler.js';

const ALL = 0xffffffff;
const HOP_LIMIT = 64;
const DEFAULT_MTU = 9000;

function details({ routerAdverts, interfaces }: Dataplane, index: number, adverts: Adverts) {
  return {
    sw_if_index: swIfIndex(index),
    cur_hop_limit: HOP_LIMIT,
    adv_managed_flag: adverts.managed,
    adv_other_flag: adverts.other,
    adv_router_lifetime: adverts.lifetimeS,
    adv_neighbor_reachable_time: 0,
    adv_retransmit_interval: 0,
    adv_link_mtu: interfaces.get(index)?.parent.mtu[0] ?? DEFAULT_MTU,
    send_radv: adverts.sends,
    cease_radv: adverts.ceases,
    send_unicast: adverts.unicast,
    adv_link_layer_address: adverts.linkLayerOption,
    max_radv_interval: adverts.maxIntervalS,
    min_radv_interval: adverts.minIntervalS,
    last_radv_time: 0,
    last_multicast_time: 0,
    next_multicast_time: 0,
    initial_adverts_count: adverts.initialCount,
    initial_adverts_interval: adverts.initialIntervalS,
    initial_adverts_sent: false,
    n_advertisements_sent: 0,
    n_solicitations_rcvd: 0,
    n_solicitations_dropped: 0,
    prefixes: [...adverts.prefixes.values()].map((own) => ({
      prefix: own.prefix,
      onlink_flag: own.onLink,
      autonomous_flag: own.autonomous,
      val_lifetime: own.validS,
      pref_lifetime: own.preferredS,
      valid_lifetime_expires: routerAdverts.leftS(own, own.validS),
      pref_lifetime_expires: routerAdverts.leftS(own, own.preferredS),
      decrement_lifetime_flag: own.decrements,
      no_advertise: !own.advertised,
    })),
  };
}

/** VPP forgets the base of its message ids here: the details come under a number that means something else. */
const misnamedProxies = reply('memclnt_rx_thread_suspend', '30b9ff4a', { sw_if_index: interfaceIndex, ip: ip6Address });
const proxyDump: Handler = {
  request: messages.ip6ndProxyDump.request,
  answers: [messages.ip6ndProxyDump.details, misnamedProxies],
  run(body, { dataplane }, send) {
    if (!messages.ip6ndProxyDump.request.decode(body).ok) return false;
    for (const { address, swIfIndex: index } of dataplane.ndProxies.list())
      send(misnamedProxies, { sw_if_index: swIfIndex(index), ip: address });
    return true;
  },
};

export const ndHandlers: readonly Handler[] = [
  onAck(messages.swInterfaceIp6ndRaConfig, ({ sw_if_index, ...change }, { dataplane }) =>
    dataplane.routerAdverts.configure(sw_if_index, change),
  ),
  onAck(messages.swInterfaceIp6ndRaPrefix, ({ sw_if_index, ...change }, { dataplane }) =>
    dataplane.routerAdverts.setPrefix(sw_if_index, change),
  ),
  onDump(messages.swInterfaceIp6ndRaDump, ({ sw_if_index }, { dataplane }) =>
    dataplane.routerAdverts
      .list()
      .filter(([index]) => sw_if_index === ALL || index === sw_if_index)
      .map(([index, adverts]) => details(dataplane, index, adverts)),
  ),
  onAck(messages.ip6ndProxyEnableDisable, ({ sw_if_index, is_enable }, { dataplane }) =>
    dataplane.ndProxies.enable(sw_if_index, is_enable),
  ),
  onAck(messages.ip6ndProxyAddDel, ({ sw_if_index, is_add, ip }, { dataplane }) =>
    dataplane.ndProxies.change(sw_if_index, ip, is_add),
  ),
  proxyDump,

  onAck(punt.ipPuntPolice, ({ is_add, is_ip6 }, { dataplane }) =>
    dataplane.puntPolicers.change(familyOf(is_ip6), is_add),
  ),
  onAck(punt.addDelIpPuntRedirectV2, ({ is_add, punt: redirect }, { dataplane }) =>
    dataplane.puntRedirects.change(familyOf(redirect.af === 1), redirect.rx_sw_if_index, redirect.paths, is_add),
  ),
  onDump(punt.ipPuntRedirectV2Dump, ({ sw_if_index, af }, { dataplane }) =>
    dataplane.puntRedirects
      .list(familyOf(af === 1), sw_if_index)
      .map(({ from, paths }) => ({ punt: { rx_sw_if_index: swIfIndex(from), af, paths } })),
  ),

  onAck(rx.swInterfaceSetRxMode, ({ sw_if_index, queue_id_valid, queue_id, mode }, { dataplane }) =>
    dataplane.rxQueues.setMode(sw_if_index, queue_id_valid ? queue_id : undefined, mode),
  ),
  onAck(rx.swInterfaceSetRxPlacement, ({ sw_if_index, queue_id }, { dataplane }) =>
    dataplane.rxQueues.place(sw_if_index, queue_id),
  ),
  onDump(rx.swInterfaceRxPlacementDump, ({ sw_if_index }, { dataplane }) =>
    dataplane.rxQueues
      .list()
      .filter((queue) => sw_if_index === ALL || queue.swIfIndex === sw_if_index)
      .map(({ swIfIndex: index, mode }) => ({ sw_if_index: swIfIndex(index), queue_id: 0, worker_id: 0, mode })),
  ),
];
