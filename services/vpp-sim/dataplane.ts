import { AbfTable } from './tables/abf.js';
import { AclTable, MacipTable } from './tables/acls.js';
import { AfPacketTable, randomMac } from './tables/af-packet.js';
import { BondTable } from './tables/bonds.js';
import { BridgeDomains } from './tables/bridge-domains.js';
import { BviTable } from './tables/bvis.js';
import { Classifier } from './tables/classifier.js';
import { CounterTable } from './tables/counters.js';
import { DhcpProxyTable } from './tables/dhcp-proxies.js';
import { Flowprobe } from './tables/flowprobe.js';
import { InterfaceTable } from './tables/interfaces.js';
import { IpInterfaces } from './tables/ip-interfaces.js';
import { IpTables } from './tables/ip-tables.js';
import { IpfixExporters } from './tables/ipfix-exporters.js';
import { LldpTable } from './tables/lldp.js';
import { LoopbackTable } from './tables/loopbacks.js';
import { MainHeap } from './tables/main-heap.js';
import { MemifTable } from './tables/memif.js';
import { MssClamps } from './tables/mss-clamp.js';
import { Det44 } from './tables/nat/deterministic.js';
import { Nat44Ed } from './tables/nat/endpoint-dependent.js';
import { Nat44Ei } from './tables/nat/endpoint-independent.js';
import { NatLogging } from './tables/nat/settings.js';
import { NdProxies } from './tables/nd-proxies.js';
import { NeighbourTable } from './tables/neighbours.js';
import { Pinger } from './tables/pinger.js';
import { PolicerTable } from './tables/policers.js';
import { ProxyArpTable } from './tables/proxy-arp.js';
import { PuntPolicers, PuntRedirects } from './tables/punting.js';
import { QosTable } from './tables/qos.js';
import { RouterAdverts } from './tables/router-adverts.js';
import { RouteTable } from './tables/routes.js';
import { RxQueues } from './tables/rx-queues.js';
import { addSpecialRoutes } from './tables/special-routes.js';
import { SvsTable } from './tables/svs.js';
import { TagRewrites } from './tables/tag-rewrites.js';
import { UrpfTable } from './tables/urpf.js';
import { VrrpTable } from './tables/vrrp.js';
import { VssTable } from './tables/vss.js';

export interface DataplaneOptions {
  /** Network devices that exist; undefined means any name does. */
  hostInterfaces?: ReadonlySet<string> | undefined;
  /** Ports that are there from the start. */
  ports?: readonly string[] | undefined;
  /** Interfaces at which VPP's stats segment overflows and it aborts; undefined for never. */
  maxInterfaces?: number | undefined;
  /** What VPP does where a legal call kills it: must not return. */
  crash: (reason: string) => never;
  nowMs: () => number;
}

/** The whole state of one VPP life. A restart makes a new one. */
export type Dataplane = ReturnType<typeof createDataplane>;

export function createDataplane(options: DataplaneOptions) {
  const interfaces = new InterfaceTable();
  const tagRewrites = new TagRewrites(interfaces);
  const counters = new CounterTable(interfaces);
  const ipTables = new IpTables();
  const routes = new RouteTable(ipTables, (swIfIndex) => interfaces.get(swIfIndex));
  const ip = new IpInterfaces(interfaces, ipTables, routes);
  addSpecialRoutes(ipTables, routes);
  const neighbours = new NeighbourTable(interfaces, ip, routes, options.nowMs);
  const { maxInterfaces, crash } = options;
  const heap = new MainHeap(crash);
  for (const name of options.ports ?? [])
    interfaces.addHardware({ kind: 'dpdk', name, devType: 'dpdk', mac: randomMac(), linkUp: true, linkMtu: 9000 });
  interfaces.onChange((swIfIndex, change) => {
    if (maxInterfaces !== undefined && change === 'added' && swIfIndex >= maxInterfaces)
      crash(`interface ${swIfIndex} overflows the stats segment`);
  });
  return {
    crash,
    startedMs: options.nowMs(),
    interfaces,
    counters,
    ipTables,
    routes,
    ip,
    neighbours,
    policers: new PolicerTable(interfaces, options.nowMs),
    acls: new AclTable(interfaces),
    macip: new MacipTable(interfaces, options.crash),
    dhcpProxies: new DhcpProxyTable(ipTables, routes),
    urpf: new UrpfTable(interfaces, ipTables, ip),
    proxyArp: new ProxyArpTable(interfaces, ipTables),
    afPackets: new AfPacketTable(interfaces, options.hostInterfaces),
    memifs: new MemifTable(interfaces),
    loopbacks: new LoopbackTable(interfaces),
    bonds: new BondTable(interfaces),
    bvis: new BviTable(interfaces),
    tagRewrites,
    routerAdverts: new RouterAdverts(interfaces, ip, options.nowMs),
    ndProxies: new NdProxies(interfaces, ip, routes),
    puntPolicers: new PuntPolicers(),
    puntRedirects: new PuntRedirects(interfaces),
    rxQueues: new RxQueues(interfaces),
    qos: new QosTable(interfaces),
    classifier: new Classifier(interfaces),
    ipfixExporters: new IpfixExporters(ipTables),
    flowprobe: new Flowprobe(interfaces, crash),
    mssClamps: new MssClamps(interfaces),
    lldp: new LldpTable(interfaces),
    svs: new SvsTable(interfaces, ip, ipTables, routes),
    vss: new VssTable(ipTables),
    pinger: new Pinger(routes, neighbours, ip, ipTables),
    natLogging: new NatLogging(),
    nat44Ed: new Nat44Ed(interfaces, ip, ipTables, heap, crash),
    nat44Ei: new Nat44Ei(interfaces, ip, ipTables, heap, crash),
    det44: new Det44(interfaces, ipTables, heap, crash),
    abf: new AbfTable(interfaces, ipTables, crash),
    vrrp: new VrrpTable(interfaces, ip, crash),
    bridgeDomains: new BridgeDomains(interfaces, tagRewrites),
  };
}
