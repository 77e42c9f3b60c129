import { compileFilter } from '#lib/policy/filter.js';
import type { FilterRule } from '#lib/policy/filter-rule.js';
import type { Resource } from '../../services/configd/reconcile/resource.js';
import { abfAttach } from '../../services/configd/resources/abf-attach.js';
import { abfPolicy } from '../../services/configd/resources/abf-policy.js';
import { acl } from '../../services/configd/resources/acl.js';
import { aclCounters } from '../../services/configd/resources/acl-counters.js';
import { aclList } from '../../services/configd/resources/acl-list.js';
import { address } from '../../services/configd/resources/address.js';
import { bond } from '../../services/configd/resources/bond.js';
import { bondMember } from '../../services/configd/resources/bond-member.js';
import { bridgeDomain } from '../../services/configd/resources/bridge-domain.js';
import { bridgePort } from '../../services/configd/resources/bridge-port.js';
import { crossConnect } from '../../services/configd/resources/cross-connect.js';
import { dhcpRelay } from '../../services/configd/resources/dhcp-relay.js';
import { dhcpServers } from '../../services/configd/resources/dhcp-servers.js';
import { flowprobe } from '../../services/configd/resources/flowprobe.js';
import { flowprobeInterface } from '../../services/configd/resources/flowprobe-interface.js';
import { hostGuard, hostGuard6 } from '../../services/configd/resources/host-guard.js';
import { hostGuardEntry, hostGuardEntry6 } from '../../services/configd/resources/host-guard-entry.js';
import { hostInterface } from '../../services/configd/resources/host-interface.js';
import { hostPolicer, hostPolicer6 } from '../../services/configd/resources/host-policer.js';
import { hostPolicing, hostPolicing6 } from '../../services/configd/resources/host-policing.js';
import { interfaceVrf } from '../../services/configd/resources/interface-vrf.js';
import { ip6 } from '../../services/configd/resources/ip6.js';
import { ipfixExporter } from '../../services/configd/resources/ipfix-exporter.js';
import { lldp } from '../../services/configd/resources/lldp.js';
import { lldpInterface } from '../../services/configd/resources/lldp-interface.js';
import { loopback } from '../../services/configd/resources/loopback.js';
import { macipAcl } from '../../services/configd/resources/macip-acl.js';
import { macipInterface } from '../../services/configd/resources/macip-interface.js';
import { memif } from '../../services/configd/resources/memif.js';
import { memifSocket } from '../../services/configd/resources/memif-socket.js';
import { mssClamp } from '../../services/configd/resources/mss-clamp.js';
import { stableMac } from '../../services/configd/resources/names.js';
import { ndProxy } from '../../services/configd/resources/nd-proxy.js';
import { ndProxyHost } from '../../services/configd/resources/nd-proxy-host.js';
import { neighbour } from '../../services/configd/resources/neighbour.js';
import { neighbourLimits } from '../../services/configd/resources/neighbour-limits.js';
import { nextHop } from '../../services/configd/resources/next-hop.js';
import { policer } from '../../services/configd/resources/policer.js';
import { policerAttach } from '../../services/configd/resources/policer-attach.js';
import { promiscuous } from '../../services/configd/resources/promiscuous.js';
import { proxyArp } from '../../services/configd/resources/proxy-arp.js';
import { proxyArpRange } from '../../services/configd/resources/proxy-arp-range.js';
import { puntPolicer } from '../../services/configd/resources/punt-policer.js';
import { qosMap, qosMapId } from '../../services/configd/resources/qos-map.js';
import { qosMark } from '../../services/configd/resources/qos-mark.js';
import { qosRecord } from '../../services/configd/resources/qos-record.js';
import { qosStore } from '../../services/configd/resources/qos-store.js';
import { raPrefix } from '../../services/configd/resources/ra-prefix.js';
import { route } from '../../services/configd/resources/route.js';
import { routerAdvertisement } from '../../services/configd/resources/router-advertisement.js';
import { rxQueue } from '../../services/configd/resources/rx-queue.js';
import { staticMac } from '../../services/configd/resources/static-mac.js';
import { subInterface } from '../../services/configd/resources/sub-interface.js';
import { tagRewrite } from '../../services/configd/resources/tag-rewrite.js';
import { unnumbered } from '../../services/configd/resources/unnumbered.js';
import { urpf } from '../../services/configd/resources/urpf.js';
import { vppInterface } from '../../services/configd/resources/vpp-interface.js';
import { vrf } from '../../services/configd/resources/vrf.js';
import { vrrp } from '../../services/configd/resources/vrrp.js';
import { changedNat, everyNat } from './every-nat.js';

/** Host devices that the dataplane must have. */
export const devices = ['cwkaccess', 'cwkcore', 'cwkl2', 'cwkone', 'cwktwo', 'cwknat'];

const mac = (name: string) => stableMac('test', name);
const port = (name: string, owner = name) => hostInterface.of({ name, device: `cwk${name}`, mac: mac(owner) });
/** Ports that the dataplane must have by itself. */
export const ports = ['TenGigabitEthernet3/0/0'];

const given = (change: object) =>
  vppInterface.of({ name: 'fibre', interface: 'TenGigabitEthernet3/0/0', mac: mac('fibre'), ...change });
const access = port('access');
const core = port('core');
const l2 = port('l2');
const nat = port('nat');
const uplink = (change: object = {}) =>
  bond.of({ name: 'uplink', id: 7, mode: 'lacp', loadBalance: 'l34', mac: mac('uplink'), ...change });
const blue = vrf.of({ name: 'blue', tableId: 10 });
const gateway = loopback.of({ name: 'gateway', instance: 0, mac: mac('gateway') });
const bvi = loopback.of({ name: 'bvi', instance: 3, mac: mac('bvi') });
const line = subInterface.of({ parent: access.key, outerVlan: 100, innerVlan: 7 });
const blueLine = subInterface.of({ parent: access.key, outerVlan: 200 });
const trunk = (vlan: number) => subInterface.of({ parent: l2.key, outerVlan: vlan });
const metro = (change: object = {}) => bridgeDomain.of({ name: 'metro', id: 10, learnLimit: 100, ...change });
const slow = (cirBps: number) => policer.of({ name: 'slow', rate: { cirBps } });

function list(name: string, ...rules: FilterRule[]): Resource {
  const compiled = compileFilter(rules);
  if (!compiled.ok) throw new Error(`rules of ${name}`);
  return acl.of({ name, rules: compiled.value });
}
const web = (dstPorts: number) => list('web', { action: 'permit', proto: 'tcp', dstPorts });
const steered = list('builtin.pbr.up.web.4.aa', { action: 'permit', proto: 'tcp', dstPorts: 443, family: 4 });
const policy = (weight: number) =>
  abfPolicy.of({ family: 'ip4', acl: steered.key, paths: [{ via: '10.255.0.2', interface: core.key, weight }] });

const marks = (count: number, of: (mark: number) => number) => Array.from({ length: count }, (_, mark) => of(mark));
const toPriority = (shift: number) =>
  qosMap.of({
    ...{ name: 'to-pcp', id: qosMapId(1), writes: 'pcp' },
    ...{ fromDscp: marks(64, (mark) => mark >> shift), fromPcp: marks(8, (mark) => mark) },
  });
const router = (priority: number) =>
  vrrp.of({
    ...{ interface: core.key, id: 10, addresses: ['10.255.0.100'], priority, intervalCs: 100, preempt: true },
    ...{ accept: false, peers: ['10.255.0.8'], track: [{ interface: gateway.key, decrement: 50 }] },
  });
const exporter = (port_: number) =>
  ipfixExporter.of({
    ...{ collector: '10.255.0.9', port: port_, source: '10.255.0.1', pathMtu: 1400, templateIntervalS: 60 },
    udpChecksum: false,
  });

const madePorts = [access, core, l2, nat, port('one', 'uplink'), port('two', 'uplink')];
const places = [...madePorts, blue, gateway, bvi, line, trunk(100), trunk(101), trunk(102)];

const stations = (src_mac: string) => {
  const rule = { is_permit: 1, src_mac, src_mac_mask: 'ff:ff:ff:ff:ff:ff', src_prefix: '0.0.0.0/0' };
  return macipAcl.of({ name: 'stations', rules: [rule] });
};
const watched = (failures: number) =>
  nextHop.of({
    ...{ name: 'upstream', address: '10.255.0.2', interface: core.key },
    probe: {
      ...{ intervalMs: 1000, timeoutMs: 500, failures, successes: 3 },
      returnAfterMs: 1000,
      maxReturnAfterMs: 1000,
    },
  });

/** Tables of hosts on the shared line, with one host in them. */
const shared = (host: string, prefix: string, isolated: boolean): Resource[] => {
  const table = { by: 'source', tags: 1, capacity: 4096 } as const;
  const guarded = { tags: 1, mac: '02:00:5e:00:00:09', isolated };
  return [
    hostPolicing.of({ interface: blueLine.key, ...table }),
    hostPolicer.of({ on: 'host-policing/access.200', ...table, address: host, policer: 'policer/slow' }),
    hostGuard.of({ interface: blueLine.key, tags: 1 }),
    hostGuardEntry.of({ on: 'host-guard/access.200', address: host, ...guarded }),
    hostPolicing6.of({ interface: blueLine.key, ...table }),
    hostPolicer6.of({ on: 'host-policing6/access.200', ...table, address: prefix, policer: 'policer/slow' }),
    hostGuard6.of({ interface: blueLine.key, tags: 1 }),
    hostGuardEntry6.of({ on: 'host-guard6/access.200', address: prefix, ...guarded }),
  ];
};

/** What stays as it is in the changed configuration. */
const kept = (): Resource[] => [
  ...places,
  steered,
  memifSocket.of({ id: 7, filename: `/tmp/causeway-every-kind-${process.pid}.sock` }),
  bondMember.of({ interface: 'host-interface/one', bond: uplink().key }),
  address.of({ interface: gateway.key, prefix: '100.64.0.1/16' }),
  address.of({ interface: gateway.key, prefix: '2001:db8:64::1/64' }),
  address.of({ interface: core.key, prefix: '10.255.0.1/24' }),
  address.of({ interface: core.key, prefix: '2001:db8:255::1/64' }),
  unnumbered.of({ interface: line.key, donor: gateway.key }),
  ip6.of({ interface: line.key }),
  proxyArp.of({ interface: line.key }),
  bridgePort.of({ interface: bvi.key, domain: metro().key, bvi: mac('bvi') }),
  ...[trunk(101), trunk(102)].map((one, i, pair) =>
    crossConnect.of({ interface: one.key, to: pair[1 - i]?.key ?? '' }),
  ),
  promiscuous.of({ interface: core.key }),
  macipInterface.of({ interface: nat.key, list: 'macip-acl/stations' }),
];

/** A configuration with something of every kind. */
export const everyKind = (): Resource[] => [
  ...kept(),
  ...everyNat(nat),
  ...shared('100.65.0.7', '2001:db8:a000:700::/56', true),
  aclCounters.of({}),
  given({ mtu: 1600 }),
  watched(3),
  stations('02:00:5e:00:00:11'),
  memif.of({ name: 'service', socket: 'memif-socket/7', id: 0, role: 'master', mac: mac('service'), ringSize: 256 }),
  uplink(),
  bondMember.of({ interface: 'host-interface/two', bond: uplink().key, longTimeout: true }),
  blueLine,
  interfaceVrf.of({ interface: blueLine.key, vrf: blue.key }),
  address.of({ interface: blueLine.key, prefix: '100.65.0.1/16', vrf: blue.key }),
  metro(),
  bridgePort.of({ interface: trunk(100).key, domain: metro().key, splitHorizon: 1 }),
  tagRewrite.of({ interface: trunk(100).key, attachment: 'bridge-port', pop: 1 }),
  staticMac.of({ domain: metro().key, mac: '02:00:00:00:01:01', interface: trunk(100).key }),
  slow(1_000_000),
  web(443),
  aclList.of({ interface: line.key, in: ['acl/web'], out: [] }),
  policerAttach.of({ interface: line.key, direction: 'in', policer: 'policer/slow' }),
  policerAttach.of({ interface: line.key, direction: 'out', policer: 'policer/slow' }),
  puntPolicer.of({ family: 'ip4', policer: 'policer/slow' }),
  policy(1),
  abfAttach.of({ interface: line.key, family: 'ip4', policies: [policy(1).key] }),
  dhcpRelay.of({
    ...{ servers: [{ address: '10.255.0.2' }, { address: '10.255.0.3' }], sourceAddress: '10.255.0.1' },
    vss: { name: 'blue' },
  }),
  dhcpServers.of({ interface: line.key, group: 'east', servers: ['10.9.0.2', '2001:db8:9::2'] }),
  proxyArpRange.of({ low: '100.64.0.2', high: '100.64.255.254' }),
  route.of({ prefix: '0.0.0.0/0', paths: [{ via: '10.255.0.2', interface: core.key }] }),
  route.of({ vrf: blue.key, prefix: '203.0.113.0/24', drop: true }),
  neighbour.of({ interface: line.key, address: '100.64.0.7', mac: '02:00:5e:00:00:07' }),
  neighbour.of({ interface: line.key, address: 'fe80::7', mac: '02:00:5e:00:00:07' }),
  neighbourLimits.of({ family: 'ip6', limit: 1000, ageS: 600, recycle: true }),
  urpf.of({ interface: line.key, family: 'ip4', mode: 'strict' }),
  routerAdvertisement.of({ interface: line.key, managed: true, lifetimeS: 1800, maxIntervalS: 600, minIntervalS: 200 }),
  raPrefix.of({ interface: line.key, prefix: '2001:db8:aa:1::/64' }),
  ndProxy.of({ interface: line.key }),
  ndProxyHost.of({ interface: line.key, address: '2001:db8:64::7' }),
  mssClamp.of({ interface: line.key, ip4: 1452, ip6: 1432 }),
  rxQueue.of({ interface: core.key, queue: 0, mode: 'polling' }),
  router(200),
  exporter(4739),
  flowprobe.of({ record: { l2: false, l3: true, l4: true }, activeS: 10, passiveS: 20 }),
  flowprobeInterface.of({ interface: core.key, traffic: 'ip4', direction: 'both' }),
  lldp.of({ systemName: 'bng1', txIntervalS: 10, txHold: 3 }),
  lldpInterface.of({ interface: core.key, portDescription: 'to the left' }),
  toPriority(3),
  qosRecord.of({ interface: core.key, source: 'dscp' }),
  qosStore.of({ interface: nat.key, dscp: 46 }),
  qosMark.of({ interface: line.key, writes: 'pcp', map: toPriority(3).key }),
];

/** The same with something of each kind that can change changed, made anew, moved or gone. */
export const changedKinds = (): Resource[] => [
  ...kept(),
  ...changedNat(nat),
  ...shared('100.65.0.8', '2001:db8:a000:800::/56', false),
  watched(5),
  given({ mac: mac('other'), enabled: false }),
  stations('02:00:5e:00:00:12'),
  memif.of({ name: 'service', socket: 'memif-socket/7', id: 1, role: 'slave', mac: mac('service'), ringSize: 512 }),
  uplink({ mtu: 1500, minMembers: 1 }),
  subInterface.of({ parent: 'bond/uplink', outerVlan: 100, innerVlan: 7 }),
  blueLine,
  address.of({ interface: blueLine.key, prefix: '100.66.0.1/16' }),
  metro({ flood: false, macAgeMinutes: 5, learnLimit: 50 }),
  bridgePort.of({ interface: trunk(100).key, domain: metro().key, splitHorizon: 2 }),
  tagRewrite.of({ interface: trunk(100).key, attachment: 'bridge-port', pop: 1, push: [200] }),
  staticMac.of({ domain: metro().key, mac: '02:00:00:00:01:01' }),
  slow(2_000_000),
  web(80),
  list('late', { action: 'deny', proto: 'udp' }, { action: 'permit' }),
  aclList.of({ interface: line.key, in: ['acl/late', 'acl/web'], out: ['acl/web'] }),
  policerAttach.of({ interface: line.key, direction: 'in', policer: 'policer/slow' }),
  policy(2),
  abfAttach.of({ interface: blueLine.key, family: 'ip4', policies: [policy(2).key] }),
  dhcpRelay.of({
    ...{ servers: [{ address: '10.255.0.5' }], sourceAddress: '10.255.0.1' },
    vss: { vpnId: '0a0b0c:0000004d' },
  }),
  dhcpServers.of({ interface: line.key, group: 'west', servers: ['10.9.0.3'] }),
  proxyArpRange.of({ low: '100.64.0.2', high: '100.64.0.254' }),
  route.of({
    prefix: '0.0.0.0/0',
    paths: [
      { via: '10.255.0.3', interface: core.key, weight: 3 },
      { via: '10.255.0.4', interface: core.key },
    ],
  }),
  route.of({ vrf: blue.key, prefix: '0.0.0.0/0', paths: [{ lookupIn: 'default' }] }),
  neighbour.of({ interface: line.key, address: '100.64.0.7', mac: '02:00:5e:00:00:08' }),
  neighbourLimits.of({ family: 'ip4', limit: 9, ageS: 0, recycle: false }),
  urpf.of({ interface: line.key, family: 'ip4', mode: 'loose' }),
  routerAdvertisement.of({ interface: line.key, other: true, unicast: true, linkLayerOption: false, lifetimeS: 0 }),
  raPrefix.of({ interface: line.key, prefix: '2001:db8:aa:1::/64', validS: 600, preferredS: 300 }),
  ndProxyHost.of({ interface: line.key, address: '2001:db8:64::8' }),
  mssClamp.of({ interface: line.key, ip4: 1300, direction: 'in' }),
  rxQueue.of({ interface: core.key, queue: 0, mode: 'interrupt' }),
  router(90),
  exporter(4740),
  flowprobe.of({ record: { l2: true, l3: true, l4: false }, activeS: 1, passiveS: 0 }),
  flowprobeInterface.of({ interface: core.key, traffic: 'ip6', direction: 'out' }),
  lldp.of({ systemName: 'bng2', txIntervalS: 30, txHold: 4 }),
  lldpInterface.of({ interface: core.key, portDescription: 'to the right' }),
  toPriority(4),
  qosRecord.of({ interface: core.key, source: 'pcp' }),
  qosStore.of({ interface: nat.key, dscp: 10 }),
  qosMark.of({ interface: line.key, writes: 'pcp', map: toPriority(4).key }),
];
