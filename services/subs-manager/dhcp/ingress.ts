import type { AccessIdentity } from '#gen/bng/v1/aaa.js';
import type { Line } from '#gen/bng/v1/common.js';
import { messageTypeName, OPTION } from '#lib/dhcp/options.js';
import { BOOTREQUEST, type DhcpPacket, decodeDhcp, messageType, option, relayAgents } from '#lib/dhcp/packet.js';
import { encodeRelayAgent, type RelayAgentInfo, SUB_OPTION, subOption, vppIngress } from '#lib/dhcp/relay-agent.js';
import { ANY_IP4, ip4Number } from '#lib/net/address.js';
import type { GroupConfig } from '../config.js';
import type { Groups } from '../lines/groups.js';
import type { LineIndex } from '../lines/line-index.js';
import { placeOf } from '../lines/place.js';
import type { DropReason } from './drops.js';
import type { Refusal } from './intake.js';
import type { Datagram } from './transport.js';

const clientTypes = ['discover', 'request', 'decline', 'release', 'inform'] as const;
export type ClientMessageType = (typeof clientTypes)[number];

/** A client's message with all that is known of where it came from. */
export interface ClientMessage {
  type: ClientMessageType;
  packet: DhcpPacket;
  line: Line;
  /** False: the line is known from before configd went away. */
  fresh: boolean;
  group: GroupConfig;
  /** Our server identifier and the client's router. */
  gateway: string;
  identity: AccessIdentity;
  /** Which subscriber of the line; undefined when the access node did not say. */
  place: string | undefined;
  /** Where replies go. */
  relay: { address: string; port: number };
}

export type Ingested = { ok: true; value: ClientMessage } | Refusal;

const dropped = (reason: DropReason): Ingested => ({ ok: false, reason });

/** Refused, and whose it is can be said. */
const refused = (reason: DropReason, { mac }: DhcpPacket, detail: string, line = ''): Ingested => ({
  ok: false,
  reason,
  about: { mac, line, detail },
});

export interface IngressOptions {
  relayPort: number;
  /** Relays reached elsewhere than at giaddr:relayPort. */
  relays: ReadonlyMap<string, { address: string; port: number }>;
}

/** Turns a datagram into a client's message, or says why not. Never throws on what it is given. */
export class Ingress {
  constructor(
    private readonly options: IngressOptions,
    private readonly lines: LineIndex,
    private readonly groups: Groups,
  ) {}

  read({ payload, address }: Datagram): Ingested {
    const decoded = decodeDhcp(payload);
    if (!decoded.ok) return dropped('malformed');
    const packet = decoded.value;
    if (packet.op !== BOOTREQUEST) return dropped('not_request');
    if (packet.htype !== 1 || !isStation(packet.mac)) return dropped('bad_hardware');
    const name = messageTypeName(messageType(packet));
    const type = clientTypes.find((candidate) => candidate === name);
    if (type === undefined) return dropped('unknown_type');
    if (packet.giaddr === ANY_IP4) return refused('no_relay', packet, `${name} without giaddr`);
    const relay = this.relayOf(packet.giaddr, address);
    if (relay === undefined) return refused('unknown_relay', packet, `giaddr ${packet.giaddr}`);
    return this.locate(type, packet, relay);
  }

  /** With an override the packet has to come from there, without one from giaddr itself. */
  private relayOf(giaddr: string, source: string): { address: string; port: number } | undefined {
    const relay = this.options.relays.get(giaddr) ?? { address: giaddr, port: this.options.relayPort };
    return relay.address === source ? relay : undefined;
  }

  private locate(type: ClientMessageType, packet: DhcpPacket, relay: { address: string; port: number }): Ingested {
    const agents = relayAgents(packet);
    if (!agents.ok) return refused('bad_option82', packet, agents.error);
    const last = agents.value.at(-1);
    if (last === undefined) return refused('no_option82', packet, `giaddr ${packet.giaddr}`);
    const ingress = vppIngress(last);
    if (ingress === undefined) return refused('bad_option82', packet, 'the last instance is not from VPP');
    const found = this.lines.lookup(ingress.swIfIndex);
    if (found === undefined) return refused('unknown_line', packet, `interface index ${ingress.swIfIndex}`);
    const { line, fresh } = found;
    if (!line.gateways.includes(ingress.relayAddress))
      return refused('gateway_mismatch', packet, `relay address ${ingress.relayAddress}`, line.name);
    const group = this.groups.find(line);
    if (group === undefined) return refused('no_group', packet, type, line.name);
    if (!group.accessNodes && agents.value.length > 1)
      return refused('forged_option82', packet, `${agents.value.length - 1} beside that of VPP`, line.name);
    const gateway = group.gateway ?? line.gateways.find((candidate) => ip4Number(candidate) !== undefined);
    if (gateway === undefined) return refused('no_gateway', packet, type, line.name);
    // The instance next to VPP's is that of the node nearest to us; any before it may come from the client.
    const identity = identityOf(packet, line, agents.value.at(-2));
    const place = placeOf(identity, group);
    return { ok: true, value: { type, packet, line, fresh, group, gateway, identity, place, relay } };
  }
}

/** A unicast address that is not all zero. */
const isStation = (mac: string): boolean =>
  mac !== '00:00:00:00:00:00' && (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0;

const copy = (bytes: Uint8Array | undefined): Buffer => Buffer.from(bytes ?? []);

function identityOf(packet: DhcpPacket, line: Line, accessNode: RelayAgentInfo | undefined): AccessIdentity {
  return {
    line,
    mac: packet.mac,
    circuitId: copy(accessNode && subOption(accessNode, SUB_OPTION.circuitId)),
    remoteId: copy(accessNode && subOption(accessNode, SUB_OPTION.remoteId)),
    hostName: printable(option(packet, OPTION.hostName) ?? ''),
    clientId: copy(option(packet, OPTION.clientIdentifier)),
    vendorClass: copy(Buffer.from(option(packet, OPTION.vendorClass) ?? '')),
    relayAgent: copy(accessNode && encodeRelayAgent(accessNode)),
  };
}

/** Without control characters, which neither PostgreSQL's JSON (NUL) nor a terminal takes well. */
const printable = (text: string): string => text.replace(/\p{Cc}/gu, '');
