import { createSocket, type Socket } from 'node:dgram';
import { MESSAGE_TYPE, type MessageTypeName, messageTypeName, OPTION } from '#lib/dhcp/options.js';
import { type DhcpPacket, decodeDhcp, encodeDhcp, messageType, option, type RawOption } from '#lib/dhcp/packet.js';
import { encodeRelayAgent, vppRelayAgent } from '#lib/dhcp/relay-agent.js';
import { buildClientMessage, type ClientMessage } from '#lib/dhcp/request.js';
import { waitFor } from '../../../test/harness/wait-for.js';
import { gateway } from './configd.testkit.js';

export const giaddr = '10.255.0.1';

/** MAC address number `n`. */
export const macOf = (n: number): string =>
  `02:00:00:${[16, 8, 0].map((shift) => ((n >>> shift) & 255).toString(16).padStart(2, '0')).join(':')}`;

/** A client's message as VPP's proxy relays it. */
export function relayed(message: ClientMessage, swIfIndex: number, accessNode: readonly RawOption[] = []): Uint8Array {
  const vpp = { code: 82, data: encodeRelayAgent(vppRelayAgent(swIfIndex, gateway)) };
  const packet = buildClientMessage({ ...message, extra: [...(message.extra ?? []), ...accessNode, vpp] });
  return encodeDhcp({ ...packet, giaddr });
}

export interface Lease {
  ipv4: string;
  serverId: string;
}

/** VPP's relay with all clients behind it, on one UDP socket. */
export class Relay {
  readonly replies: DhcpPacket[] = [];
  private readonly socket: Socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
  private xid = 1;
  serverPort = 0;

  async start(): Promise<void> {
    this.socket.on('message', (bytes) => {
      const packet = decodeDhcp(bytes);
      if (packet.ok) this.replies.push(packet.value);
    });
    await new Promise<void>((resolve) => this.socket.bind(0, '127.0.0.1', resolve));
  }

  get port(): number {
    return this.socket.address().port;
  }

  send(bytes: Uint8Array): void {
    this.socket.send(bytes, this.serverPort, '127.0.0.1');
  }

  /** Sends a message of its own xid; returns the xid. */
  tell(swIfIndex: number, mac: string, type: MessageTypeName, more: Partial<ClientMessage> = {}): number {
    const xid = this.xid++;
    this.send(relayed({ type, mac, xid, ...more }, swIfIndex));
    return xid;
  }

  replyTo(xid: number): DhcpPacket | undefined {
    return this.replies.find((reply) => reply.xid === xid);
  }

  /** Sends, and again each second as clients do, until there is a reply. */
  async ask(
    swIfIndex: number,
    mac: string,
    type: MessageTypeName,
    more: Partial<ClientMessage> = {},
    timeoutMs = 30_000,
  ): Promise<DhcpPacket> {
    const xid = this.tell(swIfIndex, mac, type, more);
    const again = setInterval(() => this.send(relayed({ type, mac, xid, ...more }, swIfIndex)), 1000);
    try {
      return await waitFor(`reply to ${type} of ${mac}`, () => this.replyTo(xid), timeoutMs);
    } finally {
      clearInterval(again);
    }
  }

  /** DISCOVER, REQUEST; throws when there is no ACK. */
  async attach(swIfIndex: number, mac: string, timeoutMs = 30_000, more: Partial<ClientMessage> = {}): Promise<Lease> {
    const offer = await this.ask(swIfIndex, mac, 'discover', more, timeoutMs);
    const serverId = option(offer, OPTION.serverIdentifier) ?? '';
    const request = { requestedIp: offer.yiaddr, serverId, ...more };
    const ack = await this.ask(swIfIndex, mac, 'request', request, timeoutMs);
    if (messageType(ack) !== MESSAGE_TYPE.ack) throw new Error(`${mac}: ${messageTypeName(messageType(ack))}`);
    return { ipv4: ack.yiaddr, serverId };
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.socket.close(() => resolve()));
  }
}
