import { type Association, associations } from '#lib/dhcp6/association.js';
import { linkLayerDuid } from '#lib/dhcp6/duid.js';
import { buildClient6, type Client6Message } from '#lib/dhcp6/message.js';
import { OPTION6 } from '#lib/dhcp6/options.js';
import { type Dhcp6Message, decodeDhcp6, encodeDhcp6, option6 } from '#lib/dhcp6/packet.js';
import { decodeEthernet, ETHERTYPE, encodeEthernet, type VlanTag } from '#lib/net/frame.js';
import { linkLocalOf } from '#lib/net/ip6.js';
import { decodeUdp6, encodeUdp6 } from '#lib/net/udp6.js';
import type { FrameLink } from './frame-link.js';

const RELAYS_AND_SERVERS = { ip: 'ff02::1:2', mac: '33:33:00:01:00:02' };
const ANY: Association[] = [
  { kind: 'na', iaid: 1, t1S: 0, t2S: 0, leases: [] },
  { kind: 'pd', iaid: 2, t1S: 0, t2S: 0, leases: [] },
];

export interface Lease6 {
  address: string;
  prefix: string;
  dns: string[];
  serverId: Uint8Array;
  associations: Association[];
}

/** One simulated DHCPv6 client: real packets in tagged Ethernet frames, from its link-local address. */
export class Dhcp6Client {
  lease: Lease6 | undefined;
  readonly linkLocal: string;
  private waiting: ((message: Dhcp6Message) => void) | undefined;
  private transactionId = 0;

  constructor(
    private readonly link: FrameLink,
    readonly mac: string,
    private readonly tags: VlanTag[],
  ) {
    this.linkLocal = linkLocalOf(mac);
    link.onFrame((frame) => this.receive(frame));
  }

  private receive(bytes: Uint8Array): void {
    const frame = decodeEthernet(bytes);
    if (!frame.ok || frame.value.etherType !== ETHERTYPE.ip6) return;
    const mine = frame.value.tags.map(({ vid }) => vid).join() === this.tags.map(({ vid }) => vid).join();
    const udp = mine ? decodeUdp6(frame.value.payload) : undefined;
    if (!udp?.ok || udp.value.destinationPort !== 546 || udp.value.destinationIp !== this.linkLocal) return;
    const packet = decodeDhcp6(udp.value.payload);
    if (packet.ok && packet.value.message.transactionId === this.transactionId) this.waiting?.(packet.value.message);
  }

  /** SOLICIT, REQUEST for an address and a prefix. */
  async attach(): Promise<Lease6> {
    const advertise = await this.exchange({ type: 'solicit', associations: ANY });
    const serverId = option6(advertise, OPTION6.serverId);
    return this.take(await this.exchange({ type: 'request', serverId, associations: associationsOf(advertise) }));
  }

  async renew(): Promise<Lease6> {
    const { serverId, associations: held } = this.bound();
    return this.take(await this.exchange({ type: 'renew', serverId, associations: held }));
  }

  async release(): Promise<Dhcp6Message> {
    const { serverId, associations: held } = this.bound();
    this.lease = undefined;
    return this.exchange({ type: 'release', serverId, associations: held });
  }

  private bound(): Lease6 {
    if (!this.lease) throw new Error(`${this.mac} has no lease`);
    return this.lease;
  }

  private take(reply: Dhcp6Message): Lease6 {
    const granted = associationsOf(reply);
    const leaseOf = (kind: 'na' | 'pd') => granted.find((one) => one.kind === kind)?.leases[0]?.value ?? '';
    this.lease = {
      address: leaseOf('na'),
      prefix: leaseOf('pd'),
      dns: option6(reply, OPTION6.dnsServers) ?? [],
      serverId: option6(reply, OPTION6.serverId) ?? new Uint8Array(0),
      associations: granted,
    };
    return this.lease;
  }

  /** Sent again each second until there is an answer, ten times at most. */
  private async exchange(message: Pick<Client6Message, 'type' | 'serverId' | 'associations'>): Promise<Dhcp6Message> {
    this.transactionId = Math.floor(Math.random() * 0xffffff);
    for (let attempt = 0; attempt < 20; attempt++) {
      this.transmit(message);
      const answer = await this.answer(1000);
      if (answer) return answer;
    }
    throw new Error(`${this.mac}: no answer to ${message.type}`);
  }

  private answer(timeoutMs: number): Promise<Dhcp6Message | undefined> {
    return new Promise((resolve) => {
      const done = (message?: Dhcp6Message) => {
        clearTimeout(timer);
        this.waiting = undefined;
        resolve(message);
      };
      const timer = setTimeout(done, timeoutMs);
      this.waiting = done;
    });
  }

  private transmit(message: Pick<Client6Message, 'type' | 'serverId' | 'associations'>): void {
    const { transactionId, mac, tags } = this;
    const asks = [OPTION6.dnsServers.code];
    const built = buildClient6({ ...message, transactionId, clientId: linkLayerDuid(mac), asks });
    const payload = encodeUdp6({
      sourceIp: this.linkLocal,
      destinationIp: RELAYS_AND_SERVERS.ip,
      sourcePort: 546,
      destinationPort: 547,
      hopLimit: 1,
      payload: encodeDhcp6({ relays: [], message: built }),
    });
    const destinationMac = RELAYS_AND_SERVERS.mac;
    this.link.send(encodeEthernet({ destinationMac, sourceMac: mac, tags, etherType: ETHERTYPE.ip6, payload }));
  }
}

function associationsOf(message: Dhcp6Message): Association[] {
  const found = associations(message);
  return found.ok ? found.value : [];
}
