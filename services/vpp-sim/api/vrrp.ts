import * as messages from '#lib/vpp/messages/vrrp.js';
import { retvals } from '#lib/vpp/retval.js';
import { swIfIndex } from '#lib/vpp/types.js';
import type { Dataplane } from '../dataplane.js';
import type { RouterKey, VirtualRouter, VirtualRouterConfig } from '../tables/vrrp.js';
import { type Handler, onAck, onCall, onDump } from './handler.js';

const ALL = 0xffffffff;

interface ConfigRequest {
  sw_if_index: number;
  vr_id: number;
  priority: number;
  interval: number;
  flags: number;
  addrs: string[];
}
const configOf = (request: ConfigRequest): VirtualRouterConfig => ({
  swIfIndex: request.sw_if_index,
  id: request.vr_id,
  priority: request.priority,
  interval: request.interval,
  flags: request.flags,
  addresses: request.addrs,
});
const keyOf = (request: { sw_if_index: number; vr_id: number; is_ipv6: number }): RouterKey => ({
  swIfIndex: request.sw_if_index,
  id: request.vr_id,
  ip6: request.is_ipv6 !== 0,
});
const wireKey = (router: VirtualRouter) => ({
  sw_if_index: swIfIndex(router.swIfIndex),
  vr_id: router.id,
  is_ipv6: router.ip6 ? 1 : 0,
});
export const vrrpEvent = (router: VirtualRouter, from: number, to: number, pid: number) => ({
  pid,
  vr: wireKey(router),
  old_state: from,
  new_state: to,
});
const hex2 = (value: number) => value.toString(16).padStart(2, '0');

function details({ vrrp }: Dataplane, router: VirtualRouter) {
  const decrement = vrrp.decrement(router);
  return {
    config: {
      sw_if_index: swIfIndex(router.swIfIndex),
      vr_id: router.id,
      priority: router.priority,
      interval: router.interval,
      flags: router.flags,
    },
    runtime: {
      state: router.state,
      master_adv_int: router.masterInterval,
      skew: router.skew,
      master_down_int: router.masterDown,
      mac: `00:00:5e:00:0${router.ip6 ? 2 : 1}:${hex2(router.id)}`,
      tracking: { interfaces_dec: decrement, priority: Math.max(1, router.priority - decrement) },
    },
    addrs: router.addresses,
  };
}

const isAll = (index: number) => index === 0 || index === ALL;

/** For one router its peers; for all of them VPP sends the details of `vrrp_vr_dump` instead. */
const peerDump: Handler = {
  request: messages.vrrpVrPeerDump.request,
  answers: [messages.vrrpVrPeerDump.details, messages.vrrpVrDump.details],
  run(body, { dataplane }, send) {
    const request = messages.vrrpVrPeerDump.request.decode(body);
    if (!request.ok) return false;
    if (isAll(request.value.sw_if_index)) {
      for (const router of dataplane.vrrp.list().filter(({ peers }) => peers.length > 0))
        send(messages.vrrpVrDump.details, details(dataplane, router));
      return true;
    }
    const router = dataplane.vrrp.find(keyOf(request.value));
    if (router) send(messages.vrrpVrPeerDump.details, { ...wireKey(router), peer_addrs: router.peers });
    return true;
  },
};

export const vrrpHandlers: readonly Handler[] = [
  onAck(messages.vrrpVrAddDel, (request, { dataplane }) =>
    request.is_add !== 0 ? dataplane.vrrp.add(configOf(request)).retval : dataplane.vrrp.remove(configOf(request)),
  ),
  onCall(messages.vrrpVrUpdate, (request, { dataplane }) => {
    const config = configOf(request);
    const { retval, index } =
      request.vrrp_index === ALL ? dataplane.vrrp.add(config) : dataplane.vrrp.update(request.vrrp_index, config);
    return { retval, vrrp_index: index };
  }),
  onAck(messages.vrrpVrStartStop, (request, { dataplane }) =>
    dataplane.vrrp.startStop(keyOf(request), request.is_start !== 0),
  ),
  onDump(messages.vrrpVrDump, ({ sw_if_index }, { dataplane }) =>
    dataplane.vrrp
      .list()
      .filter((router) => isAll(sw_if_index) || router.swIfIndex === sw_if_index)
      .map((router) => details(dataplane, router)),
  ),
  onAck(messages.vrrpVrSetPeers, (request, { dataplane }) => dataplane.vrrp.setPeers(keyOf(request), request.addrs)),
  peerDump,
  onAck(messages.vrrpVrTrackIfAddDel, (request, { dataplane }) =>
    dataplane.vrrp.track(
      keyOf(request),
      request.is_add !== 0,
      request.ifs.map((tracked) => ({ swIfIndex: tracked.sw_if_index, priority: tracked.priority })),
    ),
  ),
  onDump(messages.vrrpVrTrackIfDump, (request, { dataplane }) => {
    const one = dataplane.vrrp.find(keyOf(request));
    const chosen = request.dump_all
      ? dataplane.vrrp.list().filter(({ tracked }) => tracked.length > 0)
      : [one].filter((router) => router !== undefined);
    return chosen.map((router) => ({
      ...wireKey(router),
      ifs: router.tracked.map((tracked) => ({
        sw_if_index: swIfIndex(tracked.swIfIndex),
        priority: tracked.priority,
      })),
    }));
  }),
  onAck(messages.wantVrrpVrEvents, ({ enable_disable, pid }, { client }) => {
    const done = enable_disable ? client.subscribe('vrrp', pid) : client.unsubscribe('vrrp');
    return done ? 0 : retvals.INVALID_REGISTRATION;
  }),
];
