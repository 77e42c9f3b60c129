import type { Association } from '#lib/dhcp6/association.js';
import { buildServer6, relayed6 } from '#lib/dhcp6/message.js';
import { message6Name } from '#lib/dhcp6/options.js';
import { type Dhcp6Message, encodeDhcp6 } from '#lib/dhcp6/packet.js';
import type { StatusCode } from '#lib/dhcp6/values.js';
import type { DhcpTransport } from '../dhcp/transport.js';
import type { SubsMetrics } from '../metrics.js';
import { configuration } from './answers.js';
import type { ClientMessage6 } from './ingress.js';

/** What is said to a client. */
export interface Answer {
  associations?: readonly Association[];
  status?: StatusCode;
  rapidCommit?: boolean;
  /** Name servers that RADIUS gave; none: those of the group. */
  dns: readonly string[];
}

/** Sends answers back through the relays the message came through; VPP brings them to the client. */
export class Responder6 {
  constructor(
    private readonly transport: Pick<DhcpTransport, 'send'>,
    readonly serverId: Uint8Array,
    private readonly metrics: SubsMetrics,
  ) {}

  advertise(message: ClientMessage6, answer: Answer): void {
    this.send(message, 'advertise', answer);
  }

  reply(message: ClientMessage6, answer: Answer): void {
    this.send(message, 'reply', answer);
  }

  /** What a DHCPv6 server of the operator said, made fit for the client. */
  pass({ packet, relay }: ClientMessage6, message: Dhcp6Message): void {
    this.transmit({ packet, relay }, message, message6Name(message.type) ?? 'unknown');
  }

  private send({ packet, group, relay }: ClientMessage6, type: 'advertise' | 'reply', answer: Answer): void {
    const { dns, ...said } = answer;
    const { preference } = group.ipv6;
    const message = buildServer6(packet.message, {
      type,
      serverId: this.serverId,
      ...said,
      ...(type === 'advertise' && preference !== undefined && { preference }),
      options: configuration(group.ipv6, dns),
    });
    this.transmit({ packet, relay }, message, type);
  }

  private transmit(
    { packet, relay }: Pick<ClientMessage6, 'packet' | 'relay'>,
    message: Dhcp6Message,
    type: string,
  ): void {
    this.metrics.messages.inc({ type: `v6_${type}`, direction: 'out' });
    this.transport.send(encodeDhcp6(relayed6(packet, message)), relay.address, relay.port);
  }
}
