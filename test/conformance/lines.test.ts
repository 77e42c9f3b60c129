import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { OPTION } from '#lib/dhcp/options.js';
import { type DhcpPacket, decodeDhcp, encodeDhcp, option, relayAgentOptions } from '#lib/dhcp/packet.js';
import { buildOffer } from '#lib/dhcp/reply.js';
import { decodeArp } from '#lib/net/arp.js';
import { decodeUdp, ETHERTYPE, type EthernetFrame } from '#lib/net/frame.js';
import { proxyArpAddDel, proxyArpIntfcEnableDisable } from '#lib/vpp/messages/arp.js';
import { dhcpProxyConfig, dhcpProxySetVss, vssType } from '#lib/vpp/messages/dhcp.js';
import * as intf from '#lib/vpp/messages/interface.js';
import { ipRouteAddDel } from '#lib/vpp/messages/ip.js';
import { ipNeighborDump } from '#lib/vpp/messages/ip-neighbor.js';
import { urpfUpdateV2 } from '#lib/vpp/messages/urpf.js';
import { anyIndex, path, type SwIfIndex } from '#lib/vpp/types.js';
import type { FrameLink } from '../harness/frame-link.js';
import { waitFor } from '../harness/wait-for.js';
import { onEachLane, type Subject, startSubject } from './lane.js';
import { addAddress, borrow, interfaceNamed, loopback, makeSubif, setUp } from './requests.js';
import type { Received, ServiceLink } from './service-link.js';
import { accessNodeOption, SubscriberLine } from './subscriber-line.js';

const GATEWAY = '100.64.0.1';
const decoded = (bytes: Uint8Array): DhcpPacket => {
  const result = decodeDhcp(bytes);
  if (!result.ok) throw new Error(result.error);
  return result.value;
};
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

const vssTypes = vssType.values;

onEachLane('subscriber lines', (lane) => {
  let it: Subject;
  let link: ServiceLink;
  let far: FrameLink;
  let access: { device: string; index: SwIfIndex };
  let donor: SwIfIndex;
  let gatewayMac = '';
  let xid = 1;

  beforeAll(async () => {
    it = await startSubject(lane);
    link = await it.serviceLink();
    access = await it.hostInterface();
    await setUp(it.client, access.index);
    donor = await loopback(it.client, it.unique());
    await addAddress(it.client, donor, `${GATEWAY}/16`);
    await setUp(it.client, donor);
    far = await it.far(access.device);
    gatewayMac = (await interfaceNamed(it.client, `host-${access.device}`)).l2_address;
    await it.client.call(dhcpProxyConfig, {
      rx_vrf_id: 0,
      server_vrf_id: 0,
      is_add: true,
      dhcp_server: link.serverAddress,
      dhcp_src_address: link.relayAddress,
    });
  }, 60_000);
  afterAll(async () => {
    await far.close();
    await link.close();
    await it.stop();
  }, 60_000);
  beforeEach(() => {
    xid++;
  });

  /** A line of its own on the access port, borrowing the gateway's address, up. */
  async function line(outer: number, inner = 0): Promise<{ index: SwIfIndex; cpe: SubscriberLine }> {
    const index = await makeSubif(it.client, access.index, outer * 10_000 + inner, outer, inner);
    await borrow(it.client, donor, index);
    await setUp(it.client, index);
    const vlans = inner === 0 ? [outer] : [outer, inner];
    const mac = `02:00:5e:00:${(outer >> 8).toString(16).padStart(2, '0')}:${(outer & 255).toString(16).padStart(2, '0')}`;
    return { index, cpe: new SubscriberLine(far, vlans, mac) };
  }

  const received = async (wanted: number): Promise<Received & { packet: DhcpPacket }> =>
    waitFor('the packet at the server', () => {
      const found = link.server.received.find(({ payload }) => decoded(payload).xid === wanted);
      return found && { ...found, packet: decoded(found.payload) };
    });
  const offer = (request: DhcpPacket) => buildOffer(request, { yiaddr: '100.64.0.99', serverId: GATEWAY, leaseS: 600 });
  const dhcpOf = (frame: EthernetFrame, wanted: number) => {
    const udp = frame.etherType === ETHERTYPE.ip4 ? decodeUdp(frame.payload) : undefined;
    if (!udp?.ok || udp.value.destinationPort !== 68) return undefined;
    const packet = decoded(udp.value.payload);
    return packet.xid === wanted ? { frame, udp: udp.value, packet } : undefined;
  };
  const answered = (cpe: SubscriberLine, wanted: number) => cpe.frame('the reply', (frame) => dhcpOf(frame, wanted));
  const silent = (cpe: SubscriberLine, wanted: number) =>
    cpe.seen.every((frame) => dhcpOf(frame, wanted) === undefined);
  const ownOption = (index: SwIfIndex, address = '64400001') =>
    `0104${index.toString(16).padStart(8, '0')}0504${address}`;
  const hostRoute = (index: SwIfIndex, address: string, is_add: boolean) =>
    it.client.call(ipRouteAddDel, {
      is_add,
      is_multipath: false,
      route: {
        table_id: 0,
        stats_index: 0,
        prefix: `${address}/32`,
        paths: is_add ? [path({ sw_if_index: index })] : [],
      },
    });

  describe('DHCP', () => {
    test.each([
      ['QinQ', 300, 10],
      ['802.1Q', 200, 0],
    ])('%s: a DISCOVER arrives with giaddr and option 82, the OFFER goes back on the line', async (_, outer, inner) => {
      const { index, cpe } = await line(outer, inner);
      const sent = cpe.dhcp({ xid, hostName: 'cpe' });
      const { packet, payload, address, port } = await received(xid);
      expect(port).toBe(link.relayPort);
      expect(address).toBe(link.relayPort === 68 ? link.relayAddress : '127.0.0.1');
      expect(packet).toMatchObject({ giaddr: link.relayAddress, hops: 0, mac: cpe.mac, ciaddr: '0.0.0.0' });
      expect(relayAgentOptions(packet).map(({ data }) => hex(data))).toEqual([ownOption(index)]);
      const end = sent.indexOf(255, 240);
      expect(hex(payload.subarray(28, end))).toBe(hex(sent.subarray(28, end)));

      link.server.reply(encodeDhcp(offer(packet)));
      const reply = await answered(cpe, xid);
      expect(reply.frame).toMatchObject({ destinationMac: 'ff:ff:ff:ff:ff:ff', sourceMac: gatewayMac });
      expect(reply.udp).toMatchObject({ sourceIp: GATEWAY, destinationIp: '255.255.255.255', sourcePort: 67 });
      expect(reply.packet).toMatchObject({ yiaddr: '100.64.0.99', giaddr: link.relayAddress });
      expect(relayAgentOptions(reply.packet).map(({ data }) => hex(data))).toEqual([ownOption(index)]);
    });

    test.each([
      ['a name', { vss_type: vssTypes.VSS_TYPE_API_ASCII, vpn_ascii_id: 'blue' }, '9705 00 626c7565 9800'],
      [
        'a VPN-ID',
        { vss_type: vssTypes.VSS_TYPE_API_VPN_ID, oui: 0x0a0b0c, vpn_index: 77 },
        '9708 01 0a0b0c 0000004d 9800',
      ],
      ['the default one', { vss_type: vssTypes.VSS_TYPE_API_DEFAULT }, '9701 ff 9800'],
    ])('the virtual subnet of the clients’ VRF comes behind it: %s', async (_, subnet, behind) => {
      const { index, cpe } = await line(it.unique());
      const vss = { tbl_id: 0, vss_type: 0, vpn_ascii_id: '', oui: 0, vpn_index: 0, is_ipv6: false };
      await it.client.call(dhcpProxySetVss, { ...vss, ...subnet, is_add: true });
      cpe.dhcp({ xid });
      const { packet } = await received(xid);
      const own = ownOption(index) + behind.replaceAll(' ', '');
      expect(relayAgentOptions(packet).map(({ data }) => hex(data))).toEqual([own]);
      link.server.reply(encodeDhcp(offer(packet)));
      expect((await answered(cpe, xid)).packet).toMatchObject({ yiaddr: '100.64.0.99' });
      await it.client.call(dhcpProxySetVss, { ...vss, ...subnet, is_add: false });
    });

    test('an access node’s option 82 stays, VPP’s own comes behind it', async () => {
      const { index, cpe } = await line(301);
      cpe.dhcp({ xid, extra: [accessNodeOption('eth 0/1')] });
      const { packet } = await received(xid);
      expect(relayAgentOptions(packet).map(({ data }) => hex(data))).toEqual([
        `0107${hex(Buffer.from('eth 0/1'))}`,
        ownOption(index),
      ]);
      link.server.reply(encodeDhcp(offer(packet)));
      await answered(cpe, xid);
    });

    test.each([
      ['the gateway', GATEWAY],
      ['another address of VPP in the table', '10.255.0.1'],
    ])('a renewal sent to %s is relayed like a broadcast', async (_, to) => {
      const { index, cpe } = await line(it.unique());
      await hostRoute(index, '100.64.0.50', true);
      cpe.dhcp({ xid, type: 'request', ciaddr: '100.64.0.50' }, { mac: gatewayMac, ip: to, from: '100.64.0.50' });
      const { packet } = await received(xid);
      expect(packet).toMatchObject({ ciaddr: '100.64.0.50', giaddr: link.relayAddress });
      expect(relayAgentOptions(packet).map(({ data }) => hex(data))).toEqual([ownOption(index)]);
      link.server.reply(encodeDhcp(offer(packet)));
      const reply = await answered(cpe, xid);
      expect(reply.udp.destinationIp).toBe('255.255.255.255');
      await hostRoute(index, '100.64.0.50', false);
    });

    test('replies that fail a check are dropped', async () => {
      const { index, cpe } = await line(303);
      cpe.dhcp({ xid });
      const { packet } = await received(xid);
      const good = offer(packet);
      const without = { ...good, options: good.options.filter(({ code }) => code !== 82) };
      const data = Buffer.from(ownOption(index, '64400002'), 'hex');
      const wrongAddress = { ...without, options: [...without.options, { code: 82, data }] };
      const unknown = Buffer.from(ownOption(0x00ffffff as SwIfIndex), 'hex');
      const wrongInterface = { ...without, options: [...without.options, { code: 82, data: unknown }] };
      for (const bad of [without, wrongAddress, wrongInterface]) link.server.reply(encodeDhcp(bad));
      link.stranger.reply(encodeDhcp(good));

      const next = xid + 1_000_000;
      cpe.dhcp({ xid: next });
      link.server.reply(encodeDhcp(offer((await received(next)).packet)));
      await answered(cpe, next);
      expect(silent(cpe, xid)).toBe(true);
    });

    test('a line that is down, without an address, or not there relays nothing', async () => {
      const down = await line(304);
      await setUp(it.client, down.index, false);
      const bare = await makeSubif(it.client, access.index, 305, 305);
      await setUp(it.client, bare);
      const working = await line(307);
      const first = xid + 2_000_000;
      down.cpe.dhcp({ xid: first });
      new SubscriberLine(far, [305], '02:00:5e:00:03:05').dhcp({ xid: first + 1 });
      new SubscriberLine(far, [306], '02:00:5e:00:03:06').dhcp({ xid: first + 2 });
      new SubscriberLine(far, [300, 11], '02:00:5e:00:03:07').dhcp({ xid: first + 3 });
      working.cpe.dhcp({ xid: first + 4 });
      await received(first + 4);
      const seen = link.server.received.map(({ payload }) => decoded(payload).xid);
      expect(seen.filter((each) => each >= first && each < first + 4)).toEqual([]);
    });

    test('a line with an address of its own relays with that address', async () => {
      const index = await makeSubif(it.client, access.index, 308, 308);
      await addAddress(it.client, index, '100.65.0.1/24');
      await setUp(it.client, index);
      new SubscriberLine(far, [308], '02:00:5e:00:03:08').dhcp({ xid });
      const { packet } = await received(xid);
      expect(packet.giaddr).toBe(link.relayAddress);
      expect(relayAgentOptions(packet).map(({ data }) => hex(data))).toEqual([ownOption(index, '64410001')]);
    });

    test('a burst of fifty clients', async () => {
      const lines = await Promise.all(Array.from({ length: 50 }, (_, i) => line(1000 + i)));
      const first = 10_000_000;
      for (const [i, { cpe }] of lines.entries()) cpe.dhcp({ xid: first + i });
      const packets = await Promise.all(lines.map((_, i) => received(first + i)));
      const indices = packets.map(({ packet }) => hex(relayAgentOptions(packet)[0]?.data ?? new Uint8Array()));
      expect(indices).toEqual(lines.map(({ index }) => ownOption(index)));
      for (const { packet } of packets) link.server.reply(encodeDhcp(offer(packet)));
      const replies = await Promise.all(lines.map(({ cpe }, i) => answered(cpe, first + i)));
      expect(replies.map(({ packet }) => option(packet, OPTION.serverIdentifier))).toEqual(lines.map(() => GATEWAY));
    }, 60_000);
  });

  describe('uRPF strict', () => {
    const strict = (sw_if_index: SwIfIndex, mode = 2) =>
      it.client.call(urpfUpdateV2, { is_input: true, mode, af: 0, sw_if_index, table_id: anyIndex });

    test('broadcasts pass; a unicast renewal needs the client’s route on this line', async () => {
      const { index, cpe } = await line(400);
      await strict(index);
      const first = xid + 3_000_000;
      const renew = (id: number) =>
        cpe.dhcp(
          { xid: id, type: 'request', ciaddr: '100.64.0.60' },
          { mac: gatewayMac, ip: GATEWAY, from: '100.64.0.60' },
        );
      renew(first);
      cpe.dhcp({ xid: first + 1 });
      await received(first + 1);
      expect(link.server.received.some(({ payload }) => decoded(payload).xid === first)).toBe(false);
      await hostRoute(index, '100.64.0.60', true);
      renew(first + 2);
      await received(first + 2);
      await hostRoute(index, '100.64.0.60', false);
      renew(first + 3);
      cpe.dhcp({ xid: first + 4 });
      await received(first + 4);
      expect(link.server.received.some(({ payload }) => decoded(payload).xid === first + 3)).toBe(false);
    });

    test('a route that lies on another line does not help', async () => {
      const [mine, other] = [await line(401), await line(402)];
      await strict(mine.index);
      await hostRoute(other.index, '100.64.0.61', true);
      const first = xid + 4_000_000;
      const to = { mac: gatewayMac, ip: GATEWAY, from: '100.64.0.61' };
      mine.cpe.dhcp({ xid: first, type: 'request', ciaddr: '100.64.0.61' }, to);
      mine.cpe.dhcp({ xid: first + 1 });
      await received(first + 1);
      expect(link.server.received.some(({ payload }) => decoded(payload).xid === first)).toBe(false);
    });

    test('the check of a deleted line is gone from its index, its route still counts there', async () => {
      const old = await line(403);
      await strict(old.index);
      await hostRoute(old.index, '100.64.0.62', true);
      await it.client.call(intf.deleteSubif, { sw_if_index: old.index });
      const next = await line(404);
      expect(next.index).toBe(old.index);
      const to = { mac: gatewayMac, ip: GATEWAY, from: '100.64.0.62' };
      const first = xid + 5_000_000;
      next.cpe.dhcp({ xid: first, type: 'request', ciaddr: '100.64.0.62' }, to);
      await received(first);
      await strict(next.index, 0);
      await strict(next.index);
      next.cpe.dhcp({ xid: first + 1, type: 'request', ciaddr: '100.64.0.62' }, to);
      await received(first + 1);
      await hostRoute(next.index, '100.64.0.62', false);
    });
  });

  describe('ARP', () => {
    const arpReply = (cpe: SubscriberLine, senderIp: string) =>
      cpe.frame(`the ARP reply for ${senderIp}`, (frame) => {
        const arp = frame.etherType === ETHERTYPE.arp ? decodeArp(frame.payload) : undefined;
        return arp?.ok && arp.value.operation === 'reply' && arp.value.senderIp === senderIp
          ? { frame, arp: arp.value }
          : undefined;
      });
    const replies = (cpe: SubscriberLine) =>
      cpe.seen.flatMap(({ etherType, payload }) => {
        const arp = etherType === ETHERTYPE.arp ? decodeArp(payload) : undefined;
        return arp?.ok ? [`${arp.value.operation} ${arp.value.senderIp} to ${arp.value.targetIp}`] : [];
      });

    test('the gateway answers with its own address and learns who asked', async () => {
      const { index, cpe } = await line(500, 5);
      cpe.ask(GATEWAY, '100.64.0.70');
      const { frame, arp } = await arpReply(cpe, GATEWAY);
      expect(frame).toMatchObject({ destinationMac: cpe.mac, sourceMac: gatewayMac });
      expect(arp).toMatchObject({ senderMac: gatewayMac, targetMac: cpe.mac, targetIp: '100.64.0.70' });
      await waitFor('the neighbour', async () => {
        const rows = await it.client.dump(ipNeighborDump, { sw_if_index: index, af: 0 });
        return rows.some(({ neighbor }) => neighbor.ip_address === '100.64.0.70' && neighbor.mac_address === cpe.mac);
      });
    });

    test('with an address of its own, a line answers those in its subnet only', async () => {
      const index = await makeSubif(it.client, access.index, 503, 503);
      await addAddress(it.client, index, '100.66.0.1/24');
      await setUp(it.client, index);
      const cpe = new SubscriberLine(far, [503], '02:00:5e:00:05:03');
      cpe.ask('100.66.0.1', '192.0.2.9');
      cpe.ask(GATEWAY, '100.66.0.9');
      cpe.ask('100.66.0.1', '100.66.0.9');
      await arpReply(cpe, '100.66.0.1');
      expect(replies(cpe)).toEqual(['reply 100.66.0.1 to 100.66.0.9']);
    });

    test('a borrowing line answers whoever asks for its own address, a probe excepted', async () => {
      const { cpe } = await line(501);
      cpe.ask('100.64.0.200', '100.64.0.71');
      cpe.ask(GATEWAY, '0.0.0.0');
      cpe.ask(GATEWAY, '192.0.2.9');
      cpe.ask(GATEWAY, '100.64.0.71');
      await arpReply(cpe, GATEWAY);
      await waitFor('both replies', () => replies(cpe).length >= 2);
      expect(replies(cpe)).toEqual([`reply ${GATEWAY} to 192.0.2.9`, `reply ${GATEWAY} to 100.64.0.71`]);
    });

    test('a proxied range is answered on flagged lines', async () => {
      const { index, cpe } = await line(502);
      const proxy = { table_id: 0, low: '100.64.0.200', hi: '100.64.0.210' };
      await it.client.call(proxyArpAddDel, { is_add: true, proxy });
      cpe.ask('100.64.0.205', '100.64.0.72');
      cpe.ask(GATEWAY, '100.64.0.72');
      await arpReply(cpe, GATEWAY);
      expect(replies(cpe)).toEqual([`reply ${GATEWAY} to 100.64.0.72`]);
      await it.client.call(proxyArpIntfcEnableDisable, { sw_if_index: index, enable: true });
      cpe.ask('100.64.0.205', '100.64.0.72');
      await arpReply(cpe, '100.64.0.205');
      await it.client.call(proxyArpIntfcEnableDisable, { sw_if_index: index, enable: false });
      await it.client.call(proxyArpAddDel, { is_add: false, proxy });
    });
  });
});
