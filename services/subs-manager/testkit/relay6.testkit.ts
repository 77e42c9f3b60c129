import { createSocket, type Socket } from 'node:dgram';
import { type Association, associations, type Lease6 } from '#lib/dhcp6/association.js';
import { linkLayerDuid } from '#lib/dhcp6/duid.js';
import { buildClient6, type Client6Message } from '#lib/dhcp6/message.js';
import { MESSAGE6, OPTION6 } from '#lib/dhcp6/options.js';
import {
  type Dhcp6Message,
  type Dhcp6Packet,
  decodeDhcp6,
  encodeDhcp6,
  option6,
  type RawOption6,
  type Relay6,
  withValue6,
} from '#lib/dhcp6/packet.js';
import { macBytes } from '#lib/net/address.js';
import { linkLocalOf } from '#lib/net/ip6.js';
import { waitFor } from '../../../test/harness/wait-for.js';
import { gateway6 } from './configd.testkit.js';

export type Message6 = Partial<Client6Message> & Pick<Client6Message, 'type'>;

const IA = {
  na: { kind: 'na', iaid: 1, t1S: 0, t2S: 0, leases: [] },
  pd: { kind: 'pd', iaid: 2, t1S: 0, t2S: 0, leases: [] },
} as const;

/** Associations that name these; empty text asks for any. */
export const asks = (address?: string, prefix?: string): Association[] => {
  const named = (value: string): Lease6[] => (value === '' ? [] : [{ value, preferredS: 0, validS: 0 }]);
  return [
    ...(address === undefined ? [] : [{ ...IA.na, leases: named(address) }]),
    ...(prefix === undefined ? [] : [{ ...IA.pd, leases: named(prefix) }]),
  ];
};

/** What VPP's relay puts around a message: link address, link-local peer, interface-id, link-layer address. */
export function vppRelay(swIfIndex: number, mac: string, change: Partial<Relay6> = {}): Relay6 {
  const index = Buffer.alloc(4);
  index.writeUInt32BE(swIfIndex);
  const options: RawOption6[] = [
    withValue6(OPTION6.interfaceId, index),
    withValue6(OPTION6.linkLayerAddress, { hardwareType: 1, address: macBytes(mac) }),
  ];
  return {
    type: MESSAGE6.relayForward,
    hopCount: 0,
    linkAddress: gateway6,
    peerAddress: linkLocalOf(mac),
    options,
    ...change,
  };
}

export const associationsOf = (message: Dhcp6Message): Association[] => {
  const found = associations(message);
  return found.ok ? found.value : [];
};

/** What an answer grants: address, prefix; undefined where there is none. */
export function grantOf(message: Dhcp6Message): { address: string | undefined; prefix: string | undefined } {
  const lease = (kind: 'na' | 'pd') =>
    associationsOf(message)
      .filter((one) => one.kind === kind)
      .flatMap(({ leases }) => leases)
      .find(({ validS }) => validS > 0)?.value;
  return { address: lease('na'), prefix: lease('pd') };
}

/** VPP's DHCPv6 relay with all clients behind it, on one UDP socket. */
export class Relay6Link {
  readonly replies: Dhcp6Packet[] = [];
  private readonly socket: Socket = createSocket('udp6');
  private transactionId = 1;
  serverPort = 0;

  async start(): Promise<void> {
    this.socket.on('message', (bytes) => {
      const packet = decodeDhcp6(bytes);
      if (packet.ok) this.replies.push(packet.value);
    });
    await new Promise<void>((resolve) => this.socket.bind(0, '::1', resolve));
  }

  get port(): number {
    return this.socket.address().port;
  }

  send(bytes: Uint8Array): void {
    this.socket.send(bytes, this.serverPort, '::1');
  }

  /** Sends a message with a transaction id of its own; returns the id. */
  tell(relays: Relay6[], mac: string, message: Message6): number {
    const transactionId = this.transactionId++;
    const clientId = linkLayerDuid(mac);
    this.send(encodeDhcp6({ relays, message: buildClient6({ clientId, transactionId, ...message }) }));
    return transactionId;
  }

  /** Sends, and again each second as clients do, until there is an answer. */
  async ask(swIfIndex: number, mac: string, message: Message6, relay: Partial<Relay6> = {}): Promise<Dhcp6Message> {
    const relays = [vppRelay(swIfIndex, mac, relay)];
    const transactionId = this.tell(relays, mac, message);
    const again = setInterval(() => this.tell(relays, mac, { ...message, transactionId }), 1000);
    try {
      return await waitFor(
        `answer to ${message.type} of ${mac}`,
        () => this.replies.find((reply) => reply.message.transactionId === transactionId)?.message,
        30_000,
      );
    } finally {
      clearInterval(again);
    }
  }

  /** SOLICIT, REQUEST for an address and a prefix. */
  async attach(swIfIndex: number, mac: string, wanted: readonly Association[] = asks('', '')) {
    const advertise = await this.ask(swIfIndex, mac, { type: 'solicit', associations: wanted });
    const serverId = option6(advertise, OPTION6.serverId);
    const reply = await this.ask(swIfIndex, mac, {
      type: 'request',
      serverId,
      associations: associationsOf(advertise),
      asks: [OPTION6.dnsServers.code, OPTION6.domainList.code],
    });
    return { ...grantOf(reply), serverId, reply };
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.socket.close(() => resolve()));
  }
}
