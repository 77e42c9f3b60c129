import { expect, test } from '@jest/globals';
import { Line } from '#gen/bng/v1/common.js';
import { linkLayerDuid } from '#lib/dhcp6/duid.js';
import { buildClient6 } from '#lib/dhcp6/message.js';
import { MESSAGE6, OPTION6 } from '#lib/dhcp6/options.js';
import { type Dhcp6Packet, encodeDhcp6, type Relay6, withValue6 } from '#lib/dhcp6/packet.js';
import { HOSTILE_MS, heapGrowthMb, hostileInputs, mutations } from '#lib/net/mutate.testkit.js';
import { configSchema } from '../config.js';
import { Groups } from '../lines/groups.js';
import { asks, vppRelay } from '../testkit/relay6.testkit.js';
import { Ingress6, type Ingress6Options } from './ingress.js';

const mac = '02:00:5e:00:00:01';
const line = Line.fromPartial({ name: 'access.100.7', swIfIndex: 7, vrf: 'default', gateways: ['2001:db8:64::1'] });
const lines = { lookup: (index: number) => (index === 7 ? { line, fresh: true } : undefined) };

const groupsOf = (group: object) =>
  new Groups(
    configSchema.parse({ databaseUrl: 'x', configd: 'c:1', aaa: 'a:1', groups: [{ name: 'g', ...group }] }).groups,
  );
const ingress = (options: Partial<Ingress6Options> = {}, group: object = { ipv6: {} }) =>
  new Ingress6({ relayPort: 547, relays: [], serverId: Uint8Array.of(0, 4, 1), ...options }, lines, groupsOf(group));

const solicit = (relays: Relay6[], change: Partial<Parameters<typeof buildClient6>[0]> = {}): Dhcp6Packet => ({
  relays,
  message: buildClient6({
    type: 'solicit',
    transactionId: 1,
    clientId: linkLayerDuid(mac),
    associations: asks('', ''),
    ...change,
  }),
});
const datagram = (packet: Dhcp6Packet) => ({ payload: encodeDhcp6(packet), address: '2001:db8:255::1', port: 546 });

test('the line, the client and where replies go', () => {
  expect(ingress().read(datagram(solicit([vppRelay(7, mac)])))).toMatchObject({
    ok: true,
    value: {
      type: 'solicit',
      line: { name: 'access.100.7' },
      identity: { mac },
      linkLocal: 'fe80::5eff:fe00:1',
      relay: { address: '2001:db8:255::1', port: 547 },
      associations: [{ kind: 'na' }, { kind: 'pd' }],
    },
  });
});

test('an access node before VPP names the part of the line, and the client is the peer it saw', () => {
  const node: Relay6 = {
    type: MESSAGE6.relayForward,
    hopCount: 0,
    linkAddress: '::',
    peerAddress: 'fe80::7',
    options: [
      withValue6(OPTION6.interfaceId, Buffer.from('olt 0/3')),
      withValue6(OPTION6.remoteId, { enterprise: 9, id: Buffer.from('cpe-7') }),
    ],
  };
  const read = ingress({}, { ipv6: {}, subscriberBy: 'circuit-and-remote-id' }).read(
    datagram(solicit([{ ...vppRelay(7, mac), options: vppRelay(7, mac).options.slice(0, 1) }, node])),
  );
  expect(read).toMatchObject({
    ok: true,
    value: { place: 'access.100.7#olt 0/3#cpe-7', identity: { mac }, linkLocal: 'fe80::7' },
  });
});

test.each<[string, Ingress6, Dhcp6Packet, string]>([
  ['an unknown index', ingress(), solicit([vppRelay(8, mac)]), 'unknown_line'],
  ['no relay', ingress(), solicit([]), 'no_interface_id'],
  ['a group without IPv6', ingress({}, {}), solicit([vppRelay(7, mac)]), 'no_ip6'],
  [
    'a relay that is not ours',
    ingress({ relays: [{ address: '2001:db8::9', port: 547 }] }),
    solicit([vppRelay(7, mac)]),
    'unknown_relay',
  ],
  ['a DUID of one byte', ingress(), solicit([vppRelay(7, mac)], { clientId: Uint8Array.of(1) }), 'no_client_id'],
  ['a multicast MAC address', ingress(), solicit([vppRelay(7, '03:00:5e:00:00:01')]), 'bad_hardware'],
  [
    'a broken association',
    ingress(),
    solicit([vppRelay(7, mac)], { associations: [], extra: [{ code: 3, data: new Uint8Array(4) }] }),
    'bad_association',
  ],
])('%s is refused', (_name, subject, packet, reason) => {
  expect(subject.read(datagram(packet))).toMatchObject({ ok: false, reason });
});

test(
  '100,000 random and mutated datagrams: none throws, nothing is kept of them',
  () => {
    const subject = ingress();
    const sample = encodeDhcp6(solicit([vppRelay(7, mac)]));
    let taken = 0;
    const count = hostileInputs(100_000);
    const growthMb = heapGrowthMb(() => {
      for (const payload of mutations(sample, count))
        taken += Number(subject.read({ payload, address: '::1', port: 546 }).ok);
    });
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(count);
    expect(growthMb).toBeLessThan(10);
  },
  HOSTILE_MS,
);
