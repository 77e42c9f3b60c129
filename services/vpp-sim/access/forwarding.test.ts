import { describe, expect, test } from '@jest/globals';
import { encodeDhcp } from '#lib/dhcp/packet.js';
import { encodeRelayAgent, vppRelayAgent } from '#lib/dhcp/relay-agent.js';
import { buildOffer } from '#lib/dhcp/reply.js';
import { buildClientMessage } from '#lib/dhcp/request.js';
import { encodeArp } from '#lib/net/arp.js';
import { ETHERTYPE, encodeEthernet, encodeUdp } from '#lib/net/frame.js';
import { mutations } from '#lib/net/mutate.testkit.js';
import { createDataplane } from '../dataplane.js';
import { Forwarding } from './forwarding.js';
import type { ServiceLink } from './service-link.js';

const GATEWAY = '100.64.0.1';
const CPE = '02:00:5e:00:00:01';

function scene() {
  const dataplane = createDataplane({
    crash: (reason) => {
      throw new Error(reason);
    },
    nowMs: () => 0,
  });
  const parent = dataplane.afPackets.create('acc0', '02:00:00:00:00:aa').swIfIndex;
  const donor = dataplane.loopbacks.create(0, undefined).swIfIndex;
  dataplane.ip.addAddress(donor, `${GATEWAY}/16`);
  const line = dataplane.interfaces.createSub(parent, { id: 1, flags: 0x14, outerVlan: 300, innerVlan: 10 }).swIfIndex;
  for (const index of [parent, donor, line]) dataplane.interfaces.setAdmin(index, true);
  dataplane.ip.setUnnumbered(line, donor);
  dataplane.dhcpProxies.configure({
    isAdd: true,
    rxTableId: 0,
    serverTableId: 0,
    server: '10.255.0.2',
    source: '10.255.0.1',
  });
  const sent: { server: string; payload: Uint8Array }[] = [];
  const frames: Uint8Array[] = [];
  const link: ServiceLink = {
    name: 'test',
    start: async () => undefined,
    stop: async () => undefined,
    onReply: () => undefined,
    send: (_relay, server, payload) => sent.push({ server, payload }),
  };
  const forwarding = new Forwarding(dataplane, link, (_device, frame) => frames.push(frame));
  return { dataplane, forwarding, sent, frames, line };
}

const onLine = (etherType: number, payload: Uint8Array) =>
  encodeEthernet({
    destinationMac: 'ff:ff:ff:ff:ff:ff',
    sourceMac: CPE,
    tags: [{ vid: 300 }, { vid: 10 }],
    etherType,
    payload,
  });
const discover = buildClientMessage({ type: 'discover', mac: CPE, xid: 7 });
const discoverFrame = onLine(
  ETHERTYPE.ip4,
  encodeUdp({
    sourceIp: '0.0.0.0',
    destinationIp: '255.255.255.255',
    sourcePort: 68,
    destinationPort: 67,
    payload: encodeDhcp(discover),
  }),
);
const arpFrame = onLine(
  ETHERTYPE.arp,
  encodeArp({
    operation: 'request',
    senderMac: CPE,
    senderIp: '100.64.0.9',
    targetMac: '00:00:00:00:00:00',
    targetIp: GATEWAY,
  }),
);
const offerFor = (line: number) => {
  const data = encodeRelayAgent(vppRelayAgent(line, GATEWAY));
  const request = { ...discover, giaddr: '10.255.0.1', options: [...discover.options, { code: 82, data }] };
  return encodeDhcp(buildOffer(request, { yiaddr: '100.64.0.9', serverId: GATEWAY, leaseS: 60 }));
};

describe('a second server', () => {
  const withSecond = () => {
    const made = scene();
    made.dataplane.dhcpProxies.configure({
      isAdd: true,
      rxTableId: 0,
      serverTableId: 0,
      server: '10.255.0.3',
      source: '10.255.0.1',
    });
    return made;
  };

  test('gets a copy of DISCOVER only', () => {
    const { forwarding, sent } = withSecond();
    forwarding.receive('acc0', discoverFrame);
    expect(sent.map(({ server }) => server)).toEqual(['10.255.0.2', '10.255.0.3']);
    const request = encodeDhcp(buildClientMessage({ type: 'request', mac: CPE, xid: 8 }));
    const to = { sourceIp: '0.0.0.0', destinationIp: '255.255.255.255', sourcePort: 68, destinationPort: 67 };
    forwarding.receive('acc0', onLine(ETHERTYPE.ip4, encodeUdp({ ...to, payload: request })));
    expect(sent.map(({ server }) => server)).toEqual(['10.255.0.2', '10.255.0.3', '10.255.0.2']);
  });

  test('may answer as well', () => {
    const { forwarding, frames, line } = withSecond();
    forwarding.serverReply('10.255.0.3', offerFor(line));
    expect(frames).toHaveLength(1);
  });
});

test('what is dropped is counted under VPP’s own name', () => {
  const { forwarding, dataplane, line } = scene();
  forwarding.serverReply('10.255.0.9', offerFor(line));
  forwarding.serverReply('10.255.0.2', encodeDhcp(discover));
  const other = onLine(0x88b5, new Uint8Array(40));
  forwarding.receive('acc0', other);
  expect([...dataplane.counters.allErrors().keys()]).toEqual([
    'dhcp-proxy-to-client/DHCP packets not from DHCP server or server FIB.',
    'dhcp-proxy-to-client/DHCP option 82 missing',
    'ethernet-input/unknown ethernet type',
  ]);
  expect(dataplane.counters.of(line)).toMatchObject({ drops: 1, rx: { packets: 1, bytes: other.length } });
});

test('frames of an unknown device or one that is down vanish', () => {
  const { forwarding, dataplane, sent } = scene();
  forwarding.receive('acc9', discoverFrame);
  dataplane.interfaces.setAdmin(1, false);
  forwarding.receive('acc0', discoverFrame);
  expect(sent).toEqual([]);
  expect(dataplane.counters.of(1).rx.packets).toBe(0);
});

describe('hostile input', () => {
  test.each([
    ['DHCP frames', discoverFrame],
    ['ARP frames', arpFrame],
  ])('%s: nothing throws, each is counted', (_, sample) => {
    const { forwarding, dataplane } = scene();
    for (const bytes of mutations(sample, 50_000)) forwarding.receive('acc0', bytes);
    expect(dataplane.counters.of(1).rx.packets).toBe(50_000);
  });

  test('server replies: nothing throws, the broken ones do not come through', () => {
    const { forwarding, frames, line } = scene();
    for (const bytes of mutations(offerFor(line), 100_000)) forwarding.serverReply('10.255.0.2', bytes);
    expect(frames.length).toBeGreaterThan(0);
    expect(frames.length).toBeLessThan(100_000);
  });
});
