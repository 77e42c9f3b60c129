import type { AnyKind } from '../reconcile/resource.js';
import { abfAttach } from './abf-attach.js';
import { abfPolicy } from './abf-policy.js';
import { acl } from './acl.js';
import { aclCounters } from './acl-counters.js';
import { aclList } from './acl-list.js';
import { address } from './address.js';
import { bond } from './bond.js';
import { bondMember } from './bond-member.js';
import { bridgeDomain } from './bridge-domain.js';
import { bridgePort } from './bridge-port.js';
import { crossConnect } from './cross-connect.js';
import { det44 } from './det44.js';
import { det44Interface } from './det44-interface.js';
import { det44Map } from './det44-map.js';
import { det44Timeouts } from './det44-timeouts.js';
import { dhcpRelay } from './dhcp-relay.js';
import { dhcpServers } from './dhcp-servers.js';
import { flowprobe } from './flowprobe.js';
import { flowprobeInterface } from './flowprobe-interface.js';
import { hostGuard, hostGuard6 } from './host-guard.js';
import { hostGuardEntry, hostGuardEntry6 } from './host-guard-entry.js';
import { hostInterface } from './host-interface.js';
import { hostPolicer, hostPolicer6 } from './host-policer.js';
import { hostPolicing, hostPolicing6 } from './host-policing.js';
import { interfaceVrf } from './interface-vrf.js';
import { ip6 } from './ip6.js';
import { ipfixExporter } from './ipfix-exporter.js';
import { lldp } from './lldp.js';
import { lldpInterface } from './lldp-interface.js';
import { loopback } from './loopback.js';
import { macipAcl } from './macip-acl.js';
import { macipInterface } from './macip-interface.js';
import { memif } from './memif.js';
import { memifSocket } from './memif-socket.js';
import { mssClamp } from './mss-clamp.js';
import { nat44Ed } from './nat44-ed.js';
import { nat44EdInterface } from './nat44-ed-interface.js';
import { nat44EdPool } from './nat44-ed-pool.js';
import { nat44EdSessionLimit } from './nat44-ed-session-limit.js';
import { nat44EdStatic } from './nat44-ed-static.js';
import { nat44Ei } from './nat44-ei.js';
import { nat44EiInterface } from './nat44-ei-interface.js';
import { nat44EiPool } from './nat44-ei-pool.js';
import { nat44EiStatic } from './nat44-ei-static.js';
import { ndProxy } from './nd-proxy.js';
import { ndProxyHost } from './nd-proxy-host.js';
import { neighbour } from './neighbour.js';
import { neighbourLimits } from './neighbour-limits.js';
import { nextHop } from './next-hop.js';
import { policer } from './policer.js';
import { policerAttach } from './policer-attach.js';
import { promiscuous } from './promiscuous.js';
import { proxyArp } from './proxy-arp.js';
import { proxyArpRange } from './proxy-arp-range.js';
import { puntPolicer } from './punt-policer.js';
import { qosMap } from './qos-map.js';
import { qosMark } from './qos-mark.js';
import { qosRecord } from './qos-record.js';
import { qosStore } from './qos-store.js';
import { raPrefix } from './ra-prefix.js';
import { route } from './route.js';
import { routerAdvertisement } from './router-advertisement.js';
import { rxQueue } from './rx-queue.js';
import { staticMac } from './static-mac.js';
import { subInterface } from './sub-interface.js';
import { tagRewrite } from './tag-rewrite.js';
import { unnumbered } from './unnumbered.js';
import { urpf } from './urpf.js';
import { vppInterface } from './vpp-interface.js';
import { vrf } from './vrf.js';
import { vrrp } from './vrrp.js';

/** Every kind, those that others hang on first: VPP is read back in this order. */
export const allKinds: readonly AnyKind[] = [
  vrf,
  memifSocket,
  hostInterface,
  vppInterface,
  memif,
  bond,
  bondMember,
  loopback,
  subInterface,
  bridgeDomain,
  bridgePort,
  crossConnect,
  tagRewrite,
  staticMac,
  interfaceVrf,
  unnumbered,
  address,
  policer,
  acl,
  macipAcl,
  aclCounters,
  dhcpRelay,
  dhcpServers,
  proxyArpRange,
  nextHop,
  route,
  neighbour,
  policerAttach,
  hostPolicing,
  hostPolicer,
  hostPolicing6,
  hostPolicer6,
  hostGuard,
  hostGuardEntry,
  hostGuard6,
  hostGuardEntry6,
  aclList,
  macipInterface,
  abfPolicy,
  abfAttach,
  urpf,
  proxyArp,
  ip6,
  routerAdvertisement,
  raPrefix,
  ndProxy,
  ndProxyHost,
  neighbourLimits,
  mssClamp,
  promiscuous,
  rxQueue,
  vrrp,
  ipfixExporter,
  flowprobe,
  flowprobeInterface,
  lldp,
  lldpInterface,
  puntPolicer,
  qosMap,
  qosRecord,
  qosStore,
  qosMark,
  nat44Ed,
  nat44EdInterface,
  nat44EdPool,
  nat44EdStatic,
  nat44EdSessionLimit,
  nat44Ei,
  nat44EiInterface,
  nat44EiPool,
  nat44EiStatic,
  det44,
  det44Timeouts,
  det44Interface,
  det44Map,
];
