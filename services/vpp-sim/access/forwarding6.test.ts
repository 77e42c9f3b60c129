import { describe, expect, test } from '@jest/globals';
import { linkLayerDuid } from '#lib/dhcp6/duid.js';
import { buildClient6, buildServer6, relayed6 } from '#lib/dhcp6/message.js';
import { OPTION6 } from '#lib/dhcp6/options.js';
import { type Dhcp6Packet, decodeDhcp6, encodeDhcp6, option6 } from '#lib/dhcp6/packet.js';
import { decodeEthernet, ETHERTYPE, encodeEthernet } from '#lib/net/frame.js';
import { linkLocalOf } from '#lib/net/ip6.js';
import { mutations } from '#lib/net/mutate.testkit.js';
import { decodeUdp6, encodeUdp6 } from '#lib/net/udp6.js';
import { createDataplane } from '../dataplane.js';
import { Forwarding } from './forwarding.js';
import type { ServiceLink } from './service-link.js';

const CPE = '02:00:5e:00:00:01';
const SERVER = '2001:db8:255::2';
const serverId = Uint8Array.of(0, 3, 0, 1, 2);

function scene() {
  const dataplane = createDataplane({
    crash: (reason) => {
      throw new Error(reason);
    },
    nowMs: () => 0,
  });
  const parent = dataplane.afPackets.create('acc0', '02:00:00:00:00:aa').swIfIndex;
  const donor = dataplane.loopbacks.create(0, undefined).swIfIndex;
  dataplane.ip.addAddress(donor, '2001:db8:64::1/64');
  const line = dataplane.interfaces.createSub(parent, { id: 1, flags: 0x14, outerVlan: 300, innerVlan: 10 }).swIfIndex;
  for (const index of [parent, donor, line]) dataplane.interfaces.setAdmin(index, true);
  dataplane.ip.setUnnumbered(line, donor);
  dataplane.ip.setIp6(line, true);
  const relay = { isAdd: true, rxTableId: 0, serverTableId: 0, server: SERVER, source: '2001:db8:255::1' };
  dataplane.dhcpProxies.configure(relay);
  const sent: { relay: string; server: string; payload: Uint8Array }[] = [];
  const frames: Uint8Array[] = [];
  const link: ServiceLink = {
    name: 'test',
    start: async () => undefined,
    stop: async () => undefined,
    onReply: () => undefined,
    send: (from, server, payload) => sent.push({ relay: from, server, payload }),
  };
  const forwarding = new Forwarding(dataplane, link, (_device, frame) => frames.push(frame));
  return { dataplane, forwarding, sent, frames, line };
}

const solicit = buildClient6({ type: 'solicit', transactionId: 7, clientId: linkLayerDuid(CPE) });
const frameOf = (payload: Uint8Array) =>
  encodeEthernet({
    destinationMac: '33:33:00:01:00:02',
    sourceMac: CPE,
    tags: [{ vid: 300 }, { vid: 10 }],
    etherType: ETHERTYPE.ip6,
    payload: encodeUdp6({
      sourceIp: linkLocalOf(CPE),
      destinationIp: 'ff02::1:2',
      sourcePort: 546,
      destinationPort: 547,
      hopLimit: 1,
      payload,
    }),
  });
const solicitFrame = frameOf(encodeDhcp6({ relays: [], message: solicit }));

function relayedSolicit({ sent }: { sent: { payload: Uint8Array }[] }): Dhcp6Packet {
  const packet = decodeDhcp6(sent[0]?.payload ?? new Uint8Array(0));
  expect(packet).toMatchObject({ ok: true });
  return (packet as { value: Dhcp6Packet }).value;
}

test('a SOLICIT goes to the server with link address, interface-id and link-layer address', () => {
  const subject = scene();
  subject.forwarding.receive('acc0', solicitFrame);
  expect(subject.sent).toMatchObject([{ relay: '2001:db8:255::1', server: SERVER }]);
  const { relays, message } = relayedSolicit(subject);
  expect(message).toEqual(solicit);
  expect(relays).toMatchObject([{ hopCount: 0, linkAddress: '2001:db8:64::1', peerAddress: linkLocalOf(CPE) }]);
  expect(relays.map((relay) => option6(relay, OPTION6.interfaceId))).toEqual([Uint8Array.of(0, 0, 0, subject.line)]);
  expect(relays.map((relay) => option6(relay, OPTION6.linkLayerAddress)?.hardwareType)).toEqual([1]);
});

test('the answer goes out on the line to all stations, from the gateway to the client', () => {
  const subject = scene();
  subject.forwarding.receive('acc0', solicitFrame);
  const answer = buildServer6(solicit, { type: 'advertise', serverId });
  subject.forwarding.serverReply(SERVER, encodeDhcp6(relayed6(relayedSolicit(subject), answer)));
  const frame = decodeEthernet(subject.frames[0] ?? new Uint8Array(0));
  expect(frame).toMatchObject({
    ok: true,
    value: { destinationMac: 'ff:ff:ff:ff:ff:ff', tags: [{ vid: 300 }, { vid: 10 }], etherType: ETHERTYPE.ip6 },
  });
  const udp = decodeUdp6((frame as { value: { payload: Uint8Array } }).value.payload);
  expect(udp).toMatchObject({
    ok: true,
    value: { sourceIp: '2001:db8:64::1', destinationIp: linkLocalOf(CPE), destinationPort: 546, hopLimit: 32 },
  });
});

describe('what is dropped is counted under VPP’s own name', () => {
  test.each<[string, (subject: ReturnType<typeof scene>) => void, string]>([
    [
      'a server’s message from a client',
      ({ forwarding }) => forwarding.receive('acc0', frameOf(Uint8Array.of(2, 0, 0, 1))),
      'dhcpv6-proxy-to-server/wrong message type.',
    ],
    [
      'IPv6 where it is off',
      ({ forwarding, dataplane, line }) => {
        dataplane.ip.setIp6(line, false);
        forwarding.receive('acc0', solicitFrame);
      },
      'ip6-not-enabled/ip6 not enabled',
    ],
    [
      'another server',
      (subject) => {
        subject.forwarding.receive('acc0', solicitFrame);
        const answer = buildServer6(solicit, { type: 'advertise', serverId });
        subject.forwarding.serverReply('2001:db8::9', encodeDhcp6(relayed6(relayedSolicit(subject), answer)));
      },
      'dhcpv6-proxy-to-client/packets not from DHCPv6 server or server FIB.',
    ],
    [
      'no relay-reply',
      ({ forwarding }) => forwarding.serverReply(SERVER, Uint8Array.of(7, 0, 0, 1)),
      'dhcpv6-proxy-to-client/wrong message type.',
    ],
  ])('%s', (_name, act, reason) => {
    const subject = scene();
    act(subject);
    expect([...subject.dataplane.counters.allErrors().keys()]).toContain(reason);
    expect(subject.frames).toEqual([]);
  });
});

test('hostile frames and replies: nothing throws', () => {
  const subject = scene();
  subject.forwarding.receive('acc0', solicitFrame);
  const answer = buildServer6(solicit, { type: 'advertise', serverId });
  const reply = encodeDhcp6(relayed6(relayedSolicit(subject), answer));
  for (const bytes of mutations(solicitFrame, 20_000)) subject.forwarding.receive('acc0', bytes);
  for (const bytes of mutations(reply, 20_000)) subject.forwarding.serverReply(SERVER, bytes);
  expect(subject.frames.length).toBeLessThan(20_000);
});
