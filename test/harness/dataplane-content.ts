import { VppClient } from '#lib/vpp/client.js';
import { aclDump, aclInterfaceListDump } from '#lib/vpp/messages/acl.js';
import { dhcpProxyDump, proxyAddressText } from '#lib/vpp/messages/dhcp.js';
import { swInterfaceDump } from '#lib/vpp/messages/interface.js';
import { ipAddressDump, ipRouteV2Dump, ipUnnumberedDump } from '#lib/vpp/messages/ip.js';
import { ipNeighborDump } from '#lib/vpp/messages/ip-neighbor.js';
import { policerDumpV2 } from '#lib/vpp/messages/policer.js';
import { urpfInterfaceDump } from '#lib/vpp/messages/urpf.js';
import { cliInband } from '#lib/vpp/messages/vlib.js';
import { unixSocket } from '#lib/vpp/transport.js';
import { anyIndex, noInterface } from '#lib/vpp/types.js';

/** FIB source "API" of VPP 26.06. */
const apiSource = 8;
const staticFlag = 1;

const required = [
  ...[aclDump, aclInterfaceListDump, dhcpProxyDump, swInterfaceDump, ipAddressDump, ipRouteV2Dump],
  ...[ipUnnumberedDump, ipNeighborDump, policerDumpV2, urpfInterfaceDump, cliInband],
];

/**
 * All that a dataplane holds of ours, one line each, sorted, without any number that another life of VPP gives otherwise:
 * interfaces go by their tag, ACLs by their tag, policers by their name. Equal content forwards alike.
 */
export async function dataplaneContent(apiSocket: string): Promise<string[]> {
  const client = new VppClient({ connect: unixSocket(apiSocket), name: 'content', required });
  try {
    await client.whenReady(20_000);
    return (await new Content(client).read()).sort();
  } finally {
    await client.close();
  }
}

class Content {
  private readonly tags = new Map<number, string>();
  private readonly names = new Map<number, string>();
  private readonly acls = new Map<number, string>();

  constructor(private readonly client: VppClient) {}

  async read(): Promise<string[]> {
    const interfaces = await this.interfaces();
    const acls = await this.accessLists();
    const rest = await Promise.all([
      this.features(),
      this.routes(),
      this.neighbours(),
      this.policers(),
      this.strict(),
      this.applied(),
      this.relays(),
    ]);
    return [...interfaces, ...acls, ...rest.flat()];
  }

  private tag(swIfIndex: number): string {
    return this.tags.get(swIfIndex) ?? '-';
  }

  private async interfaces(): Promise<string[]> {
    const request = { sw_if_index: noInterface, name_filter_valid: false, name_filter: '' };
    const found = (await this.client.dump(swInterfaceDump, request)).filter(({ tag }) => tag !== '');
    for (const one of found) {
      this.tags.set(one.sw_if_index, one.tag);
      this.names.set(one.sw_if_index, one.interface_name);
    }
    const addresses = await Promise.all(found.map((one) => this.addressesOf(one.sw_if_index)));
    const donors = await this.client.dump(ipUnnumberedDump, { sw_if_index: noInterface });
    const borrowed = new Map(donors.map((row) => [row.sw_if_index, this.tag(row.ip_sw_if_index)]));
    return found.map((one, index) => {
      const vlans = `${one.sub_outer_vlan_id}.${one.sub_inner_vlan_id}`;
      const from = borrowed.get(one.sw_if_index) ?? 'nobody';
      return `interface ${one.tag} ${one.l2_address} ${vlans} flags ${one.flags} mtu ${one.mtu.join('/')} borrows ${from} has ${addresses[index]}`;
    });
  }

  private async addressesOf(swIfIndex: number): Promise<string> {
    const found = await this.client.dump(ipAddressDump, { sw_if_index: swIfIndex as never, is_ipv6: false });
    return found
      .map(({ prefix }) => prefix)
      .sort()
      .join(',');
  }

  private async accessLists(): Promise<string[]> {
    const found = await this.client.dump(aclDump, { acl_index: anyIndex });
    for (const { acl_index, tag } of found) this.acls.set(acl_index, tag);
    return found.map(({ tag, r }) => `acl ${tag} ${JSON.stringify(r)}`);
  }

  /** Policers on the line, each as often as it stands there. */
  private async features(): Promise<string[]> {
    const lines = await Promise.all(
      [...this.names].map(async ([index, name]) => {
        const { reply } = await this.client.call(cliInband, { cmd: `show interface ${name} features` });
        const found = reply
          .split('\n')
          .map((line) => line.trim())
          .filter((line) => line.startsWith('policer-'));
        return `features ${this.tag(index)} ${found.sort().join(' ')}`;
      }),
    );
    return lines;
  }

  private async routes(): Promise<string[]> {
    const table = { table_id: 0, is_ip6: false, name: '' };
    const found = await this.client.dump(ipRouteV2Dump, { src: apiSource, table });
    return found.map(({ route }) => {
      const paths = route.paths.map(
        (path) => `${this.tag(path.sw_if_index)} ${Buffer.from(path.nh.address).toString('hex')}`,
      );
      return `route ${route.prefix} via ${paths.sort().join(' + ')}`;
    });
  }

  private async neighbours(): Promise<string[]> {
    const found = await this.client.dump(ipNeighborDump, { sw_if_index: noInterface, af: 0 });
    return found
      .filter(({ neighbor }) => (neighbor.flags & staticFlag) !== 0)
      .map(({ neighbor: { sw_if_index, ip_address, mac_address } }) => {
        return `neighbour ${ip_address} ${mac_address} on ${this.tag(sw_if_index)}`;
      });
  }

  private async policers(): Promise<string[]> {
    const found = await this.client.dump(policerDumpV2, { policer_index: anyIndex });
    return found.map(({ name, cir, eir, cb, eb, type }) => `policer ${name} ${cir}/${eir} ${cb}/${eb} type ${type}`);
  }

  private async strict(): Promise<string[]> {
    const found = await this.client.dump(urpfInterfaceDump, { sw_if_index: noInterface });
    return found.map(({ sw_if_index, is_input, mode, af }) => {
      return `urpf ${this.tag(sw_if_index)} ${is_input ? 'in' : 'out'} mode ${mode} family ${af}`;
    });
  }

  private async applied(): Promise<string[]> {
    const found = await this.client.dump(aclInterfaceListDump, { sw_if_index: noInterface });
    return found
      .filter(({ acls }) => acls.length > 0)
      .map(({ sw_if_index, n_input, acls }) => {
        const names = acls.map((index) => this.acls.get(index) ?? String(index));
        return `acls ${this.tag(sw_if_index)} in ${names.slice(0, n_input)} out ${names.slice(n_input)}`;
      });
  }

  private async relays(): Promise<string[]> {
    const found = await this.client.dump(dhcpProxyDump, { is_ip6: false });
    return found.map((row) => {
      const text = (bytes: Uint8Array) => proxyAddressText(bytes, row.is_ipv6);
      const servers = row.servers.map(({ server_vrf_id, dhcp_server }) => ({
        server_vrf_id,
        dhcp_server: text(dhcp_server),
      }));
      return `relay ${row.rx_vrf_id} ${text(row.dhcp_src_address)} ${JSON.stringify(servers)}`;
    });
  }
}
