import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { ETHERTYPE } from '#lib/net/frame.js';
import { ipNeighborDump } from '#lib/vpp/messages/ip-neighbor.js';
import { noInterface } from '#lib/vpp/types.js';
import { SubscriberLine } from '../conformance/subscriber-line.js';
import { waitFor } from '../harness/wait-for.js';
import {
  neighbourAdvertisement,
  neighbourAdvertisementIn,
  neighbourSolicitation,
  rogueAdvertisement,
  routerAdvertisementIn,
  solicitedMac,
} from './ip6-packets.js';
import { Cables, noDrift, onRealVpp, PacketNode } from './packet-node.js';

const allNodes = '33:33:00:00:00:01';
const gatewayMac = '02:ca:00:00:00:01';
const gateway = 'fe80::ca:ff:fe00:1';

const bridged = (guard: string, more = '') => `interfaces:
  access:
    hostInterface: { device: cwg-access }
    mac: ${gatewayMac}
    subInterfaces:
      - { vlan: 101, bridge: { domain: metro${guard} }, tagRewrite: { pop: 1 } ${more} }
      - { vlan: 102, bridge: { domain: metro }, tagRewrite: { pop: 1 } }
bridgeDomains: { metro: {} }
acls: { no-smtp: { rules: [deny tcp any any port 25, permit any any any] } }
`;

const routed = (neighbours: string) => `interfaces:
  access:
    hostInterface: { device: cwg-access }
    mac: ${gatewayMac}
    subInterfaces:
      - { vlan: 101, addresses: ["2001:db8:65::1/64"], neighbours: [${neighbours}] }
      - { vlan: 102, unnumbered: gw, ip6: true }
  gw: { loopback: {}, addresses: ["2001:db8:64::1/64"] }
`;

onRealVpp('guards of neighbour discovery', () => {
  let cables: Cables;
  let vpp: PacketNode;
  let rogue: SubscriberLine;
  let victim: SubscriberLine;
  beforeAll(async () => {
    cables = Cables.lay('cwg-access');
    vpp = await PacketNode.start('bng1');
    const access = cables.far('cwg-access');
    rogue = new SubscriberLine(access, [101], '02:00:5e:00:00:66');
    victim = new SubscriberLine(access, [102], '02:00:5e:00:00:07');
  }, 60_000);
  afterAll(async () => {
    await vpp.stop();
    await cables.remove();
  }, 60_000);
  beforeEach(() => {
    for (const line of [rogue, victim]) line.seen.length = 0;
  });

  const advertise = (line: SubscriberLine) =>
    line.send(ETHERTYPE.ip6, rogueAdvertisement('fe80::5e:66', line.mac), allNodes);
  const advertisements = ({ seen }: SubscriberLine) =>
    seen.flatMap(({ payload }) => routerAdvertisementIn(payload) ?? []);

  /** Frames of one line arrive in order: what came before this question has arrived, or never will. */
  async function passed(from: SubscriberLine, to: SubscriberLine): Promise<void> {
    const target = '2001:db8:64::77';
    from.send(ETHERTYPE.ip6, neighbourSolicitation('fe80::5e:66', from.mac, target), solicitedMac(target));
    await to.frame('a solicitation', ({ destinationMac }) => destinationMac === solicitedMac(target) || undefined);
  }

  test('in a bridge domain without guard an advertisement of a host reaches the others', async () => {
    await vpp.apply(bridged(''));
    advertise(rogue);
    await victim.frame('the advertisement', ({ payload }) => routerAdvertisementIn(payload));
  });

  test.each([
    ['alone', ''],
    ['before a list of the operator', ', acl: { in: [no-smtp] }'],
  ])('with guard it does not, everything else does: %s', async (_, acl) => {
    await vpp.apply(bridged(', raGuard: true', acl));
    advertise(rogue);
    await passed(rogue, victim);
    expect(advertisements(victim)).toEqual([]);
    advertise(victim);
    await rogue.frame('that of a port without guard', ({ payload }) => routerAdvertisementIn(payload));
    rogue.ask('192.0.2.9', '192.0.2.8');
    await victim.frame('ARP', ({ etherType }) => etherType === ETHERTYPE.arp || undefined);
    expect(await vpp.engine.audit()).toEqual(noDrift);
  });

  test('between lines of layer 3 none passes', async () => {
    await vpp.apply(routed(''));
    advertise(rogue);
    await answered(rogue);
    await answered(victim);
    expect(advertisements(victim)).toEqual([]);
  });

  /** VPP answers in order. */
  async function answered(line: SubscriberLine): Promise<void> {
    line.send(ETHERTYPE.ip6, neighbourSolicitation('fe80::5e:66', line.mac, gateway), solicitedMac(gateway));
    await line.frame('an answer for the gateway', ({ payload }) => neighbourAdvertisementIn(payload));
  }
  const macOf = async (address: string) => {
    const all = await vpp.dataplane.dump(ipNeighborDump, { sw_if_index: noInterface, af: 1 });
    return all.find(({ neighbor }) => neighbor.ip_address === address)?.neighbor.mac_address;
  };
  const host = '2001:db8:65::7';
  const spoof = () => rogue.send(ETHERTYPE.ip6, neighbourAdvertisement(host, rogue.mac, host, gateway), gatewayMac);

  test('a spoofed neighbour advertisement does not move a static neighbour', async () => {
    await vpp.apply(routed(`{ address: "${host}", mac: "${victim.mac}" }`));
    spoof();
    await answered(rogue);
    expect(await macOf(host)).toBe(victim.mac);
  });

  test('it moves one that was learned: only static neighbours are safe', async () => {
    await vpp.apply(routed(''));
    const learn = (mac: string) =>
      rogue.send(ETHERTYPE.ip6, neighbourSolicitation(host, mac, gateway), solicitedMac(gateway));
    learn(victim.mac);
    await waitFor('the neighbour', async () => (await macOf(host)) === victim.mac || undefined);
    spoof();
    await waitFor('the spoofed MAC', async () => (await macOf(host)) === rogue.mac || undefined);
  }, 60_000);
});
