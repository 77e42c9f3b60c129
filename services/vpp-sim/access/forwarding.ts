import { ANY_IP4, BROADCAST_IP4, BROADCAST_MAC } from '#lib/net/address.js';
import { decodeEthernet, decodeUdp, ETHERTYPE, type EthernetFrame, encodeUdp, type VlanTag } from '#lib/net/frame.js';
import type { Dataplane } from '../dataplane.js';
import type { Interface } from '../tables/interfaces.js';
import { bestPaths } from '../tables/routes.js';
import { URPF } from '../tables/urpf.js';
import { AclFilter } from './acl-filter.js';
import { answerArp } from './arp-responder.js';
import { ClassifierFeatures } from './classified.js';
import { relayToClient, relayToServers } from './dhcp-relay.js';
import { type DropReason, output, type Transmit, tagsOf } from './egress.js';
import { Forwarding6 } from './forwarding6.js';
import { decrementTtl, type Ip4Packet, readIp4 } from './ip4.js';
import type { ServiceLink } from './service-link.js';

const UDP = 17;
const DHCP_SERVER_PORT = 67;
const DHCP_CLIENT_PORT = 68;
const ETHERNET_BYTES = 14;
const TAG_BYTES = 4;

/** The packet side of one VPP life: frames of the host interfaces in, frames out, DHCP over the service link. */
export class Forwarding {
  private readonly filter: AclFilter;
  private readonly classified: ClassifierFeatures;
  private readonly ip6: Forwarding6;

  constructor(
    private readonly dataplane: Dataplane,
    private readonly link: ServiceLink,
    private readonly transmit: Transmit,
  ) {
    this.filter = new AclFilter(dataplane);
    this.classified = new ClassifierFeatures(dataplane);
    this.ip6 = new Forwarding6(dataplane, this.classified, link, transmit);
  }

  /** A frame from the far end of a device. What ends here is counted on the interface it came in by. */
  receive(device: string, bytes: Uint8Array): void {
    const { afPackets, interfaces, counters } = this.dataplane;
    const parent = interfaces.get(afPackets.indexOf(device) ?? NO_INTERFACE);
    if (!parent?.adminUp) return;
    counters.rx(parent.swIfIndex, bytes.length);
    const frame = decodeEthernet(bytes);
    const rx = frame.ok ? this.classify(parent, frame.value.tags) : undefined;
    if (!frame.ok || !rx) {
      counters.drop(parent.swIfIndex, 'ethernet-input/unknown vlan');
      return;
    }
    if (rx !== parent) counters.rx(rx.swIfIndex, bytes.length);
    const reason = this.input(rx, frame.value, bytes);
    if (reason !== undefined) counters.drop(rx.swIfIndex, reason);
  }

  /** A datagram from the servers' side. */
  serverReply(server: string, payload: Uint8Array): void {
    const reason = server.includes(':') ? this.ip6.serverReply(server, payload) : this.toClient(server, payload);
    if (reason !== undefined) this.dataplane.counters.error(reason);
  }

  /** The kernel gives af_packet the outer tag back as 0x8100 whatever it was. */
  private classify(parent: Interface, tags: readonly VlanTag[]): Interface | undefined {
    if (tags.length === 0) return parent;
    const key = `q/${tags.map(({ vid }) => vid).join('/')}`;
    const { interfaces } = this.dataplane;
    return interfaces.subByTags(parent.swIfIndex, key) ?? interfaces.subByTags(parent.swIfIndex, 'default');
  }

  private input(rx: Interface, frame: EthernetFrame, bytes: Uint8Array): DropReason {
    if (!rx.adminUp) return 'ethernet-input/subinterface down';
    const forUs = [BROADCAST_MAC, rx.parent.mac].includes(frame.destinationMac) || isGroup6(frame);
    if (!forUs) return 'ethernet-input/l3 mac mismatch';
    if (frame.etherType === ETHERTYPE.arp) return answerArp(this.dataplane, this.transmit, rx, frame.payload);
    const { counters } = this.dataplane;
    if (frame.etherType === ETHERTYPE.ip6) {
      counters.ip(rx.swIfIndex, 'ip6');
      return this.ip6.input(rx, frame, bytes);
    }
    if (frame.etherType !== ETHERTYPE.ip4) return 'ethernet-input/unknown ethernet type';
    counters.ip(rx.swIfIndex, 'ip4');
    const packet = readIp4(frame.payload);
    return packet ? this.ip4(rx, frame, bytes, packet) : 'ip4-input/bad ip4 checksum';
  }

  /** The features of VPP's ip4-unicast arc in its order; its own addresses, the relay included, lie behind them. */
  private ip4(rx: Interface, frame: EthernetFrame, bytes: Uint8Array, packet: Ip4Packet): DropReason {
    const { ip, policers } = this.dataplane;
    const index = rx.swIfIndex;
    if (!this.passesUrpf(index, packet)) return 'ip4-rx-urpf-strict/uRPF Drop';
    if (!policers.police('input', index, chargedBytes(rx, packet))) return 'policer-input/Packets dropped';
    const refused =
      this.judgeInput(index, frame, packet) ??
      this.classified.inputAcl('ip4', index, bytes) ??
      this.classified.police('ip4', index, bytes, packet.bytes.length);
    if (refused !== undefined) return refused;
    if (!ip.ip4Enabled(index)) return 'ip4-not-enabled/ip4 not enabled';
    const table = ip.tableOf(index, 'ip4');
    const local = packet.destinationIp === BROADCAST_IP4 || ip.isLocal(table, packet.destinationIp);
    return local ? this.deliver(rx, packet) : this.forward(table, packet);
  }

  /** On input ACLs see the packet without its Ethernet header, on output with it. */
  private judgeInput(index: number, frame: EthernetFrame, packet: Ip4Packet): DropReason {
    const refused = this.filter.judge('input', index, packet, packet.bytes.length);
    return refused ?? this.filter.judgeSender(index, frame, packet);
  }

  /** Goes by the interface index alone: a route left over from a deleted line counts for its successor. */
  private passesUrpf(index: number, packet: Ip4Packet): boolean {
    const check = this.dataplane.urpf.inForce(index, 'ip4');
    if (!check || packet.destinationIp === BROADCAST_IP4 || packet.sourceIp === ANY_IP4) return true;
    const { routes } = this.dataplane;
    const route = routes.lookup(check.tableId, packet.sourceIp);
    const paths = route ? bestPaths(route).paths.filter(({ type }) => type === PATH_NORMAL) : [];
    return check.mode === URPF.loose ? paths.length > 0 : paths.some((path) => path.sw_if_index === index);
  }

  private deliver(rx: Interface, packet: Ip4Packet): DropReason {
    const udp = packet.protocol === UDP ? decodeUdp(packet.bytes) : undefined;
    if (!udp?.ok || udp.value.destinationPort !== DHCP_SERVER_PORT) return 'ip4-udp-lookup/No listener for dst port';
    const result = relayToServers(this.dataplane, rx.swIfIndex, udp.value.payload);
    if (!result.ok) return result.reason;
    for (const server of result.servers) this.link.send(result.relay, server, result.payload);
    return undefined;
  }

  private toClient(server: string, payload: Uint8Array): DropReason {
    const result = relayToClient(this.dataplane, server, payload);
    if (!result.ok) return result.reason;
    const packet = encodeUdp({
      sourceIp: result.relayAddress,
      destinationIp: BROADCAST_IP4,
      sourcePort: DHCP_SERVER_PORT,
      destinationPort: DHCP_CLIENT_PORT,
      payload,
    });
    const frame = { destinationMac: BROADCAST_MAC, etherType: ETHERTYPE.ip4, payload: packet };
    return output(this.dataplane, this.transmit, result.tx, frame);
  }

  private forward(table: number, packet: Ip4Packet): DropReason {
    const { routes, neighbours, interfaces, policers } = this.dataplane;
    if (packet.ttl <= 1) return 'ip4-input/ip4 ttl <= 1';
    const path = routes.next(table, packet.destinationIp);
    const tx = path && interfaces.get(path.sw_if_index);
    if (!path || !tx) return 'ip4-drop/ip4 adjacency drop';
    const nextHop = path.nh.address.subarray(0, 4).join('.');
    const neighbour = neighbours.get(tx.swIfIndex, nextHop === ANY_IP4 ? packet.destinationIp : nextHop);
    if (!neighbour) return 'ip4-glean/ARP requests sent';
    if (!policers.police('output', tx.swIfIndex, chargedBytes(tx, packet))) return 'policer-output/Packets dropped';
    const refused = this.filter.judge('output', tx.swIfIndex, packet, chargedBytes(tx, packet));
    if (refused !== undefined) return refused;
    const frame = { destinationMac: neighbour.mac, etherType: ETHERTYPE.ip4, payload: decrementTtl(packet) };
    return output(this.dataplane, this.transmit, tx, frame);
  }
}

/** Multicast of IPv6 (RFC 2464 section 7). */
const isGroup6 = ({ destinationMac, etherType }: EthernetFrame): boolean =>
  etherType === ETHERTYPE.ip6 && destinationMac.startsWith('33:33:');

const PATH_NORMAL = 0;
const NO_INTERFACE = -1;

/** Policers charge the whole frame, header and the interface's tags included. */
const chargedBytes = (on: Interface, packet: Ip4Packet): number =>
  packet.bytes.length + ETHERNET_BYTES + TAG_BYTES * tagsOf(on).length;
