import type { AccessIdentity } from '#gen/bng/v1/aaa.js';
import type { Line } from '#gen/bng/v1/common.js';
import { type Association, associations } from '#lib/dhcp6/association.js';
import { isDuid, macOfDuid } from '#lib/dhcp6/duid.js';
import { message6Name, OPTION6 } from '#lib/dhcp6/options.js';
import { type Dhcp6Packet, decodeDhcp6, option6, type Relay6 } from '#lib/dhcp6/packet.js';
import { macAt } from '#lib/net/address.js';
import { isLinkLocal } from '#lib/net/ip6.js';
import type { GroupConfig } from '../config.js';
import type { Group6Config } from '../config6.js';
import type { DropReason } from '../dhcp/drops.js';
import type { Refusal } from '../dhcp/intake.js';
import type { Datagram } from '../dhcp/transport.js';
import type { Groups } from '../lines/groups.js';
import type { LineIndex } from '../lines/line-index.js';
import { placeOf } from '../lines/place.js';

const clientTypes = [
  'solicit',
  'request',
  'confirm',
  'renew',
  'rebind',
  'release',
  'decline',
  'informationRequest',
] as const;
export type ClientType6 = (typeof clientTypes)[number];

/** A client's message with all that is known of where it came from. */
export interface ClientMessage6 {
  type: ClientType6;
  packet: Dhcp6Packet;
  associations: Association[];
  /** Hex. */
  duid: string;
  /** Link-local address of the client; empty when it sent from a global one. */
  linkLocal: string;
  line: Line;
  /** False: the line is known from before configd went away. */
  fresh: boolean;
  group: GroupConfig & { ipv6: Group6Config };
  identity: AccessIdentity;
  /** Which subscriber of the line; undefined when the access node did not say. */
  place: string | undefined;
  /** Where replies go. */
  relay: { address: string; port: number };
}

export type Ingested6 = { ok: true; value: ClientMessage6 } | Refusal;

const dropped = (reason: DropReason): Refusal => ({ ok: false, reason });

/** Refused, and whose it is can be said, when the message tells the client's MAC address. */
function refused(reason: DropReason, packet: Dhcp6Packet, detail: string, line = ''): Refusal {
  const mac = macOf(packet);
  return mac === undefined ? dropped(reason) : { ok: false, reason, about: { mac, line, detail } };
}

export interface Ingress6Options {
  relayPort: number;
  /** Relays that may send, and where they take replies; empty: any. */
  relays: readonly { address: string; port: number }[];
  serverId: Uint8Array;
}

/** Turns a datagram of VPP's DHCPv6 relay into a client's message, or says why not. Never throws on what it is given. */
export class Ingress6 {
  constructor(
    private readonly options: Ingress6Options,
    private readonly lines: Pick<LineIndex, 'lookup'>,
    private readonly groups: Pick<Groups, 'find'>,
  ) {}

  read({ payload, address }: Datagram): Ingested6 {
    const decoded = decodeDhcp6(payload);
    if (!decoded.ok) return dropped('malformed');
    const packet = decoded.value;
    const name = message6Name(packet.message.type);
    const type = clientTypes.find((candidate) => candidate === name);
    if (type === undefined) return dropped('unknown_type');
    const relay = this.relayOf(address);
    if (relay === undefined) return refused('unknown_relay', packet, `${type} from ${address}`);
    const wrong = this.judgeIds(type, packet);
    return wrong ? refused(wrong, packet, type) : this.locate(type, packet, relay);
  }

  private relayOf(source: string): { address: string; port: number } | undefined {
    const { relays, relayPort } = this.options;
    if (relays.length === 0) return { address: source, port: relayPort };
    return relays.find(({ address }) => address === source);
  }

  /** RFC 8415 section 16: who must name itself, and which server may be named. */
  private judgeIds(type: ClientType6, { message }: Dhcp6Packet): DropReason | undefined {
    const duid = option6(message, OPTION6.clientId);
    const server = option6(message, OPTION6.serverId);
    if (duid === undefined ? type !== 'informationRequest' : !isDuid(duid)) return 'no_client_id';
    const named = type === 'request' || type === 'renew' || type === 'release' || type === 'decline';
    if (type !== 'informationRequest' && named !== (server !== undefined)) return 'no_client_id';
    const ours = server === undefined || Buffer.compare(server, this.options.serverId) === 0;
    return ours ? undefined : 'other_server';
  }

  private locate(type: ClientType6, packet: Dhcp6Packet, relay: { address: string; port: number }): Ingested6 {
    const [vpp, accessNode] = packet.relays;
    const interfaceId = vpp && option6(vpp, OPTION6.interfaceId);
    if (vpp === undefined || interfaceId?.length !== 4) return refused('no_interface_id', packet, type);
    const swIfIndex = new DataView(interfaceId.buffer, interfaceId.byteOffset).getUint32(0);
    const found = this.lines.lookup(swIfIndex);
    if (found === undefined) return refused('unknown_line', packet, `interface index ${swIfIndex}`);
    const { line, fresh } = found;
    if (!line.gateways.includes(vpp.linkAddress))
      return refused('link_mismatch', packet, `link address ${vpp.linkAddress}`, line.name);
    const group = this.groups.find(line);
    if (group === undefined) return refused('no_group', packet, type, line.name);
    const { ipv6 } = group;
    if (ipv6 === undefined) return refused('no_ip6', packet, type, line.name);
    const ias = associations(packet.message);
    if (!ias.ok) return refused('bad_association', packet, ias.error, line.name);
    const mac = macOf(packet);
    if (mac === undefined) return dropped('bad_hardware');
    const identity = identityOf(packet, line, mac, accessNode);
    const peer = (accessNode ?? vpp).peerAddress;
    return {
      ok: true,
      value: {
        type,
        packet,
        associations: ias.value,
        duid: Buffer.from(option6(packet.message, OPTION6.clientId) ?? []).toString('hex'),
        linkLocal: isLinkLocal(peer) ? peer : '',
        line,
        fresh,
        group: { ...group, ipv6 },
        identity,
        place: placeOf(identity, group),
        relay,
      },
    };
  }
}

/** As the relay nearest to the client saw it (RFC 6939), else as the DUID says. A unicast address that is not all zero. */
function macOf({ relays, message }: Dhcp6Packet): string | undefined {
  const nearest = relays
    .map((relay) => option6(relay, OPTION6.linkLayerAddress))
    .findLast((found) => found !== undefined);
  const seen = nearest?.hardwareType === 1 && nearest.address.length === 6 ? macAt(nearest.address, 0) : undefined;
  const mac = seen ?? macOfDuid(option6(message, OPTION6.clientId) ?? new Uint8Array(0));
  const isStation =
    mac !== undefined && mac !== '00:00:00:00:00:00' && (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0;
  return isStation ? mac : undefined;
}

/** The access node says the part of the line in its interface-id and remote-id, as in option 82 (RFC 6221, RFC 4649). */
function identityOf(packet: Dhcp6Packet, line: Line, mac: string, accessNode: Relay6 | undefined): AccessIdentity {
  const copy = (bytes: Uint8Array | undefined): Buffer => Buffer.from(bytes ?? []);
  return {
    line,
    mac,
    circuitId: copy(accessNode && option6(accessNode, OPTION6.interfaceId)),
    remoteId: copy(accessNode && option6(accessNode, OPTION6.remoteId)?.id),
    hostName: '',
    clientId: copy(option6(packet.message, OPTION6.clientId)),
    vendorClass: Buffer.alloc(0),
    relayAgent: Buffer.alloc(0),
  };
}
