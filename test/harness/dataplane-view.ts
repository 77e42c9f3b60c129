import { VppClient } from '#lib/vpp/client.js';
import { aclInterfaceListDump } from '#lib/vpp/messages/acl.js';
import { swInterfaceDump } from '#lib/vpp/messages/interface.js';
import { ipRouteV2Dump } from '#lib/vpp/messages/ip.js';
import { ipNeighborDump } from '#lib/vpp/messages/ip-neighbor.js';
import { policerDumpV2 } from '#lib/vpp/messages/policer.js';
import { urpfInterfaceDump, urpfMode } from '#lib/vpp/messages/urpf.js';
import { cliInband } from '#lib/vpp/messages/vlib.js';
import { unixSocket } from '#lib/vpp/transport.js';
import { anyIndex, noInterface } from '#lib/vpp/types.js';

/** FIB source "API" of VPP 26.06. */
const apiSource = 8;

/** What the dataplane itself says, read over its binary API by a client of our own. */
export class DataplaneView {
  private constructor(private readonly client: VppClient) {}

  static async open(apiSocket: string): Promise<DataplaneView> {
    const required = [swInterfaceDump, policerDumpV2, ipRouteV2Dump, ipNeighborDump, urpfInterfaceDump, cliInband];
    const client = new VppClient({ connect: unixSocket(apiSocket), name: 'dataplane-view', required });
    await client.whenReady(30_000);
    return new DataplaneView(client);
  }

  close(): Promise<void> {
    return this.client.close();
  }

  /** Interface tags (our keys) by sw_if_index, and back. */
  async interfaces() {
    const request = { sw_if_index: noInterface, name_filter_valid: false, name_filter: '' };
    return this.client.dump(swInterfaceDump, request);
  }

  /** Every policer as VPP has it. */
  async policers() {
    return this.client.dump(policerDumpV2, { policer_index: anyIndex });
  }

  /** Committed rate in kbit/s of every policer, by name. */
  async policerKbps(): Promise<Map<string, number>> {
    return new Map((await this.policers()).map((policer) => [policer.name, policer.cir]));
  }

  /** The /32 routes of source API in table 0. */
  async hostRoutes(): Promise<string[]> {
    return (await this.routesIn(0)).filter((prefix) => prefix.endsWith('/32'));
  }

  /** The IPv4 routes of source API in a table. */
  async routesIn(table_id: number): Promise<string[]> {
    const table = { table_id, is_ip6: false, name: '' };
    const routes = await this.client.dump(ipRouteV2Dump, { src: apiSource, table });
    return routes.map(({ route }) => route.prefix).sort();
  }

  /** The IPv6 routes of source API in table 0. */
  async ip6Routes(): Promise<string[]> {
    const table = { table_id: 0, is_ip6: true, name: '' };
    const routes = await this.client.dump(ipRouteV2Dump, { src: apiSource, table });
    return routes.map(({ route }) => route.prefix).sort();
  }

  /** Static IPv6 neighbours: address -> MAC. */
  async ip6Neighbours(): Promise<Map<string, string>> {
    const found = await this.client.dump(ipNeighborDump, { sw_if_index: noInterface, af: 1 });
    return new Map(found.map(({ neighbor }) => [neighbor.ip_address, neighbor.mac_address]));
  }

  /** IPv4 neighbours: address -> MAC. */
  async neighbours(): Promise<Map<string, string>> {
    const found = await this.client.dump(ipNeighborDump, { sw_if_index: noInterface, af: 0 });
    return new Map(found.map(({ neighbor }) => [neighbor.ip_address, neighbor.mac_address]));
  }

  /** sw_if_index of every interface with strict reverse-path checks on input. */
  async strictInterfaces(): Promise<Set<number>> {
    const found = await this.client.dump(urpfInterfaceDump, { sw_if_index: noInterface });
    const strict = found.filter((row) => row.is_input && row.mode === urpfMode.values.URPF_API_MODE_STRICT);
    return new Set(strict.map((row) => row.sw_if_index));
  }

  /** ACLs of an interface: [input..., output...] indices; empty when none. */
  async aclsOf(swIfIndex: number): Promise<number[]> {
    const found = await this.client.dump(aclInterfaceListDump, { sw_if_index: noInterface });
    return found.find((row) => row.sw_if_index === swIfIndex)?.acls ?? [];
  }

  /** How often `policer-input` or `policer-output` stands on the IPv4 arcs of an interface: 1 when attached once. */
  async policerApplies(interfaceName: string, direction: 'input' | 'output'): Promise<number> {
    const { reply } = await this.client.call(cliInband, { cmd: `show interface ${interfaceName} features` });
    const arc = direction === 'input' ? 'ip4-unicast' : 'ip4-output';
    const section = reply.split(/\n(?=\S)/).find((part) => part.startsWith(arc)) ?? '';
    return section.split('\n').filter((line) => line.trim() === `policer-${direction}`).length;
  }
}
