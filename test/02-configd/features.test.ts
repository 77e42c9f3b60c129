import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ETHERTYPE, type EthernetFrame } from '#lib/net/frame.js';
import { ip4Packet } from '../conformance/ip4-packet.js';
import { SubscriberLine } from '../conformance/subscriber-line.js';
import { Cables, noDrift, onRealVpp, PacketNode } from './packet-node.js';
import { checksumRight, segmentLimitIn, tcpSyn } from './tcp-packets.js';

const accessMac = '02:ca:00:00:00:01';
const coreMac = '02:ca:00:00:00:02';
const subscriber = '100.64.0.7';
const server = '198.51.100.9';
const LLDP = 0x88cc;
const UDP = 17;

/** A line and a core; `line`, `core` and `top` are further keys. */
const node = ({ line = '', core = '', top = '' }) => `interfaces:
  access:
    hostInterface: { device: cwp-access }
    mac: ${accessMac}
    subInterfaces:
      - { outerVlan: 100, innerVlan: 7, addresses: [100.64.0.1/16, "2001:db8:64::1/64"], neighbours: [{ address: ${subscriber}, mac: 02:00:5e:00:00:07 }, { address: "2001:db8:64::7", mac: 02:00:5e:00:00:07 }], ${line} }
  core:
    hostInterface: { device: cwp-core }
    mac: ${coreMac}
    addresses: [198.51.100.1/24, "2001:db8:c::1/64"]
    neighbours: [{ address: ${server}, mac: 02:00:5e:00:00:0c }, { address: "2001:db8:c::9", mac: 02:00:5e:00:00:0c }]
    ${core}
${top}
`;

onRealVpp('features of interfaces', () => {
  let cables: Cables;
  let vpp: PacketNode;
  let cpe: SubscriberLine;
  let upstream: SubscriberLine;

  beforeAll(async () => {
    cables = Cables.lay('cwp-access', 'cwp-core');
    vpp = await PacketNode.start('bng1');
    cpe = new SubscriberLine(cables.far('cwp-access'), [100, 7], '02:00:5e:00:00:07');
    upstream = new SubscriberLine(cables.far('cwp-core'), [], '02:00:5e:00:00:0c');
  }, 60_000);
  afterAll(async () => {
    await vpp.stop();
    await cables.remove();
  }, 60_000);

  /** The frame that comes out on the other side for one that goes in. */
  async function through(from: SubscriberLine, to: SubscriberLine, gatewayMac: string, packet: Uint8Array) {
    to.seen.length = 0;
    from.send((packet[0] ?? 0) >> 4 === 6 ? ETHERTYPE.ip6 : ETHERTYPE.ip4, packet, gatewayMac);
    return to.frame('the packet', (frame) => (isSame(frame, packet) ? frame : undefined));
  }

  /** The same source address and protocol. */
  const isSame = ({ payload }: EthernetFrame, packet: Uint8Array) =>
    payload[0] === packet[0] &&
    Buffer.from(payload.subarray(8, 24)).equals(Buffer.from(packet.subarray(8, 24))) ===
      ((packet[0] ?? 0) >> 4 === 6) &&
    payload[9] === packet[9];

  test.each([
    ['IPv4', subscriber, server, 1400],
    ['IPv6', '2001:db8:64::7', '2001:db8:c::9', 1380],
  ])('a SYN over %s leaves with the clamped MSS and a right checksum', async (_name, from, to, limit) => {
    await vpp.apply(node({ line: 'mssClamp: { ip4: 1400, ip6: 1380 }' }));
    const large = await through(cpe, upstream, accessMac, tcpSyn(from, to, 1460));
    expect(segmentLimitIn(large.payload)).toBe(limit);
    expect(checksumRight(large.payload)).toBe(true);
    const small = await through(cpe, upstream, accessMac, tcpSyn(from, to, 536));
    expect(segmentLimitIn(small.payload)).toBe(536);
  });

  test('a SYN is left alone once nothing clamps, and clamped both ways', async () => {
    await vpp.apply(node({ line: 'mssClamp: 1300' }));
    const down = await through(upstream, cpe, coreMac, tcpSyn(server, subscriber, 1460));
    expect(segmentLimitIn(down.payload)).toBe(1300);
    await vpp.apply(node({}));
    const plain = await through(cpe, upstream, accessMac, tcpSyn(subscriber, server, 1460));
    expect(segmentLimitIn(plain.payload)).toBe(1460);
    expect(await vpp.engine.audit()).toEqual(noDrift);
  });

  /** An IPv4 packet with a traffic class: DSCP and ECN. */
  function marked(from: string, to: string, dscp: number, ecn = 0): Uint8Array {
    const packet = ip4Packet(UDP, from, to, new Uint8Array(8));
    packet[1] = (dscp << 2) | ecn;
    const view = new DataView(packet.buffer);
    view.setUint16(10, 0);
    view.setUint16(10, headerChecksum(packet));
    return packet;
  }

  test('a DSCP becomes the priority of the tag, by the map or by its class', async () => {
    await vpp.apply(
      node({
        line: 'qos: { mark: { pcp: voice } }',
        core: 'qos: { record: [dscp] }',
        top: 'qosMaps: { voice: { writes: pcp, dscp: [{ from: ef, to: 6 }] } }',
      }),
    );
    const priorityOf = async (dscp: number) =>
      (await through(upstream, cpe, coreMac, marked(server, subscriber, dscp))).tags.at(0)?.pcp;
    expect([await priorityOf(46), await priorityOf(34), await priorityOf(0)]).toEqual([6, 4, 0]);
  });

  test('a priority of the line is recorded and written as DSCP', async () => {
    await vpp.apply(
      node({
        line: 'qos: { record: [pcp] }',
        core: 'qos: { mark: { dscp: by-priority } }',
        top: 'qosMaps: { by-priority: { writes: dscp, pcp: [{ from: 5, to: ef }] } }',
      }),
    );
    const classOf = async (pcp: number) => {
      upstream.seen.length = 0;
      cpe.send(ETHERTYPE.ip4, marked(subscriber, server, 0), accessMac, pcp);
      const { payload } = await upstream.frame('the packet', (frame) => (frame.payload[9] === UDP ? frame : undefined));
      return payload[1];
    };
    expect([await classOf(5), await classOf(3)]).toEqual([46 << 2, 24 << 2]);
  });

  test('a DSCP is rewritten and the congestion bits stay', async () => {
    await vpp.apply(
      node({
        line: 'qos: { mark: { dscp: bleach } }',
        core: 'qos: { record: [dscp] }',
        top: 'qosMaps: { bleach: { writes: dscp, dscp: [{ from: 1-63, to: af11 }] } }',
      }),
    );
    const { payload } = await through(upstream, cpe, coreMac, marked(server, subscriber, 46, 1));
    expect(payload[1]).toBe((10 << 2) | 1);
  });

  test('LLDP speaks on the port that is meant, also behind sub-interfaces', async () => {
    upstream.seen.length = 0;
    await vpp.apply(
      node({ core: 'lldp: { portDescription: to the core }', top: 'lldp: { systemName: bng-one, txIntervalS: 1 }' }),
    );
    const text = await upstream.frame('an LLDP frame', ({ etherType, payload }) =>
      etherType === LLDP ? Buffer.from(payload).toString('latin1') : undefined,
    );
    expect(text).toContain('bng-one');
    expect(text).toContain('to the core');
    expect(cpe.seen.filter(({ etherType }) => etherType === LLDP)).toEqual([]);
  });

  test('flows are told to the collector', async () => {
    upstream.seen.length = 0;
    await vpp.apply(
      node({
        line: 'flowprobe: { traffic: ip4, direction: in }',
        top: `ipfix: { collector: ${server}, source: 198.51.100.1, templateIntervalS: 1 }\nflowprobe: { record: [l3, l4], activeS: 1, passiveS: 2 }`,
      }),
    );
    cpe.send(ETHERTYPE.ip4, marked(subscriber, server, 0), accessMac);
    const isIpfix = (payload: Uint8Array) =>
      payload[9] === UDP && payload[22] === 4739 >> 8 && payload[23] === (4739 & 255);
    const sets = () =>
      upstream.seen
        .filter(({ payload }) => isIpfix(payload))
        .map(({ payload }) => new DataView(payload.buffer, payload.byteOffset).getUint16(44));
    await upstream.frame('a template', () => (sets().includes(2) ? true : undefined));
    await upstream.frame('a flow', () => (sets().some((id) => id >= 256) ? true : undefined));
  }, 60_000);
});

function headerChecksum(packet: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < 20; at += 2) sum += ((packet[at] ?? 0) << 8) | (packet[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
