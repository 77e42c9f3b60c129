import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decodeDhcp, relayAgents } from '#lib/dhcp/packet.js';
import { virtualSubnet } from '#lib/dhcp/relay-agent.js';
import { linkLayerDuid } from '#lib/dhcp6/duid.js';
import { buildClient6 } from '#lib/dhcp6/message.js';
import { OPTION6 } from '#lib/dhcp6/options.js';
import { decodeDhcp6, encodeDhcp6, option6 } from '#lib/dhcp6/packet.js';
import { decodeUdp, ETHERTYPE } from '#lib/net/frame.js';
import { linkLocalOf } from '#lib/net/ip6.js';
import { decodeUdp6, encodeUdp6 } from '#lib/net/udp6.js';
import { SubscriberLine } from '../conformance/subscriber-line.js';
import { Cables, noDrift, onRealVpp, PacketNode } from './packet-node.js';

/** Clients in a VRF, the server in another, told of the clients' by its virtual subnet. */
const node = (vss: string) => `interfaces:
  access:
    hostInterface: { device: cwd-access }
    subInterfaces: [{ vlan: 200, vrf: blue, unnumbered: gw, ip6: true }]
  service:
    hostInterface: { device: cwd-service }
    addresses: [10.255.0.1/30, "2001:db8:255::1/64"]
    neighbours: [{ address: 10.255.0.2, mac: 02:00:5e:00:00:0d }, { address: "2001:db8:255::2", mac: 02:00:5e:00:00:0d }]
  gw: { loopback: {}, vrf: blue, addresses: [100.65.0.1/24, "2001:db8:65::1/64"] }
vrfs: { blue: { table: 10 } }
dhcpRelay:
  - { vrf: blue, server: 10.255.0.2, source: 10.255.0.1, ${vss} }
  - { vrf: blue, server: "2001:db8:255::2", source: "2001:db8:255::1", ${vss} }
`;

onRealVpp('DHCP relays and virtual subnets', () => {
  let cables: Cables;
  let vpp: PacketNode;
  let cpe: SubscriberLine;
  let server: SubscriberLine;
  let transaction = 0x1000;
  beforeAll(async () => {
    cables = Cables.lay('cwd-access', 'cwd-service');
    vpp = await PacketNode.start('bng1');
    cpe = new SubscriberLine(cables.far('cwd-access'), [200], '02:00:5e:00:00:07');
    server = new SubscriberLine(cables.far('cwd-service'), [], '02:00:5e:00:00:0d');
  }, 60_000);
  afterAll(async () => {
    await vpp.stop();
    await cables.remove();
  }, 60_000);

  /** The virtual subnet that the server is told by a DISCOVER. */
  async function told4(): Promise<unknown> {
    const xid = ++transaction;
    cpe.dhcp({ xid });
    const packet = await server.frame('the DISCOVER', ({ etherType, payload }) => {
      const udp = etherType === ETHERTYPE.ip4 ? decodeUdp(payload) : undefined;
      const dhcp = udp?.ok && udp.value.destinationPort === 67 ? decodeDhcp(udp.value.payload) : undefined;
      return dhcp?.ok && dhcp.value.xid === xid ? dhcp.value : undefined;
    });
    const agents = relayAgents(packet);
    return virtualSubnet((agents.ok ? agents.value.at(-1) : undefined) ?? []);
  }

  /** The same by a SOLICIT. */
  async function told6(): Promise<unknown> {
    const transactionId = ++transaction;
    const clientId = linkLayerDuid(cpe.mac);
    const message = buildClient6({ type: 'solicit', transactionId, clientId, associations: [] });
    const udp = encodeUdp6({
      ...{ sourceIp: linkLocalOf(cpe.mac), destinationIp: 'ff02::1:2', sourcePort: 546, destinationPort: 547 },
      payload: encodeDhcp6({ relays: [], message }),
    });
    cpe.send(ETHERTYPE.ip6, udp, '33:33:00:01:00:02');
    const packet = await server.frame('the SOLICIT', ({ etherType, payload }) => {
      const got = etherType === ETHERTYPE.ip6 ? decodeUdp6(payload) : undefined;
      const dhcp = got?.ok && got.value.destinationPort === 547 ? decodeDhcp6(got.value.payload) : undefined;
      return dhcp?.ok && dhcp.value.message.transactionId === transactionId ? dhcp.value : undefined;
    });
    const [relay] = packet.relays;
    return relay && option6(relay, OPTION6.virtualSubnet);
  }

  test.each([
    ['a name', 'vss: { name: blue }', { kind: 'name', name: 'blue' }],
    ['a VPN-ID', 'vss: { vpnId: a0b0c:4d }', { kind: 'vpn-id', oui: 0x0a0b0c, index: 0x4d }],
    ['the default VPN', 'vss: global', { kind: 'global' }],
    ['none', '', undefined],
  ])(
    'servers are told %s, over IPv4 and IPv6',
    async (_name, vss, told) => {
      await vpp.apply(node(vss));
      expect(await told4()).toEqual(told);
      expect(await told6()).toEqual(told);
      expect(await vpp.engine.audit()).toEqual(noDrift);
    },
    60_000,
  );
});
