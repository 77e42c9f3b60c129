import { MESSAGE_TYPE, OPTION, RELAY_AGENT } from '#lib/dhcp/options.js';
import {
  type DhcpPacket,
  messageType,
  option,
  type RawOption,
  relayAgentOptions,
  relayAgents,
  withValue,
} from '#lib/dhcp/packet.js';
import { decodeRelayAgent, encodeRelayAgent, type RelayAgentInfo, SUB_OPTION } from '#lib/dhcp/relay-agent.js';
import { ANY_IP4, ip4Bytes } from '#lib/net/address.js';
import type { ClientMessage } from './ingress.js';

/** RFC 1542 section 4.1.1. */
const MAX_HOPS = 16;
/** `lease_s` of a session's row is a 32-bit integer; a server may say "for ever". */
const MAX_LEASE_S = 0x7fffffff;

const ours: readonly number[] = [
  SUB_OPTION.linkSelection,
  SUB_OPTION.serverIdOverride,
  SUB_OPTION.virtualSubnet,
  SUB_OPTION.virtualSubnetControl,
];

/**
 * Option 82 for a DHCP server: what the access node says of the line, byte for byte; the line's name as circuit-id when
 * it says none; the client's subnet (RFC 3527); the server identifier that clients see (RFC 5107); the VPN, when VPP
 * says one (RFC 6607).
 */
function relayAgentFor({ packet, identity, line, gateway }: ClientMessage): RelayAgentInfo {
  const node = decodeRelayAgent(identity.relayAgent);
  const said = (node.ok ? node.value : []).filter(({ code }) => !ours.includes(code));
  const named = said.some(({ code }) => code === SUB_OPTION.circuitId);
  const agents = relayAgents(packet);
  const vpp = agents.ok ? (agents.value.at(-1) ?? []) : [];
  const vpn = vpp.filter(({ code }) => code === SUB_OPTION.virtualSubnet || code === SUB_OPTION.virtualSubnetControl);
  return [
    ...(named ? [] : [{ code: SUB_OPTION.circuitId, data: Buffer.from(line.name) }]),
    ...said,
    { code: SUB_OPTION.linkSelection, data: ip4Bytes(gateway) },
    { code: SUB_OPTION.serverIdOverride, data: ip4Bytes(gateway) },
    ...vpn,
  ];
}

/**
 * The client's message for a DHCP server, with us as the relay. `serverId` takes the place of the one the client names,
 * which is ours; empty: it names none. Undefined when it cannot be relayed: too many hops, an option 82 that is too long.
 */
export function toServer(message: ClientMessage, giaddr: string, serverId: string): DhcpPacket | undefined {
  const { packet } = message;
  const agent = relayAgentFor(message);
  const size = agent.reduce((sum, { data }) => sum + 2 + data.length, 0);
  if (packet.hops >= MAX_HOPS || size > 255) return undefined;
  const options = packet.options.flatMap((one): RawOption[] => {
    if (one.code === RELAY_AGENT) return [];
    if (one.code !== OPTION.serverIdentifier.code) return [one];
    return serverId === '' ? [] : [withValue(OPTION.serverIdentifier, serverId)];
  });
  const relayed = { code: RELAY_AGENT, data: encodeRelayAgent(agent) };
  // The answer to an INFORM goes to its ciaddr, past the relay (RFC 2131 section 4.3.5): without one it comes to us.
  const ciaddr = message.type === 'inform' ? ANY_IP4 : packet.ciaddr;
  return { ...packet, hops: packet.hops + 1, ciaddr, giaddr, options: [...options, relayed] };
}

/** What a server grants or confirms. */
export interface ServerLease {
  ipv4: string;
  leaseS: number;
  /** The server's own identifier, to be named to it again. */
  serverId: string;
}

/** Undefined for an answer that grants nothing: no address, no lease time, no server identifier. */
export function leaseOf(reply: DhcpPacket): ServerLease | undefined {
  const leaseS = option(reply, OPTION.leaseTimeS);
  const serverId = option(reply, OPTION.serverIdentifier);
  if (reply.yiaddr === ANY_IP4 || !leaseS || serverId === undefined) return undefined;
  return { ipv4: reply.yiaddr, leaseS: Math.min(leaseS, MAX_LEASE_S), serverId };
}

export const isNak = (reply: DhcpPacket): boolean => messageType(reply) === MESSAGE_TYPE.nak;

/** The times of a lease that ends before the server's does; the server's own when it does not. */
function times(reply: DhcpPacket, leaseS: number, t1: number, t2: number): RawOption[] {
  return [
    withValue(OPTION.leaseTimeS, leaseS),
    withValue(OPTION.renewalTimeS, Math.min(option(reply, OPTION.renewalTimeS) ?? leaseS, Math.floor(leaseS * t1))),
    withValue(OPTION.rebindingTimeS, Math.min(option(reply, OPTION.rebindingTimeS) ?? leaseS, Math.floor(leaseS * t2))),
  ];
}

/**
 * The server's answer for the client: through the relay it came by, our server identifier in it, and the relays' option
 * 82 as they sent them. `leaseS`, when it is less than the server gave, is what is left to the session.
 */
export function toClient(message: ClientMessage, reply: DhcpPacket, leaseS = MAX_LEASE_S): DhcpPacket {
  const { packet, gateway, group } = message;
  const shorter = leaseS < (option(reply, OPTION.leaseTimeS) ?? 0);
  const replaced: number[] = [
    RELAY_AGENT,
    OPTION.serverIdentifier.code,
    ...(shorter ? [OPTION.leaseTimeS.code, OPTION.renewalTimeS.code, OPTION.rebindingTimeS.code] : []),
  ];
  return {
    ...reply,
    xid: packet.xid,
    hops: 0,
    ciaddr: message.type === 'inform' ? packet.ciaddr : reply.ciaddr,
    giaddr: packet.giaddr,
    options: [
      ...reply.options.filter(({ code }) => code === OPTION.messageType.code),
      withValue(OPTION.serverIdentifier, gateway),
      ...(shorter ? times(reply, leaseS, group.t1, group.t2) : []),
      ...reply.options.filter(({ code }) => code !== OPTION.messageType.code && !replaced.includes(code)),
      ...relayAgentOptions(packet),
    ],
  };
}
