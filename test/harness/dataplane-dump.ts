import type { VppClient } from '#lib/vpp/client.js';
import type { Call, Dump, Stream } from '#lib/vpp/message.js';
import * as abf from '#lib/vpp/messages/abf.js';
import * as acl from '#lib/vpp/messages/acl.js';
import { afPacketDump } from '#lib/vpp/messages/af-packet.js';
import * as arp from '#lib/vpp/messages/arp.js';
import * as bond from '#lib/vpp/messages/bond.js';
import * as classify from '#lib/vpp/messages/classify.js';
import * as det44 from '#lib/vpp/messages/det44.js';
import { dhcpProxyDump } from '#lib/vpp/messages/dhcp.js';
import * as flowprobe from '#lib/vpp/messages/flowprobe.js';
import * as intf from '#lib/vpp/messages/interface.js';
import { swInterfaceRxPlacementDump } from '#lib/vpp/messages/interface-rx.js';
import * as ip from '#lib/vpp/messages/ip.js';
import * as neighbour from '#lib/vpp/messages/ip-neighbor.js';
import * as nd from '#lib/vpp/messages/ip6-nd.js';
import { ipfixExporterDump } from '#lib/vpp/messages/ipfix-export.js';
import * as l2 from '#lib/vpp/messages/l2.js';
import { lldpDump } from '#lib/vpp/messages/lldp.js';
import * as memif from '#lib/vpp/messages/memif.js';
import { mssClampGet } from '#lib/vpp/messages/mss-clamp.js';
import * as ed from '#lib/vpp/messages/nat44-ed.js';
import * as edPools from '#lib/vpp/messages/nat44-ed-pools.js';
import * as ei from '#lib/vpp/messages/nat44-ei.js';
import * as eiPools from '#lib/vpp/messages/nat44-ei-pools.js';
import { policerDumpV2 } from '#lib/vpp/messages/policer.js';
import { ipPuntRedirectV2Dump } from '#lib/vpp/messages/punt.js';
import * as qos from '#lib/vpp/messages/qos.js';
import { urpfInterfaceDump } from '#lib/vpp/messages/urpf.js';
import { cliInband } from '#lib/vpp/messages/vlib.js';
import * as vrrp from '#lib/vpp/messages/vrrp.js';
import { anyIndex, noInterface, type SwIfIndex } from '#lib/vpp/types.js';
import { DumpText } from './dump-text.js';

const FAMILIES = [false, true] as const;
/** FIB sources whose routes somebody asked for: proxy, interface, API, IPv6-proxy-nd, NAT. */
const SOURCES = [3, 4, 8, 13, 23, 24];
const STATIC = 1;
const ALL = { sw_if_index: noInterface };

/**
 * All that a dataplane says of itself, one line an object, sorted: every dump of every area that configd writes to, and the
 * features on each interface. Indices that VPP gives out are replaced by the names they stand for, counters and clocks left out.
 */
export async function dataplaneDump(client: VppClient): Promise<string[]> {
  return (await new FullDump(client).read()).sort();
}

class FullDump {
  private readonly lines: string[] = [];
  private text = new DumpText(new Map(), new Map(), new Map());

  constructor(private readonly client: VppClient) {}

  async read(): Promise<string[]> {
    const request = { ...ALL, name_filter_valid: false, name_filter: '' };
    const interfaces = await this.client.dump(intf.swInterfaceDump, request);
    const policers = await this.client.dump(policerDumpV2, { policer_index: anyIndex });
    const acls = await this.client.dump(acl.aclDump, { acl_index: anyIndex });
    this.text = new DumpText(
      new Map(interfaces.map((one) => [one.sw_if_index, one.interface_name])),
      await this.policerNames(),
      new Map(acls.map((one) => [one.acl_index, one.tag])),
    );
    this.add('interface', interfaces);
    this.add('policer', policers);
    this.add('acl', acls);
    await Promise.all([
      ...interfaces.map((one) => this.onInterface(one.sw_if_index, one.interface_name)),
      ...FAMILIES.map((isIp6) => this.family(isIp6)),
      this.layer2(),
      this.whole(),
      this.nat(),
      this.routers(),
      this.classifier(),
      this.stations(),
    ]);
    return this.lines;
  }

  /** The dump of all does not tell their indices; one by one it answers for those that are there. */
  private async policerNames(): Promise<Map<number, string>> {
    const indices = Array.from({ length: POLICERS }, (_, index) => index);
    const found = await Promise.all(indices.map((index) => this.client.dump(policerDumpV2, { policer_index: index })));
    return new Map(found.flatMap(([one], index) => (one ? [[index, one.name] as const] : [])));
  }

  private async onInterface(sw_if_index: SwIfIndex, name: string): Promise<void> {
    const { reply } = await this.client.call(cliInband, { cmd: `show interface ${name} features` });
    this.lines.push(`features ${name} ${featureList(reply)}`);
    await Promise.all([
      ...FAMILIES.map(async (is_ipv6) => {
        const table = await this.client.call(intf.swInterfaceGetTable, { sw_if_index, is_ipv6 }, { raw: true });
        this.lines.push(`table of ${name} ${is_ipv6 ? 6 : 4} ${JSON.stringify(table)}`);
        this.add('address', await this.client.dump(ip.ipAddressDump, { sw_if_index, is_ipv6 }));
      }),
      this.linkLocal(sw_if_index, name),
    ]);
  }

  /** With an error VPP answers whatever lay in its memory. */
  private async linkLocal(sw_if_index: SwIfIndex, name: string): Promise<void> {
    const answer = await this.client.call(ip.swInterfaceIp6GetLinkLocalAddress, { sw_if_index }, { raw: true });
    this.lines.push(`link-local of ${name} ${answer.retval === 0 ? answer.ip : 'none'}`);
  }

  private async family(isIp6: boolean): Promise<void> {
    const af = isIp6 ? 1 : 0;
    const tables = (await this.client.dump(ip.ipTableDump, {})).filter(({ table }) => table.is_ip6 === isIp6);
    this.add('table', tables);
    const routes = tables.flatMap(({ table }) =>
      SOURCES.map((src) => this.dump(`route of ${src}`, ip.ipRouteV2Dump, { src, table })),
    );
    const neighbours = await this.client.dump(neighbour.ipNeighborDump, { ...ALL, af });
    this.add(
      'neighbour',
      neighbours.filter(({ neighbor }) => (neighbor.flags & STATIC) !== 0).map(({ neighbor }) => neighbor),
    );
    await Promise.all([
      ...routes,
      this.dump('relay', dhcpProxyDump, { is_ip6: isIp6 }),
      this.dump('punt redirect', ipPuntRedirectV2Dump, { ...ALL, af }),
      this.call(`neighbour limits ${af}`, neighbour.ipNeighborConfigGet, { af }),
    ]);
  }

  private async layer2(): Promise<void> {
    const domains = await this.client.dump(l2.bridgeDomainDump, { bd_id: anyIndex, ...ALL });
    this.add('bridge domain', domains);
    await Promise.all([
      ...domains.map(({ bd_id }) => this.dump('MAC', l2.l2FibTableDump, { bd_id })),
      this.dump('cross-connect', l2.l2XconnectDump, {}),
      this.dump('bond', bond.swBondInterfaceDump, ALL),
      this.dump('bond member', bond.swMemberInterfaceDump, ALL),
      this.dump('memif socket', memif.memifSocketFilenameDump, {}),
      this.dump('memif', memif.memifDump, {}),
      this.dump('af-packet', afPacketDump, {}),
    ]);
  }

  private whole(): Promise<unknown> {
    return Promise.all([
      this.dump('unnumbered', ip.ipUnnumberedDump, ALL),
      this.dump('proxy ARP range', arp.proxyArpDump, {}),
      this.dump('proxy ARP', arp.proxyArpIntfcDump, {}),
      this.dump('ACLs of', acl.aclInterfaceListDump, ALL),
      this.dump('ABF policy', abf.abfPolicyDump, {}),
      this.dump('ABF', abf.abfItfAttachDump, {}),
      this.dump('uRPF', urpfInterfaceDump, ALL),
      this.dump('RA', nd.swInterfaceIp6ndRaDump, ALL),
      this.dump('ND proxy', nd.ip6ndProxyDump, {}),
      this.dump('receive queue', swInterfaceRxPlacementDump, ALL),
      this.stream('MSS', mssClampGet, { cursor: 0, ...ALL }),
      this.stream('LLDP', lldpDump, { cursor: 0 }),
      this.exporting(),
      this.dump('flowprobe of', flowprobe.flowprobeInterfaceDump, ALL),
      this.dump('QoS map', qos.qosEgressMapDump, {}),
      this.dump('QoS record', qos.qosRecordDump, {}),
      this.dump('QoS store', qos.qosStoreDump, {}),
      this.dump('QoS mark', qos.qosMarkDump, ALL),
    ]);
  }

  /** Lists by MAC and IP address have numbers of their own. */
  private async stations(): Promise<void> {
    const lists = await this.client.dump(acl.macipAclDump, { acl_index: anyIndex });
    const tags = new Map(lists.map(({ acl_index, tag }) => [acl_index, tag]));
    this.add(
      'MACIP',
      lists.map(({ acl_index: _, ...list }) => list),
    );
    const applied = await this.client.dump(acl.macipAclInterfaceListDump, ALL);
    this.add(
      'MACIP of',
      applied.map(({ sw_if_index, acls }) => ({ sw_if_index, lists: acls.map((index) => tags.get(index) ?? 'gone') })),
    );
  }

  /** Without the numbers of tables, and without empty ones that only hand on: those of a prefix length may stay (docs/ipoe.md). */
  private async classifier(): Promise<void> {
    const { ids } = await this.client.call(classify.classifyTableIds, {});
    await Promise.all(
      ids.map(async (table_id) => {
        const {
          table_id: _,
          next_table_index,
          ...info
        } = await this.client.call(classify.classifyTableInfo, { table_id });
        if (info.active_sessions === 0 && info.miss_next_index === anyIndex) return;
        const table = this.text.of({ ...info, isLast: next_table_index === anyIndex });
        const entries = await this.client.dump(classify.classifySessionDump, { table_id });
        this.add(`classifier ${table}`, [{}, ...entries.map(({ table_id: __, ...entry }) => entry)]);
      }),
    );
    const { reply } = await this.client.call(cliInband, { cmd: 'show acl-plugin tables mask' });
    this.lines.push(`ACL ${reply.split('\n')[0]}`);
  }

  /** What is off keeps numbers that mean nothing. */
  private async exporting(): Promise<void> {
    const exporters = await this.client.dump(ipfixExporterDump, {});
    this.add(
      'IPFIX',
      exporters.filter(({ collector_address }) => collector_address !== '0.0.0.0'),
    );
    const records = await this.client.call(flowprobe.flowprobeGetParams, {}, { raw: true });
    if (records.record_flags !== 0) this.add('flowprobe', [records]);
  }

  private async routers(): Promise<void> {
    const found = await this.client.dump(vrrp.vrrpVrDump, ALL);
    this.add(
      'virtual router',
      found.map(({ config, addrs }) => ({ config, addrs })),
    );
    await Promise.all(
      found.map(async ({ config: { sw_if_index, vr_id, flags } }) => {
        const key = { sw_if_index, vr_id, is_ipv6: (flags & vrrp.vrrpVrFlags.values.VRRP_API_VR_IPV6) === 0 ? 0 : 1 };
        await this.dump('virtual router peers', vrrp.vrrpVrPeerDump, key);
        await this.dump('virtual router tracks', vrrp.vrrpVrTrackIfDump, { ...key, dump_all: 0 });
      }),
    );
  }

  private nat(): Promise<unknown> {
    return Promise.all([
      this.natSettings('NAT44-ED', ed.nat44ShowRunningConfig, ed.natGetMssClamping),
      this.dump('NAT44-ED interface', edPools.nat44InterfaceDump, {}),
      this.stream('NAT44-ED output', edPools.nat44EdOutputInterfaceGet, { cursor: 0 }),
      this.dump('NAT44-ED address', edPools.nat44AddressDump, {}),
      this.dump('NAT44-ED mapping', edPools.nat44StaticMappingDump, {}),
      this.natSettings('NAT44-EI', ei.nat44EiShowRunningConfig, ei.nat44EiGetMssClamping),
      this.dump('NAT44-EI interface', eiPools.nat44EiInterfaceDump, {}),
      this.stream('NAT44-EI output', eiPools.nat44EiOutputInterfaceGet, { cursor: 0 }),
      this.dump('NAT44-EI address', eiPools.nat44EiAddressDump, {}),
      this.dump('NAT44-EI mapping', eiPools.nat44EiStaticMappingDump, {}),
      this.dump('DET44 interface', det44.det44InterfaceDump, {}),
      this.dump('DET44 map', det44.det44MapDump, {}),
      this.call('DET44 timeouts', det44.det44GetTimeouts, {}),
    ]);
  }

  /** One that is off keeps settings which enabling it resets. */
  private async natSettings<A extends { sessions: number }>(
    label: string,
    show: Call<Record<string, never>, A>,
    mss: Call<Record<string, never>, { retval: number }>,
  ): Promise<void> {
    if (!this.client.supports(show)) return;
    const settings = await this.client.call(show, {}, { raw: true });
    if (settings.sessions === 0) this.lines.push(`${label} off`);
    else this.add(label, [settings, await this.client.call(mss, {}, { raw: true })]);
  }

  private add(label: string, rows: readonly unknown[]): void {
    for (const row of rows) this.lines.push(`${label} ${this.text.of(row)}`);
  }

  private async dump<Q, D>(label: string, operation: Dump<Q, D>, request: Q): Promise<void> {
    if (this.client.supports(operation)) this.add(label, await this.client.dump(operation, request));
  }

  private async stream<Q extends { cursor: number }, D, A extends { retval: number; cursor: number }>(
    label: string,
    operation: Stream<Q, D, A>,
    request: Q,
  ): Promise<void> {
    if (this.client.supports(operation)) this.add(label, await this.client.streamGet(operation, request));
  }

  private async call<Q, A>(label: string, operation: Call<Q, A>, request: Q): Promise<void> {
    if (this.client.supports(operation)) this.add(label, [await this.client.call(operation, request, { raw: true })]);
  }
}

/** More than a test has. */
const POLICERS = 32;

/** The arcs that have features, and those. */
const featureList = (reply: string): string =>
  reply
    .split(/\n(?=\S)/)
    .slice(1)
    .map((section) => section.split('\n').map((line) => line.trim()))
    .filter(([, first = '']) => first !== 'none configured' && first !== '')
    .map(([arc = '', ...features]) => `${arc}${features.filter((one) => one !== '').join(',')}`)
    .join(' ');
