import { MESSAGE_TYPE, messageTypeName } from '#lib/dhcp/options.js';
import { BOOTREPLY, type DhcpPacket, decodeDhcp, encodeDhcp, messageType } from '#lib/dhcp/packet.js';
import type { RelayConfig } from '../config-relay.js';
import type { Answer, Exchanges } from '../servers/exchanges.js';
import type { Servers } from '../servers/servers.js';
import type { DropReason, Drops } from './drops.js';
import { toServer } from './forward.js';
import type { ClientMessage } from './ingress.js';
import type { Datagram, DhcpTransport } from './transport.js';

export interface ServerLinkParts {
  transport: Pick<DhcpTransport, 'send'>;
  /** Our address as a relay: where servers send their answers. */
  giaddr: string;
  servers: Servers;
  exchanges: Exchanges<DhcpPacket>;
  drops: Drops;
}

/** How a message is put to the servers. */
export interface Addressing {
  rules: RelayConfig;
  /** The server that gave the lease, by its name; empty: none yet. */
  preferred: string;
  /** Its own identifier, put in the place of ours. */
  serverId: string;
  /** The message is for that server alone. */
  only?: boolean;
}

/** True for what servers send to relays. */
export const isReply = (payload: Uint8Array): boolean => payload[0] === BOOTREPLY;

const keyOf = ({ xid, mac }: DhcpPacket, wants: 'offer' | 'ack'): string => `${xid}|${mac}|${wants}`;

/** The way to the DHCP servers of the operator and back, as a relay (RFC 1542 section 4.1). */
export class ServerLink {
  constructor(private readonly parts: ServerLinkParts) {}

  /** The answer to a client's message; `undefined` when no server gave one, the reason when it cannot be relayed. */
  async ask(message: ClientMessage, to: Addressing): Promise<Answer<DhcpPacket> | DropReason> {
    const { exchanges, giaddr, transport } = this.parts;
    const packet = toServer(message, giaddr, to.serverId);
    if (packet === undefined) return 'not_relayable';
    const bytes = encodeDhcp(packet);
    const key = keyOf(packet, message.type === 'discover' ? 'offer' : 'ack');
    const { rules, preferred, only = false } = to;
    const answer = await exchanges.ask({
      key,
      rules,
      preferred,
      only,
      send: ({ address, port }) => transport.send(bytes, address, port),
    });
    return answer ?? 'server_timeout';
  }

  /** For messages that no server answers: to the one that gave the lease. */
  tell(message: ClientMessage, { rules, preferred, serverId }: Addressing): void {
    const { servers, giaddr, transport } = this.parts;
    const packet = toServer(message, giaddr, serverId);
    const [server] = servers.inTurn(rules, preferred);
    if (packet && server) transport.send(encodeDhcp(packet), server.address, server.port);
  }

  /** One packet from the wire. Never throws. */
  receive(datagram: Datagram): void {
    const refused = this.take(datagram);
    if (refused !== undefined) this.parts.drops.count(refused);
  }

  private take({ payload, address, port }: Datagram): DropReason | undefined {
    const { servers, exchanges, giaddr } = this.parts;
    const server = servers.at(address, port);
    if (server === undefined) return 'unknown_server';
    const decoded = decodeDhcp(payload);
    if (!decoded.ok) return 'malformed';
    const reply = decoded.value;
    if (reply.giaddr !== giaddr) return 'unmatched_answer';
    const type = messageTypeName(messageType(reply));
    if (type !== 'offer' && type !== 'ack' && type !== 'nak') return 'unknown_type';
    const wants = messageType(reply) === MESSAGE_TYPE.offer ? 'offer' : 'ack';
    return exchanges.take(keyOf(reply, wants), server, reply) ? undefined : 'unmatched_answer';
  }
}
