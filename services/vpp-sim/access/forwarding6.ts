import { BROADCAST_MAC } from '#lib/net/address.js';
import { ETHERTYPE, type EthernetFrame } from '#lib/net/frame.js';
import { ip6At, isLinkLocal } from '#lib/net/ip6.js';
import { decodeUdp6, encodeUdp6 } from '#lib/net/udp6.js';
import type { Dataplane } from '../dataplane.js';
import type { Interface } from '../tables/interfaces.js';
import { bestPaths } from '../tables/routes.js';
import { URPF } from '../tables/urpf.js';
import type { ClassifierFeatures } from './classified.js';
import { relay6ToClient, relay6ToServers } from './dhcp6-relay.js';
import { type DropReason, output, type Transmit, tagsOf } from './egress.js';
import { decrementHopLimit, type Ip6Packet, isMulticast6, readIp6 } from './ip6.js';
import { answerSolicitation, solicitedTarget } from './nd-responder.js';
import type { ServiceLink } from './service-link.js';

const UDP = 17;
const SERVER_PORT = 547;
const CLIENT_PORT = 546;
const RELAY_HOP_LIMIT = 32;
const ETHERNET_BYTES = 14;
const TAG_BYTES = 4;
const PATH_NORMAL = 0;
/** Who listens to DHCPv6 (RFC 8415 section 7.1). */
const relayGroups = ['ff02::1:2', 'ff05::1:3'];

/** IPv6 of the packet side: what VPP's ip6-unicast arc and its DHCPv6 relay do; neighbours are those that were programmed. */
export class Forwarding6 {
  constructor(
    private readonly dataplane: Dataplane,
    private readonly classified: ClassifierFeatures,
    private readonly link: ServiceLink,
    private readonly transmit: Transmit,
  ) {}

  input(rx: Interface, frame: EthernetFrame, bytes: Uint8Array): DropReason {
    const packet = readIp6(frame.payload);
    if (!packet) return 'ip6-input/ip6 length > l2 length';
    const { ip } = this.dataplane;
    const index = rx.swIfIndex;
    if (!ip.ip6Enabled(index)) return 'ip6-not-enabled/ip6 not enabled';
    if (!isMulticast6(packet.destinationIp)) return this.unicast(rx, frame, bytes, packet);
    const isOurs = relayGroups.includes(packet.destinationIp) || solicitedTarget(packet) !== undefined;
    return isOurs ? this.deliver(rx, frame, packet) : undefined;
  }

  private unicast(rx: Interface, frame: EthernetFrame, bytes: Uint8Array, packet: Ip6Packet): DropReason {
    const { ip, policers } = this.dataplane;
    const index = rx.swIfIndex;
    if (!this.passesUrpf(index, packet)) return 'ip6-rx-urpf-strict/uRPF Drop';
    if (!policers.police('input', index, chargedBytes(rx, packet))) return 'policer-input/Packets dropped';
    const refused =
      this.classified.inputAcl('ip6', index, bytes) ?? this.classified.police('ip6', index, bytes, packet.bytes.length);
    if (refused !== undefined) return refused;
    const table = ip.tableOf(index, 'ip6');
    const own = packet.destinationIp === ip.linkLocal(index) || ip.isLocal(table, packet.destinationIp);
    if (own) return this.deliver(rx, frame, packet);
    if (isLinkLocal(packet.destinationIp)) return 'ip6-link-local/no such link-local address';
    return this.forward(table, packet);
  }

  /** Link-local sources are looked up like any other, which only finds them where they have a route of their own. */
  private passesUrpf(index: number, packet: Ip6Packet): boolean {
    const check = this.dataplane.urpf.inForce(index, 'ip6');
    if (!check) return true;
    const route = this.dataplane.routes.lookup(check.tableId, packet.sourceIp);
    const paths = route ? bestPaths(route).paths.filter(({ type }) => type === PATH_NORMAL) : [];
    return check.mode === URPF.loose ? paths.length > 0 : paths.some((path) => path.sw_if_index === index);
  }

  private deliver(rx: Interface, frame: EthernetFrame, packet: Ip6Packet): DropReason {
    const target = solicitedTarget(packet);
    const asker = { ip: packet.sourceIp, mac: frame.sourceMac };
    if (target !== undefined) return answerSolicitation(this.dataplane, this.transmit, rx, asker, target);
    const udp = packet.protocol === UDP ? decodeUdp6(packet.bytes) : undefined;
    if (!udp?.ok || udp.value.destinationPort !== SERVER_PORT) return 'ip6-udp-lookup/No listener for dst port';
    const result = relay6ToServers(this.dataplane, rx.swIfIndex, asker, udp.value.payload);
    if (!result.ok) return result.reason;
    for (const server of result.servers) this.link.send(result.relay, server, result.payload);
    return undefined;
  }

  /** A datagram of a server; VPP sends it on to all stations of the line, in an IPv6 packet to the client. */
  serverReply(server: string, payload: Uint8Array): DropReason {
    const result = relay6ToClient(this.dataplane, server, payload);
    if (!result.ok) return result.reason;
    const packet = encodeUdp6({
      sourceIp: result.from,
      destinationIp: result.to,
      sourcePort: SERVER_PORT,
      destinationPort: CLIENT_PORT,
      hopLimit: RELAY_HOP_LIMIT,
      payload: result.payload,
    });
    const frame = { destinationMac: BROADCAST_MAC, etherType: ETHERTYPE.ip6, payload: packet };
    return output(this.dataplane, this.transmit, result.tx, frame);
  }

  private forward(table: number, packet: Ip6Packet): DropReason {
    const { routes, neighbours, interfaces, policers } = this.dataplane;
    if (packet.hopLimit <= 1) return 'ip6-input/ip6 ttl <= 1';
    const path = routes.next(table, packet.destinationIp);
    const tx = path && interfaces.get(path.sw_if_index);
    if (!path || !tx) return 'ip6-drop/ip6 adjacency drop';
    const nextHop = ip6At(path.nh.address, 0);
    const neighbour = neighbours.get(tx.swIfIndex, nextHop === '::' ? packet.destinationIp : nextHop);
    if (!neighbour) return 'ip6-discover-neighbor/neighbor solicitations sent';
    if (!policers.police('output', tx.swIfIndex, chargedBytes(tx, packet))) return 'policer-output/Packets dropped';
    const frame = { destinationMac: neighbour.mac, etherType: ETHERTYPE.ip6, payload: decrementHopLimit(packet) };
    return output(this.dataplane, this.transmit, tx, frame);
  }
}

/** Policers charge the whole frame, header and the interface's tags included. */
const chargedBytes = (on: Interface, packet: Ip6Packet): number =>
  packet.bytes.length + ETHERNET_BYTES + TAG_BYTES * tagsOf(on).length;
