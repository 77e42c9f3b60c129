import { MESSAGE_TYPE, OPTION } from '#lib/dhcp/options.js';
import { type DhcpPacket, decodeDhcp, encodeDhcp, messageType, option, type RawOption } from '#lib/dhcp/packet.js';
import { buildClientMessage, type ClientMessage } from '#lib/dhcp/request.js';
import { ANY_IP4, BROADCAST_IP4, BROADCAST_MAC } from '#lib/net/address.js';
import { decodeEthernet, decodeUdp, ETHERTYPE, encodeEthernet, encodeUdp, type VlanTag } from '#lib/net/frame.js';
import type { FrameLink } from './frame-link.js';

export interface ClientOptions {
  mac: string;
  /** Tags of the line, outermost first. */
  tags: VlanTag[];
  hostName?: string;
  /** Further options in every packet: an access node's option 82 for instance. */
  extra?: readonly RawOption[];
  /** First wait for an answer; doubled at each try (RFC 2131 section 4.1). 2000 when absent. */
  firstTimeoutMs?: number;
  tries?: number;
}

export interface ClientLease {
  address: string;
  serverId: string;
  leaseS: number;
  router: string | undefined;
  /** From the first DISCOVER to the ACK. */
  elapsedMs: number;
}

/** The answer was a NAK. */
export class DhcpNak extends Error {}
/** No answer within all tries. */
export class DhcpSilence extends Error {}

/** Clients on one link; hands each frame to the client with its hardware address. */
export class ClientSwitch {
  private readonly clients = new Map<string, DhcpClient>();

  constructor(private readonly link: FrameLink) {
    link.onFrame((frame) => this.deliver(frame));
  }

  add(options: ClientOptions): DhcpClient {
    const client = new DhcpClient(this.link, options);
    this.clients.set(options.mac, client);
    return client;
  }

  private deliver(bytes: Uint8Array): void {
    const frame = decodeEthernet(bytes);
    if (!frame.ok || frame.value.etherType !== ETHERTYPE.ip4) return;
    const udp = decodeUdp(frame.value.payload);
    if (!udp.ok || udp.value.destinationPort !== 68) return;
    const packet = decodeDhcp(udp.value.payload);
    if (packet.ok) this.clients.get(packet.value.mac)?.receive(packet.value, frame.value.tags);
  }
}

/** One simulated subscriber: real DHCP packets in tagged Ethernet frames. */
export class DhcpClient {
  lease: ClientLease | undefined;
  /** Packets sent, retransmissions included. */
  sent = 0;
  private waiting: ((packet: DhcpPacket) => void) | undefined;
  private xid = 0;

  constructor(
    private readonly link: FrameLink,
    readonly options: ClientOptions,
  ) {}

  /** Called with every DHCP reply to this hardware address. Replies on other lines are ignored. */
  receive(packet: DhcpPacket, tags: readonly VlanTag[]): void {
    const mine = this.options.tags.map((tag) => tag.vid).join('.') === tags.map((tag) => tag.vid).join('.');
    if (mine && packet.xid === this.xid) this.waiting?.(packet);
  }

  /** DISCOVER, REQUEST. Rejects with DhcpNak or DhcpSilence. */
  async attach(): Promise<ClientLease> {
    const startedMs = performance.now();
    const offer = await this.exchange({ type: 'discover' }, MESSAGE_TYPE.offer);
    const serverId = option(offer, OPTION.serverIdentifier) ?? ANY_IP4;
    const ack = await this.exchange({ type: 'request', requestedIp: offer.yiaddr, serverId }, MESSAGE_TYPE.ack);
    this.lease = {
      address: ack.yiaddr,
      serverId,
      leaseS: option(ack, OPTION.leaseTimeS) ?? 0,
      router: option(ack, OPTION.routers)?.[0],
      elapsedMs: performance.now() - startedMs,
    };
    return this.lease;
  }

  /** INIT-REBOOT: asks for an address it remembers, without a server. */
  async reboot(address: string): Promise<DhcpPacket> {
    return this.exchange({ type: 'request', requestedIp: address }, MESSAGE_TYPE.ack);
  }

  /** T1: unicast to the server identifier, from its own address. */
  async renew(gatewayMac: string): Promise<DhcpPacket> {
    const lease = this.bound();
    const message = { type: 'request', ciaddr: lease.address } as const;
    return this.exchange(message, MESSAGE_TYPE.ack, { mac: gatewayMac, from: lease.address, to: lease.serverId });
  }

  /** RELEASE is not answered. */
  release(gatewayMac: string): void {
    const lease = this.bound();
    this.xid = Math.floor(Math.random() * 0xffffffff);
    const message = { type: 'release', ciaddr: lease.address, serverId: lease.serverId } as const;
    this.transmit(message, { mac: gatewayMac, from: lease.address, to: lease.serverId });
    this.lease = undefined;
  }

  private bound(): ClientLease {
    if (!this.lease) throw new Error(`${this.options.mac} has no lease`);
    return this.lease;
  }

  private async exchange(
    message: Pick<ClientMessage, 'type' | 'requestedIp' | 'serverId' | 'ciaddr'>,
    wanted: number,
    path = { mac: BROADCAST_MAC, from: ANY_IP4, to: BROADCAST_IP4 },
  ): Promise<DhcpPacket> {
    this.xid = Math.floor(Math.random() * 0xffffffff);
    const { firstTimeoutMs = 2000, tries = 5 } = this.options;
    for (let attempt = 0; attempt < tries; attempt++) {
      this.transmit(message, path);
      const answer = await this.answer(wanted, firstTimeoutMs * 2 ** attempt);
      if (answer === undefined) continue;
      if (messageType(answer) === MESSAGE_TYPE.nak) throw new DhcpNak(`${this.options.mac}: NAK`);
      return answer;
    }
    throw new DhcpSilence(`${this.options.mac}: no answer to ${message.type}`);
  }

  private answer(wanted: number, timeoutMs: number): Promise<DhcpPacket | undefined> {
    return new Promise((resolve) => {
      const done = (packet: DhcpPacket | undefined) => {
        clearTimeout(timer);
        this.waiting = undefined;
        resolve(packet);
      };
      const timer = setTimeout(() => done(undefined), timeoutMs);
      this.waiting = (packet) => {
        const type = messageType(packet);
        if (type === wanted || type === MESSAGE_TYPE.nak) done(packet);
      };
    });
  }

  private transmit(
    message: Pick<ClientMessage, 'type' | 'requestedIp' | 'serverId' | 'ciaddr'>,
    path: { mac: string; from: string; to: string },
  ): void {
    const { mac, tags, hostName, extra } = this.options;
    const packet = buildClientMessage({
      ...message,
      mac,
      xid: this.xid,
      asks: [1, 3, 6, 51, 54],
      ...(hostName ? { hostName } : {}),
      ...(extra ? { extra } : {}),
    });
    const payload = encodeDhcp(packet);
    const udp = encodeUdp({
      sourceIp: path.from,
      destinationIp: path.to,
      sourcePort: 68,
      destinationPort: 67,
      payload,
    });
    this.sent++;
    this.link.send(
      encodeEthernet({ destinationMac: path.mac, sourceMac: mac, tags, etherType: ETHERTYPE.ip4, payload: udp }),
    );
  }
}
