import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ip4Bytes } from '#lib/net/address.js';
import type { PacketSocket } from '#lib/net/af-packet.js';
import { decodeEthernet, ETHERTYPE, encodeEthernet, encodeUdp } from '#lib/net/frame.js';
import { parseIp6 } from '#lib/vpp/ip-text.js';
import { waitFor } from '../harness/wait-for.js';
import { ip6Packet } from './ip6-packets.js';
import { Cables, noDrift, onRealVpp, PacketNode } from './packet-node.js';

const mac = { client: '02:ca:00:00:0c:11', blue: '02:ca:00:00:0c:12', host: '02:00:00:00:0c:09' };
const host = (...addresses: string[]) =>
  `neighbours: [${addresses.map((address) => `{ address: "${address}", mac: ${mac.host} }`).join(', ')}]`;

const document = `interfaces:
  client:
    hostInterface: { device: cwrtc }
    mac: ${mac.client}
    addresses: [10.60.0.1/24, "2001:db8:60::1/64"]
    ${host('10.60.0.9', '2001:db8:60::9')}
  core:
    hostInterface: { device: cwrt0 }
    addresses: [10.61.0.1/24, "2001:db8:61::1/64"]
    ${host('10.61.0.2', '2001:db8:61::2')}
  business:
    hostInterface: { device: cwrtb }
    mac: ${mac.blue}
    vrf: blue
    addresses: [10.70.0.1/24]
    ${host('10.70.0.2')}
vrfs: { blue: { table: 7 } }
routes:
  - { prefix: 198.51.100.0/24, via: [{ address: 10.61.0.2 }] }
  - { prefix: 198.51.101.0/24, via: [{ address: 198.51.100.1 }] }
  - { prefix: 192.0.2.0/24, via: [{ vrf: blue }] }
  - { prefix: 192.0.2.0/24, vrf: blue, via: [{ address: 10.70.0.2, interface: business }] }
  - { prefix: 203.0.113.0/24, via: [{ address: 10.70.0.2, vrf: blue }] }
  - { prefix: 0.0.0.0/0, vrf: blue, via: [{ vrf: default }] }
  - { prefix: 198.51.102.0/24, unreachable: true }
  - { prefix: 198.51.103.0/24, prohibit: true }
  - { prefix: 198.51.104.0/24, drop: true }
  - { prefix: "2001:db8:a::/48", via: [{ address: "2001:db8:61::2" }] }
  - { prefix: "2001:db8:b::/48", unreachable: true }
  - { prefix: "2001:db8:c::/48", prohibit: true }
`;

const udp4 = (from: string, to: string) =>
  encodeUdp({ sourceIp: from, destinationIp: to, sourcePort: 5000, destinationPort: 5001, payload: Buffer.from('x') });
const udp6 = (from: string, to: string) =>
  ip6Packet(17, from, to, Uint8Array.from([0x13, 0x88, 0x13, 0x89, 0, 9, 0, 0, 0x78]), 6);

/** The packets that came to a device. */
class Seen {
  private readonly packets: Buffer[] = [];
  constructor(readonly link: PacketSocket) {
    link.onFrame((bytes) => {
      const frame = decodeEthernet(bytes);
      if (frame.ok) this.packets.push(Buffer.from(frame.value.payload));
    });
  }
  /** To an address. */
  has = (to: string) =>
    this.packets.some((packet) =>
      to.includes(':')
        ? packet.subarray(24, 40).equals(Buffer.from(parseIp6(to) ?? []))
        : packet.subarray(16, 20).equals(Buffer.from(ip4Bytes(to))),
    );
  /** Type and code of ICMP errors about a packet to an address. */
  errorsAbout(to: string): string[] {
    const [protocolAt, typeAt, aboutAt, protocol] = to.includes(':')
      ? [6, 40, 40 + 8 + 24, 58]
      : [9, 20, 20 + 8 + 16, 1];
    const about = Buffer.from(to.includes(':') ? (parseIp6(to) ?? []) : ip4Bytes(to));
    return this.packets
      .filter((packet) => packet[protocolAt] === protocol)
      .filter((packet) => packet.subarray(aboutAt, aboutAt + about.length).equals(about))
      .map((packet) => `${packet[typeAt]}/${packet[typeAt + 1]}`);
  }
}

onRealVpp('routes', () => {
  let cables: Cables;
  let vpp: PacketNode;
  let seen: Record<'client' | 'core' | 'business', Seen>;

  beforeAll(async () => {
    cables = Cables.lay('cwrtc', 'cwrt0', 'cwrtb');
    seen = {
      client: new Seen(cables.far('cwrtc')),
      core: new Seen(cables.far('cwrt0')),
      business: new Seen(cables.far('cwrtb')),
    };
    vpp = await PacketNode.start('bng1');
    await vpp.apply(document);
  }, 60_000);
  afterAll(async () => {
    await vpp.stop();
    await cables.remove();
  }, 60_000);

  const send = (side: 'client' | 'business', to: string) => {
    const is6 = to.includes(':');
    const from = side === 'client' ? (is6 ? '2001:db8:60::9' : '10.60.0.9') : '10.70.0.2';
    seen[side].link.send(
      encodeEthernet({
        destinationMac: side === 'client' ? mac.client : mac.blue,
        sourceMac: mac.host,
        tags: [],
        etherType: is6 ? ETHERTYPE.ip6 : ETHERTYPE.ip4,
        payload: is6 ? udp6(from, to) : udp4(from, to),
      }),
    );
  };

  test.each([
    ['recursive: the connected network says where', 'client', '198.51.100.9', 'core'],
    ['recursive over a recursive one', 'client', '198.51.101.9', 'core'],
    ['looked up in another VRF', 'client', '192.0.2.9', 'business'],
    ['to a next hop of another VRF', 'client', '203.0.113.9', 'business'],
    ['from a VRF into the default one', 'business', '198.51.100.10', 'core'],
    ['IPv6, recursive', 'client', '2001:db8:a::9', 'core'],
  ] as const)('%s', async (_name, from, to, out) => {
    await waitFor(
      `a packet to ${to}`,
      async () => {
        send(from, to);
        return seen[out].has(to);
      },
      40_000,
    );
    for (const other of Object.values(seen)) expect(other.has(to)).toBe(other === seen[out]);
  });

  test.each([
    ['unreachable', '198.51.102.9', '3/1'],
    ['prohibited', '198.51.103.9', '3/10'],
    ['unreachable, IPv6', '2001:db8:b::9', '1/0'],
    ['prohibited, IPv6', '2001:db8:c::9', '1/1'],
  ])('%s: the sender is told', async (_name, to, typeAndCode) => {
    await waitFor(
      `an ICMP error about ${to}`,
      async () => {
        send('client', to);
        return seen.client.errorsAbout(to).length > 0;
      },
      40_000,
    );
    expect(new Set(seen.client.errorsAbout(to))).toEqual(new Set([typeAndCode]));
  });

  test('drop: nobody hears of it', async () => {
    send('client', '198.51.104.9');
    send('client', '198.51.100.11');
    await waitFor('the packet behind it', async () => seen.core.has('198.51.100.11'), 40_000);
    for (const side of Object.values(seen)) expect(side.has('198.51.104.9')).toBe(false);
    expect(seen.client.errorsAbout('198.51.104.9')).toEqual([]);
  });

  test('read back as wanted, and gone without a trace', async () => {
    expect(await vpp.engine.audit()).toEqual(noDrift);
    await vpp.apply('{}');
    expect([...vpp.engine.recorded.keys()]).toEqual([]);
  });
});
