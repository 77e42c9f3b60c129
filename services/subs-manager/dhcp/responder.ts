import { messageTypeName } from '#lib/dhcp/options.js';
import { type DhcpPacket, encodeDhcp, messageType } from '#lib/dhcp/packet.js';
import { buildAck, buildInformAck, buildNak, buildOffer } from '#lib/dhcp/reply.js';
import type { PoolConfig } from '../config.js';
import type { SubsMetrics } from '../metrics.js';
import type { Session } from '../session/session.js';
import type { ClientMessage } from './ingress.js';
import { grantFor, groupOptions, maskFor } from './reply.js';
import type { DhcpTransport } from './transport.js';

const vendorOf = ({ identity }: ClientMessage): string => identity.vendorClass.toString('latin1');

/** Sends replies to the relay the message came through; VPP brings them to the client. */
export class Responder {
  constructor(
    private readonly transport: Pick<DhcpTransport, 'send'>,
    private readonly pools: readonly PoolConfig[],
    private readonly metrics: SubsMetrics,
  ) {}

  /** The time offered to a client that has a lease is a new one in full. */
  offer(message: ClientMessage, session: Session): void {
    const { packet, group, gateway } = message;
    const grant = grantFor(session.ipv4, group.leaseS, group, gateway, this.poolsOf(message), vendorOf(message));
    this.send(message, buildOffer(packet, grant));
  }

  ack(message: ClientMessage, session: Session): void {
    const { packet, group, gateway } = message;
    const grant = grantFor(session.ipv4, session.leaseS, group, gateway, this.poolsOf(message), vendorOf(message));
    this.send(message, buildAck(packet, grant));
  }

  nak(message: ClientMessage, reason: string): void {
    this.send(message, buildNak(message.packet, message.gateway, reason));
  }

  inform(message: ClientMessage): void {
    const { packet, group, gateway } = message;
    const options = groupOptions(
      group,
      gateway,
      maskFor(packet.ciaddr, group, this.poolsOf(message)),
      vendorOf(message),
    );
    this.send(message, buildInformAck(packet, gateway, options));
  }

  /** What a DHCP server of the operator said, made fit for the client. */
  pass(message: ClientMessage, reply: DhcpPacket): void {
    this.send(message, reply);
  }

  private poolsOf({ line }: ClientMessage): PoolConfig[] {
    return this.pools.filter(({ vrf }) => vrf === undefined || vrf === line.vrf);
  }

  private send({ relay }: ClientMessage, reply: DhcpPacket): void {
    const type = messageTypeName(messageType(reply)) ?? 'unknown';
    this.metrics.messages.inc({ type, direction: 'out' });
    this.transport.send(encodeDhcp(reply), relay.address, relay.port);
  }
}
