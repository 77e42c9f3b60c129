import { MESSAGE6, OPTION6 } from '#lib/dhcp6/options.js';
import { type Dhcp6Message, decodeDhcp6, encodeDhcp6, option6 } from '#lib/dhcp6/packet.js';
import type { RelayConfig } from '../config-relay.js';
import type { DropReason, Drops } from '../dhcp/drops.js';
import type { Datagram, DhcpTransport } from '../dhcp/transport.js';
import type { Answer, Exchanges } from '../servers/exchanges.js';
import type { Servers } from '../servers/servers.js';
import { toServer6 } from './forward.js';
import type { ClientMessage6 } from './ingress.js';

export interface ServerLink6Parts {
  transport: Pick<DhcpTransport, 'send'>;
  servers: Servers;
  exchanges: Exchanges<Dhcp6Message>;
  drops: Drops;
}

/** How a message is put to the servers. */
export interface Addressing6 {
  rules: RelayConfig;
  /** The server that gave the lease, by its name, and its DUID in hex; empty: none yet. */
  preferred: string;
  serverDuid: string;
  /** The message is for that server alone. */
  only: boolean;
}

/** True for what servers send to relays. */
export const isReply6 = (payload: Uint8Array): boolean => payload[0] === MESSAGE6.relayReply;

const keyOf = (message: Dhcp6Message): string =>
  `${message.transactionId}|${Buffer.from(option6(message, OPTION6.clientId) ?? []).toString('hex')}`;

/** The way to the DHCPv6 servers of the operator and back, as a relay (RFC 8415 section 19). */
export class ServerLink6 {
  constructor(private readonly parts: ServerLink6Parts) {}

  /** The answer to a client's message, or the reason why there is none. */
  async ask(message: ClientMessage6, to: Addressing6): Promise<Answer<Dhcp6Message> | DropReason> {
    const { exchanges, transport } = this.parts;
    const packet = toServer6(message, Buffer.from(to.serverDuid, 'hex'));
    if (packet === undefined) return 'not_relayable';
    const bytes = encodeDhcp6(packet);
    const { rules, preferred, only } = to;
    const send = ({ address, port }: { address: string; port: number }) => transport.send(bytes, address, port);
    return (await exchanges.ask({ key: keyOf(packet.message), rules, preferred, only, send })) ?? 'server_timeout';
  }

  /** One packet from the wire. Never throws. */
  receive(datagram: Datagram): void {
    const refused = this.take(datagram);
    if (refused !== undefined) this.parts.drops.count(refused);
  }

  private take({ payload, address, port }: Datagram): DropReason | undefined {
    const { servers, exchanges } = this.parts;
    const server = servers.at(address, port);
    if (server === undefined) return 'unknown_server';
    const decoded = decodeDhcp6(payload);
    if (!decoded.ok) return 'malformed';
    const { message } = decoded.value;
    if (message.type !== MESSAGE6.advertise && message.type !== MESSAGE6.reply) return 'unknown_type';
    return exchanges.take(keyOf(message), server, message) ? undefined : 'unmatched_answer';
  }
}
