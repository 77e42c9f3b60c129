import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ETHERTYPE } from '#lib/net/frame.js';
import { SubscriberLine } from '../conformance/subscriber-line.js';
import { waitFor } from '../harness/wait-for.js';
import {
  neighbourAdvertisementIn,
  neighbourSolicitation,
  routerAdvertisementIn,
  routerSolicitation,
  solicitedMac,
} from './ip6-packets.js';
import { Cables, noDrift, onRealVpp, PacketNode } from './packet-node.js';

const gatewayMac = '02:ca:00:00:00:01';
const allRouters = '33:33:00:00:00:02';
const linkLocal = 'fe80::5e:1';

const node = (line: string, shared = '') => `interfaces:
  access:
    hostInterface: { device: cw6-access }
    mac: ${gatewayMac}
    subInterfaces:
      - { outerVlan: 100, innerVlan: 7, mtu: 1480, unnumbered: gw, ${line} }
      - { vlan: 200, unnumbered: gw, ${shared} }
  core: { hostInterface: { device: cw6-core }, mac: ${gatewayMac.replace('01', '02')}, addresses: ["2001:db8:c::1/64"] }
  gw: { loopback: {}, addresses: [100.64.0.1/16, "2001:db8:64::1/64"] }
`;

onRealVpp('IPv6', () => {
  let cables: Cables;
  let vpp: PacketNode;
  let cpe: SubscriberLine;
  let shared: SubscriberLine;
  let upstream: SubscriberLine;

  beforeAll(async () => {
    cables = Cables.lay('cw6-access', 'cw6-core');
    vpp = await PacketNode.start('bng1');
    const access = cables.far('cw6-access');
    cpe = new SubscriberLine(access, [100, 7], '02:00:5e:00:00:07');
    shared = new SubscriberLine(access, [200], '02:00:5e:00:00:20');
    upstream = new SubscriberLine(cables.far('cw6-core'), [], '02:00:5e:00:00:0c');
  }, 60_000);
  afterAll(async () => {
    await vpp.stop();
    await cables.remove();
  }, 60_000);

  const solicit = () => cpe.send(ETHERTYPE.ip6, routerSolicitation(linkLocal, cpe.mac), allRouters);
  const advertised = () => cpe.frame('a router advertisement', ({ payload }) => routerAdvertisementIn(payload));
  /** VPP answers in order, so that what came before this answer was dealt with. */
  async function settled(line: SubscriberLine): Promise<void> {
    line.seen.length = 0;
    const gateway = 'fe80::ca:ff:fe00:1';
    line.send(ETHERTYPE.ip6, neighbourSolicitation(linkLocal, line.mac, gateway), solicitedMac(gateway));
    await line.frame('an answer for the gateway', ({ payload }) => neighbourAdvertisementIn(payload));
  }

  test('a solicitation is answered on its line, with flags, lifetimes, MTU and prefixes', async () => {
    await vpp.apply(
      node(
        'routerAdvertisement: { managed: true, maxIntervalS: 600, lifetimeS: 1800, prefixes: [{ prefix: "2001:db8:aa:7::/64" }, { prefix: "2001:db8:aa:8::/64", validS: 7200, preferredS: 3600, autonomous: false }] }',
      ),
    );
    solicit();
    expect(await advertised()).toMatchObject({
      source: 'fe80::ca:ff:fe00:1',
      hopLimit: 255,
      managed: true,
      other: false,
      lifetimeS: 1800,
      mac: gatewayMac,
      mtu: 1480,
    });
    const { prefixes } = await advertised();
    expect(prefixes).toHaveLength(2);
    expect(prefixes).toContainEqual({
      ...{ prefix: '2001:db8:aa:7::/64', onLink: true, autonomous: true, validS: 0xffffffff, preferredS: 0xffffffff },
    });
    const counted = prefixes.find(({ autonomous }) => !autonomous);
    expect(counted).toMatchObject({ prefix: '2001:db8:aa:8::/64', onLink: true });
    expect([7200, 7199, 7198]).toContain(counted?.validS);
    expect(shared.seen.filter(({ payload }) => routerAdvertisementIn(payload))).toEqual([]);
    expect(await vpp.engine.audit()).toEqual(noDrift);
  });

  test('flags and prefixes change in place', async () => {
    await vpp.apply(node('routerAdvertisement: { other: true, prefixes: [{ prefix: "2001:db8:aa:9::/64" }] }'));
    await settled(cpe);
    cpe.seen.length = 0;
    solicit();
    const { prefixes, ...rest } = await advertised();
    expect(rest).toMatchObject({ managed: false, other: true, lifetimeS: 600 });
    expect(prefixes.map(({ prefix }) => prefix)).toEqual(['2001:db8:aa:9::/64']);
  });

  test('a lifetime that VPP has counted down is found by the audit and renewed', async () => {
    await vpp.apply(
      node('routerAdvertisement: { prefixes: [{ prefix: "2001:db8:aa:9::/64", validS: 4, preferredS: 4 }] }'),
    );
    expect(await vpp.engine.audit()).toEqual(noDrift);
    const found = await waitFor('less than half left', async () => (await vpp.engine.audit()).different.at(0));
    expect(found).toMatchObject({ wanted: { key: 'ra-prefix/access.100.7/2001:db8:aa:9::/64', spec: { validS: 4 } } });
    expect((await vpp.engine.repair()).failures).toEqual([]);
    expect(await vpp.engine.audit()).toEqual(noDrift);
  });

  test.each([
    ['suppressed', 'routerAdvertisement: { send: false }'],
    ['not configured any more', 'ip6: true'],
  ])('nothing is advertised when %s', async (_name, line) => {
    await vpp.apply(node(line));
    await settled(cpe);
    cpe.seen.length = 0;
    solicit();
    await settled(cpe);
    expect(cpe.seen.filter(({ payload }) => routerAdvertisementIn(payload))).toEqual([]);
    expect(await vpp.engine.audit()).toEqual(noDrift);
  });

  test('hosts behind a line are answered for on the other side, others are not', async () => {
    await vpp.apply(node('proxyNdHosts: ["2001:db8:c::9"]'));
    const ask = (target: string) =>
      upstream.send(ETHERTYPE.ip6, neighbourSolicitation('2001:db8:c::2', upstream.mac, target), solicitedMac(target));
    const answers = () => upstream.seen.map(({ payload }) => neighbourAdvertisementIn(payload)).filter((one) => one);
    ask('2001:db8:c::a');
    ask('2001:db8:c::9');
    await upstream.frame('an answer', ({ payload }) => neighbourAdvertisementIn(payload));
    expect(answers()).toEqual([{ target: '2001:db8:c::9', mac: '02:ca:00:00:00:02' }]);
    expect(await vpp.engine.audit()).toEqual(noDrift);
    await vpp.apply(node(''));
    upstream.seen.length = 0;
    ask('2001:db8:c::9');
    ask('2001:db8:c::1');
    await upstream.frame('an answer', ({ payload }) => neighbourAdvertisementIn(payload));
    expect(answers().map((one) => one?.target)).toEqual(['2001:db8:c::1']);
  });

  test('hosts of a shared VLAN find each other through VPP with proxyNd', async () => {
    await vpp.apply(node('', 'proxyNd: true'));
    const target = '2001:db8:64::22';
    shared.seen.length = 0;
    shared.send(ETHERTYPE.ip6, neighbourSolicitation('2001:db8:64::21', shared.mac, target), solicitedMac(target));
    const answer = await shared.frame('an answer', ({ payload }) => neighbourAdvertisementIn(payload));
    expect(answer).toEqual({ target, mac: gatewayMac });
  });
});
