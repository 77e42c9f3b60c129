import { dump, load } from 'js-yaml';
import { macBytes } from '#lib/net/address.js';
import { decodeEthernet, decodeUdp, ETHERTYPE, encodeEthernet, encodeUdp, type VlanTag } from '#lib/net/frame.js';
import { ip6Bytes, linkLocalOf } from '#lib/net/ip6.js';
import { decodeUdp6, encodeUdp6 } from '#lib/net/udp6.js';
import { ip6Packet, neighbourAdvertisementIn } from '../02-configd/ip6-packets.js';
import type { FrameLink } from '../harness/frame-link.js';
import type { Stack } from '../harness/stack.js';
import { sampleNetwork } from '../harness/stack-config.js';
import { waitFor } from '../harness/wait-for.js';

/** Next hop of what leaves by the core port; its neighbours are static, so that nobody has to answer for it. */
export const upstream = { ip4: '10.255.0.6', ip6: '2001:db8:255::6', mac: '02:00:5e:00:0c:06' } as const;
/** A host behind it. */
export const internet = { ip4: '198.51.100.1', ip6: '2001:db8:ffff::1' } as const;

/** The sample document with IPv6: gateway, lines that advertise, relay, default route. */
export function dualStackDocument(sample: string): string {
  type Port = { addresses?: string[]; subInterfaces?: object[]; neighbours?: object[] };
  const document = load(sample) as {
    interfaces: Record<'access' | 'core' | 'subs-gw', Port>;
    routes: object[];
    dhcpRelay: object[];
  };
  const { access, core } = document.interfaces;
  access.subInterfaces = (access.subInterfaces ?? []).map((lines) => ({
    ...lines,
    routerAdvertisement: { managed: true, other: true },
  }));
  core.addresses = ['10.255.0.1/29', `${sampleNetwork.relay6}/64`];
  core.neighbours = [
    { address: upstream.ip4, mac: upstream.mac },
    { address: upstream.ip6, mac: upstream.mac },
  ];
  document.interfaces['subs-gw'].addresses?.push(`${sampleNetwork.gateway6}/64`);
  document.routes = [
    { prefix: '0.0.0.0/0', via: [{ address: upstream.ip4, interface: 'core' }] },
    { prefix: '::/0', via: [{ address: upstream.ip6, interface: 'core' }] },
  ];
  document.dhcpRelay.push({ server: sampleNetwork.server6, source: sampleNetwork.relay6 });
  return dump(document, { lineWidth: 120 });
}

/** subs-manager's part: pools of addresses and of prefixes to delegate. */
export const dualStackGroups = {
  pools6: [
    { name: 'addresses', prefix: '2001:db8:64::/64', length: 128, exclude: [`${sampleNetwork.gateway6}/128`] },
    { name: 'delegated', prefix: '2001:db8:a000::/40', length: 56 },
  ],
  ipv6: { addressPools: ['addresses'], delegatedPools: ['delegated'], dns: ['2001:db8::53'] },
};

/** The router's link-local address: that of the MAC address of its port. */
export const routerOf = (mac: string): string => linkLocalOf(mac);

interface Seen {
  family: 'ip4' | 'ip6';
  from: string;
  to: string;
  port: number;
  mac: string;
  tags: string;
  dscp: number;
}

/** One side of VPP: sends UDP of both families and sees what comes out. */
export class Side {
  readonly seen: Seen[] = [];
  /** Addresses whose neighbour advertisement came. */
  readonly advertised: string[] = [];

  constructor(
    private readonly link: FrameLink,
    private readonly mac: string,
    private readonly tags: VlanTag[],
  ) {
    link.onFrame((bytes) => this.receive(bytes));
  }

  private receive(bytes: Uint8Array): void {
    const frame = decodeEthernet(bytes);
    if (!frame.ok) return;
    const { payload, destinationMac: mac, tags, etherType } = frame.value;
    const is6 = etherType === ETHERTYPE.ip6;
    const neighbour = is6 ? neighbourAdvertisementIn(payload) : undefined;
    if (neighbour && mac === this.mac) this.advertised.push(neighbour.target);
    const udp = is6 ? decodeUdp6(payload) : decodeUdp(payload);
    if (!udp.ok) return;
    const { sourceIp: from, destinationIp: to, destinationPort: port } = udp.value;
    const [first = 0, second = 0] = payload;
    const dscp = is6 ? ((first & 15) << 2) | (second >> 6) : second >> 2;
    const family = is6 ? 'ip6' : 'ip4';
    this.seen.push({ family, from, to, port, mac, tags: tags.map(({ vid }) => vid).join('.'), dscp });
  }

  /** To VPP's MAC address on this side. */
  send(from: string, to: string, port: number, gatewayMac: string, payloadBytes = 64): void {
    const is6 = to.includes(':');
    const datagram = {
      sourceIp: from,
      destinationIp: to,
      sourcePort: 4000,
      destinationPort: port,
      payload: Buffer.alloc(payloadBytes),
    };
    const payload = is6 ? encodeUdp6(datagram) : encodeUdp(datagram);
    const etherType = is6 ? ETHERTYPE.ip6 : ETHERTYPE.ip4;
    this.link.send(
      encodeEthernet({ destinationMac: gatewayMac, sourceMac: this.mac, tags: this.tags, etherType, payload }),
    );
  }

  /** A host's probe of a neighbour it knows (RFC 4861 section 7.3.3): unicast. */
  probe(from: string, target: string, gatewayMac: string): void {
    const body = Uint8Array.from([135, 0, 0, 0, 0, 0, 0, 0, ...ip6Bytes(target), 1, 1, ...macBytes(this.mac)]);
    const payload = ip6Packet(58, from, target, body, 2);
    this.link.send(
      encodeEthernet({
        destinationMac: gatewayMac,
        sourceMac: this.mac,
        tags: this.tags,
        etherType: ETHERTYPE.ip6,
        payload,
      }),
    );
  }

  arrived(port: number): Promise<Seen> {
    return waitFor(`a packet to port ${port}`, () => this.seen.find((one) => one.port === port), 40_000);
  }
}

/** MAC address of VPP's port on a device. */
export async function portMac(stack: Stack, device: string): Promise<string> {
  const interfaces = await stack.dataplane.interfaces();
  return interfaces.find(({ interface_name }) => interface_name === `host-${device}`)?.l2_address ?? '';
}
