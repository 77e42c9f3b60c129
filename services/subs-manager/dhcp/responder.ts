import { messageTypeName } from '#lib/dhcp/options.js';
import { type DhcpPacket, encodeDhcp, messageType } from '#lib/dhcp/packet.js';
import { buildAck, buildInformAck, buildNak, buildOffer } from '#lib/dhcp/reply.js';
import type { PoolConfig } from '../config.js';
import type { SubsMetrics } from '../metrics.js';
import type { Session } from '../session/session.js';
import type { ClientMessage } from './ingress.js';
import { type ClientSettings, grantFor, groupOptions, maskFor } from './reply.js';
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
    const grant = grantFor(this.settings(message, session.ipv4, session), message.group.leaseS);
    this.send(message, buildOffer(message.packet, grant));
  }

  ack(message: ClientMessage, session: Session): void {
    const grant = grantFor(this.settings(message, session.ipv4, session), session.leaseS);
    this.send(message, buildAck(message.packet, grant));
  }

  nak(message: ClientMessage, reason: string): void {
    this.send(message, buildNak(message.packet, message.gateway, reason));
  }

  /** `session`: that of the address which the client has, if there is one. */
  inform(message: ClientMessage, session: Session | undefined): void {
    const { packet, gateway } = message;
    const settings = this.settings(message, packet.ciaddr, session);
    this.send(message, buildInformAck(packet, gateway, groupOptions(settings)));
  }

  /** What a DHCP server of the operator said, made fit for the client. */
  pass(message: ClientMessage, reply: DhcpPacket): void {
    this.send(message, reply);
  }

  /** RADIUS has the first word on the mask. */
  private settings(message: ClientMessage, ipv4: string, session?: Session): ClientSettings {
    const { group, gateway } = message;
    const mask = session?.granted.framedNetmask || maskFor(ipv4, group, this.poolsOf(message));
    return { ipv4, group, gateway, mask, vendorClass: vendorOf(message) };
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
