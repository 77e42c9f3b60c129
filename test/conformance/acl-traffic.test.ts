import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { decodeDhcp, encodeDhcp } from '#lib/dhcp/packet.js';
import { buildOffer } from '#lib/dhcp/reply.js';
import { buildClientMessage } from '#lib/dhcp/request.js';
import { ip4At } from '#lib/net/address.js';
import { ETHERTYPE } from '#lib/net/frame.js';
import * as acls from '#lib/vpp/messages/acl.js';
import { dhcpProxyConfig } from '#lib/vpp/messages/dhcp.js';
import { ipRouteAddDel } from '#lib/vpp/messages/ip.js';
import { ipNeighborAddDel } from '#lib/vpp/messages/ip-neighbor.js';
import { cliInband } from '#lib/vpp/messages/vlib.js';
import { StatsReader } from '#lib/vpp/stats/reader.js';
import { anyIndex, path, type SwIfIndex } from '#lib/vpp/types.js';
import type { FrameLink } from '../harness/frame-link.js';
import { waitFor } from '../harness/wait-for.js';
import { icmpMessage, ip4Packet, tcpSegment } from './ip4-packet.js';
import { onEachLane, type Subject, startSubject } from './lane.js';
import { addAddress, borrow, interfaceNamed, loopback, makeSubif, rule, setUp } from './requests.js';
import type { ServiceLink } from './service-link.js';
import { SubscriberLine } from './subscriber-line.js';

const HOST = '198.51.100.9';
const GATEWAY = '100.64.0.1';
const [ICMP, TCP, UDP] = [1, 6, 17];
const [SYN, ACK] = [0x02, 0x10];
const DENY = { is_permit: 0 };
const REFLECT = { is_permit: 2 };
const INPUT = 'acl-plugin-in-ip4-fa';
const OUTPUT = 'acl-plugin-out-ip4-fa';
const dstPort = (port: number) => ({ dstport_or_icmpcode_first: port, dstport_or_icmpcode_last: port });
const srcPort = (port: number) => ({ srcport_or_icmptype_first: port, srcport_or_icmptype_last: port });

onEachLane('ACLs on packets', (lane) => {
  let it: Subject;
  let stats: StatsReader;
  let service: ServiceLink;
  let accessFar: FrameLink;
  let coreFar: FrameLink;
  let access: { device: string; index: SwIfIndex };
  let core: SwIfIndex;
  let donor: SwIfIndex;
  let host: SubscriberLine;
  let accessMac = '';
  let coreMac = '';
  let vlan = 0;
  let line: SwIfIndex;
  let cpe: SubscriberLine;
  let address = '';

  beforeAll(async () => {
    it = await startSubject(lane);
    stats = await StatsReader.open(it.statsSocket);
    access = await it.hostInterface();
    const coreInterface = await it.hostInterface();
    core = coreInterface.index;
    await addAddress(it.client, core, '198.51.100.1/24');
    for (const index of [access.index, core]) await setUp(it.client, index);
    donor = await loopback(it.client, it.unique());
    await addAddress(it.client, donor, `${GATEWAY}/16`);
    await setUp(it.client, donor);
    service = await it.serviceLink();
    await it.client.call(dhcpProxyConfig, {
      rx_vrf_id: 0,
      server_vrf_id: 0,
      is_add: true,
      dhcp_server: service.serverAddress,
      dhcp_src_address: service.relayAddress,
    });
    accessFar = await it.far(access.device);
    coreFar = await it.far(coreInterface.device);
    host = new SubscriberLine(coreFar, [], '02:00:00:00:c0:09');
    accessMac = (await interfaceNamed(it.client, `host-${access.device}`)).l2_address;
    coreMac = (await interfaceNamed(it.client, `host-${coreInterface.device}`)).l2_address;
    await neighbour(core, HOST, host.mac);
  }, 60_000);
  afterAll(async () => {
    stats?.close();
    await accessFar?.close();
    await coreFar?.close();
    await service?.close();
    await it?.stop();
  }, 60_000);

  beforeEach(async () => {
    vlan = it.unique();
    line = await makeSubif(it.client, access.index, vlan, vlan, 7);
    await borrow(it.client, donor, line);
    await setUp(it.client, line);
    cpe = new SubscriberLine(accessFar, [vlan, 7], `02:00:5e:02:00:${(vlan & 255).toString(16).padStart(2, '0')}`);
    address = `100.64.2.${vlan & 255}`;
    await neighbour(line, address, cpe.mac);
    const route = { table_id: 0, stats_index: 0, prefix: `${address}/32` };
    const paths = [path({ sw_if_index: line, via: address })];
    await it.client.call(ipRouteAddDel, { is_add: true, is_multipath: false, route: { ...route, paths } });
  });

  const neighbour = (sw_if_index: SwIfIndex, ip_address: string, mac_address: string) =>
    it.client.call(ipNeighborAddDel, { is_add: true, neighbor: { sw_if_index, flags: 1, mac_address, ip_address } });
  const list = async (...rules: ReturnType<typeof rule>[]) =>
    (await it.client.call(acls.aclAddReplace, { acl_index: anyIndex, tag: '', r: rules })).acl_index;
  const replace = (acl_index: number, ...rules: ReturnType<typeof rule>[]) =>
    it.client.call(acls.aclAddReplace, { acl_index, tag: '', r: rules });
  const put = (input: number[], output: number[] = []) =>
    it.client.call(acls.aclInterfaceSetAclList, {
      sw_if_index: line,
      n_input: input.length,
      acls: [...input, ...output],
    });

  /** From the subscriber to the host, and the other way; `flow` counts up so that each packet can be told apart. */
  const up = (flow: number, protocol = UDP, payload: Uint8Array = udp(flow)) =>
    cpe.send(ETHERTYPE.ip4, ip4Packet(protocol, address, HOST, payload), accessMac);
  const down = (flow: number, protocol = UDP, payload: Uint8Array = udp(flow)) =>
    host.send(ETHERTYPE.ip4, ip4Packet(protocol, HOST, address, payload), coreMac);
  /** A datagram whose ports are `flow` both ways, so that the answers of a flow have the same. */
  const udp = (flow: number) => Uint8Array.from([flow >> 8, flow & 255, flow >> 8, flow & 255, 0, 8, 0, 0]);
  const payloads = (on: SubscriberLine, from: string) =>
    on.seen
      .filter((frame) => frame.etherType === ETHERTYPE.ip4 && ip4At(frame.payload, 12) === from)
      .map(({ payload }) => payload.subarray(20));
  const ports = (on: SubscriberLine, from: string) =>
    payloads(on, from).map((bytes) => new DataView(bytes.buffer, bytes.byteOffset).getUint16(2));
  /** Waits for the last of the packets sent, and says which came before it: one interface keeps the order. */
  const arrived = async (on: SubscriberLine, from: string, last: number) => {
    await waitFor(`${last} from ${from}`, () => ports(on, from).includes(last));
    return ports(on, from);
  };
  /** Runs `send` and waits until VPP has taken as many frames from the interface. */
  const taken = async (index: SwIfIndex, frames: number, send: () => void) => {
    const count = async () => {
      const snapshot = await stats.snapshot(['/if/rx']);
      const value = snapshot.ok ? snapshot.value.get('/if/rx') : undefined;
      return Number(value?.kind === 'combined' ? (value.packets[index] ?? 0n) : 0n);
    };
    const before = await count();
    send();
    await waitFor(`${frames} frames taken`, async () => (await count()) >= before + frames);
  };
  const dropped = (index: SwIfIndex, packets: number) =>
    waitFor(`${packets} drops`, async () => {
      const snapshot = await stats.snapshot(['/if/drops']);
      const value = snapshot.ok ? snapshot.value.get('/if/drops') : undefined;
      return value?.kind === 'simple' && Number(value.values[index]) === packets;
    });
  const errors = async (name: string) => {
    const snapshot = await stats.snapshot([`/err/${name}`]);
    const value = snapshot.ok ? snapshot.value.get(`/err/${name}`) : undefined;
    return value?.kind === 'scalar' ? Number(value.value) : 0;
  };

  test('without a list everything passes; with an empty one nothing does', async () => {
    up(1);
    await arrived(host, address, 1);
    await put([await list()]);
    await taken(line, 1, () => up(2));
    await put([]);
    up(3);
    expect(await arrived(host, address, 3)).toEqual([1, 3]);
  });

  test('the first match over all lists decides, in their order', async () => {
    const web = await list(rule({ ...DENY, proto: UDP, ...dstPort(53) }), rule({ proto: UDP, ...dstPort(80) }));
    const rest = await list(rule({ proto: UDP, ...dstPort(53) }), rule({ ...DENY, proto: UDP, ...dstPort(80) }));
    await put([web, rest]);
    for (const flow of [53, 80, 443, 80]) up(flow);
    await arrived(host, address, 80);
    await put([rest, web]);
    for (const flow of [80, 443, 53]) up(flow);
    expect(await arrived(host, address, 53)).toEqual([80, 80, 53]);
  });

  test('prefixes of both sides', async () => {
    await put([await list(rule({ src_prefix: `${address}/32`, dst_prefix: '198.51.100.8/29', ...DENY }), rule())]);
    up(1);
    cpe.send(ETHERTYPE.ip4, ip4Packet(UDP, '100.64.99.1', HOST, udp(2)), accessMac);
    await arrived(host, '100.64.99.1', 2);
    expect(ports(host, address)).toEqual([]);
  });

  test('TCP flags, ICMP types; ports say nothing without a protocol', async () => {
    const established = rule({ proto: TCP, tcp_flags_mask: ACK, tcp_flags_value: ACK });
    await put([await list(established, rule({ proto: ICMP, ...srcPort(8) }))]);
    up(0, TCP, tcpSegment(1000, 443, SYN));
    up(0, TCP, tcpSegment(1000, 444, ACK));
    up(0, ICMP, icmpMessage(13));
    up(0, ICMP, icmpMessage(8));
    await waitFor('the ping', () => payloads(host, address).some(([type]) => type === 8));
    expect(payloads(host, address)).toHaveLength(2);
    await put([await list(rule({ ...dstPort(80) }))]);
    up(443);
    await arrived(host, address, 443);
  });

  test('fragments behind the first pass where their protocol may', async () => {
    await put([await list(rule({ proto: UDP, ...dstPort(80) }))]);
    const later = ip4Packet(UDP, address, HOST, udp(7));
    const fragment = (bytes: Uint8Array<ArrayBuffer>) => {
      const out = new DataView(bytes.buffer);
      out.setUint16(6, 100);
      out.setUint16(10, out.getUint16(10) - 100);
      return bytes;
    };
    cpe.send(ETHERTYPE.ip4, fragment(later), accessMac);
    up(53);
    up(80);
    expect(await arrived(host, address, 80)).toEqual([7, 80]);
  });

  test('a list on output judges what is forwarded to the line', async () => {
    await put([], [await list(rule({ proto: UDP, ...srcPort(53) }))]);
    for (const flow of [80, 53]) down(flow);
    up(80);
    await arrived(host, address, 80);
    expect(await arrived(cpe, HOST, 53)).toEqual([53]);
  });

  describe('what is permitted by reflection', () => {
    test('lets the answers of its flow through the other direction, and nothing else', async () => {
      await put([await list(rule({ ...REFLECT }))], [await list(rule({ proto: UDP, ...dstPort(9999) }))]);
      await taken(core, 1, () => down(40));
      up(40);
      await arrived(host, address, 40);
      for (const flow of [40, 41, 9999]) down(flow);
      expect(await arrived(cpe, HOST, 9999)).toEqual([40, 9999]);
    });

    test('from the core as well', async () => {
      await put([await list(rule({ proto: UDP, ...dstPort(9999) }))], [await list(rule({ ...REFLECT }))]);
      await taken(line, 1, () => up(50));
      down(50);
      await arrived(cpe, HOST, 50);
      for (const flow of [50, 51, 9999]) up(flow);
      expect(await arrived(host, address, 9999)).toEqual([50, 9999]);
    });

    test('of ICMP only what asks has answers', async () => {
      await put([await list(rule({ ...REFLECT }))], [await list(rule({ proto: UDP }))]);
      up(0, ICMP, icmpMessage(8));
      up(0, ICMP, icmpMessage(3));
      await waitFor('both', () => payloads(host, address).length === 2);
      down(0, ICMP, icmpMessage(3));
      down(0, ICMP, icmpMessage(8));
      down(0, ICMP, icmpMessage(0));
      down(60);
      await arrived(cpe, HOST, 60);
      expect(payloads(cpe, HOST).map(([type]) => type)).toEqual([0, 0]);
    });

    test('goes on when its rules are replaced, and ends when its list leaves', async () => {
      const open = await list(rule({ ...REFLECT }));
      const gate = await list(rule({ proto: UDP, ...dstPort(9999) }));
      await put([open], [gate]);
      up(70);
      await arrived(host, address, 70);
      await replace(open, rule({ proto: UDP, ...dstPort(1) }));
      down(70);
      expect(await arrived(cpe, HOST, 70)).toEqual([70]);
      await put([await list(rule())], [gate]);
      for (const flow of [70, 9999]) down(flow);
      expect(await arrived(cpe, HOST, 9999)).toEqual([70, 9999]);
    });
  });

  test('what is denied is counted, by node and on the interface it came in by', async () => {
    const web = await list(rule({ proto: UDP, ...dstPort(80) }));
    await put([web], [web]);
    const input = await errors(`${INPUT}/ACL deny packets`);
    const output = await errors(`${OUTPUT}/ACL deny packets`);
    for (const flow of [1, 2, 3, 80]) up(flow);
    for (const flow of [1, 2, 80]) down(flow);
    await dropped(line, 3);
    await waitFor('input drops', async () => (await errors(`${INPUT}/ACL deny packets`)) >= input + 3);
    await waitFor('output drops', async () => (await errors(`${OUTPUT}/ACL deny packets`)) >= output + 2);
  });

  describe('what each rule matched', () => {
    const matches = async (index: number) => {
      const snapshot = await stats.snapshot([`/acl/${index}/matches`]);
      const value = snapshot.ok ? snapshot.value.get(`/acl/${index}/matches`) : undefined;
      if (value?.kind !== 'combined') return undefined;
      return Array.from(value.packets, (packets, rule) => [Number(packets), Number(value.bytes[rule])]);
    };
    const count = (enable: boolean) => it.client.call(acls.aclStatsIntfCountersEnable, { enable });
    const state = async () => {
      const { reply } = await it.client.call(cliInband, { cmd: 'show acl-plugin tables mask' });
      return /^Stats counters enabled for interface ACLs: (\d)$/m.exec(reply)?.[1];
    };
    afterEach(() => count(false));

    test('is counted once counting is on, by packets of IP on input and whole frames on output', async () => {
      const input = await list(rule({ ...DENY, proto: UDP, ...dstPort(53) }), rule({ proto: UDP, ...dstPort(80) }));
      const output = await list(rule({ proto: UDP }));
      await put([input], [output]);
      up(80);
      await arrived(host, address, 80);
      expect(await state()).toBe('0');
      await waitFor('the counters', async () => (await matches(input))?.length === 3);
      expect((await matches(input))?.flat().some((count) => count > 0)).toBe(false);
      await count(true);
      expect(await state()).toBe('1');
      for (const flow of [53, 80, 80, 443]) up(flow);
      down(9);
      await arrived(cpe, HOST, 9);
      const bytes = 28;
      await waitFor('three packets', async () => (await matches(input))?.[1]?.[0] === 2);
      expect(await matches(input)).toEqual([
        [1, bytes],
        [2, 2 * bytes],
        [0, 0],
      ]);
      await waitFor('one packet', async () => (await matches(output))?.[0]?.[0] === 1);
      expect(await matches(output)).toEqual([
        [1, bytes + 14 + 8],
        [0, 0],
      ]);
    });

    test('of a reflecting rule is the first packet of a flow; another set of rules counts from zero', async () => {
      const open = await list(rule({ ...REFLECT, proto: UDP, ...dstPort(99) }), rule({ ...REFLECT }));
      await count(true);
      await put([open], []);
      // Alone first: what comes with it in one vector is looked up before its session is there.
      up(70);
      await arrived(host, address, 70);
      for (const flow of [70, 70, 71]) up(flow);
      await arrived(host, address, 71);
      await waitFor('two flows', async () => (await matches(open))?.[1]?.[0] === 2);
      await replace(open, rule({ ...REFLECT }));
      await waitFor('zeros', async () => (await matches(open))?.flat().every((count) => count === 0) ?? false);
      await put([]);
      await it.client.call(acls.aclDel, { acl_index: open });
      expect(await matches(open)).toHaveLength(3);
      expect(await matches(1_000_000)).toBeUndefined();
    });
  });

  describe('DHCP', () => {
    const web = () => list(rule({ proto: TCP, ...dstPort(443) }));
    const dhcp = () => list(rule({ proto: UDP, ...srcPort(68), ...dstPort(67) }));
    const release = (xid: number) =>
      cpe.dhcp({ type: 'release', xid, ciaddr: address }, { mac: accessMac, ip: GATEWAY, from: address });

    test('to the relay is judged like the rest: broadcast and unicast', async () => {
      await put([await web()]);
      const seen = service.server.received.length;
      cpe.dhcp({ xid: 1 });
      release(2);
      await dropped(line, 2);
      await put([await dhcp(), await web()]);
      cpe.dhcp({ xid: 3 });
      release(4);
      await service.server.packet(seen + 1);
      const types = service.server.received
        .slice(seen)
        .map(({ payload }) => new DataView(payload.buffer, payload.byteOffset).getUint32(4));
      expect(types).toEqual([3, 4]);
    });

    test('from the relay to the line is not judged on output', async () => {
      await put([], [await list(rule({ ...DENY }))]);
      const seen = service.server.received.length;
      cpe.dhcp({ xid: 5 });
      const { payload } = await service.server.packet(seen);
      const asked = decodeDhcp(payload);
      expect(asked.ok).toBe(true);
      service.server.reply(offerTo(payload));
      await waitFor('the offer', () => ports(cpe, GATEWAY).includes(68));
    });
  });

  /** An OFFER with the relay's option 82 echoed. */
  const offerTo = (payload: Uint8Array): Uint8Array => {
    const asked = decodeDhcp(payload);
    const fallback = buildClientMessage({ type: 'discover', mac: cpe.mac, xid: 0 });
    return encodeDhcp(
      buildOffer(asked.ok ? asked.value : fallback, { yiaddr: address, serverId: GATEWAY, leaseS: 60 }),
    );
  };

  describe('MACIP', () => {
    const MISS = 'ip4-inacl/input ACL misses';
    const only = async (index: SwIfIndex, ip: string, mac: string) => {
      const permit = { is_permit: 1, src_mac: mac, src_mac_mask: 'ff:ff:ff:ff:ff:ff', src_prefix: `${ip}/32` };
      const { acl_index } = await it.client.call(acls.macipAclAddReplace, {
        acl_index: anyIndex,
        tag: '',
        r: [permit],
      });
      await it.client.call(acls.macipAclInterfaceAddDel, { is_add: true, sw_if_index: index, acl_index });
    };
    const from = (who: SubscriberLine, ip: string, flow: number) =>
      who.send(ETHERTYPE.ip4, ip4Packet(UDP, ip, HOST, udp(flow)), accessMac);

    test('only the senders of the list, address and MAC together', async () => {
      const single = it.unique();
      const index = await makeSubif(it.client, access.index, single, single);
      await borrow(it.client, donor, index);
      await setUp(it.client, index);
      const owner = new SubscriberLine(accessFar, [single], '02:00:5e:55:55:55');
      const thief = new SubscriberLine(accessFar, [single], '02:00:5e:66:66:66');
      await only(index, '100.64.3.1', owner.mac);
      from(owner, '100.64.3.2', 1);
      from(thief, '100.64.3.1', 2);
      from(owner, '100.64.3.1', 3);
      expect(await arrived(host, '100.64.3.1', 3)).toEqual([3]);
      expect(ports(host, '100.64.3.2')).toEqual([]);
      await dropped(index, 2);
    });

    test('nobody on QinQ through af_packet: VPP looks for an outer tag of 0x88a8 there', async () => {
      await only(line, address, cpe.mac);
      const before = await errors(MISS);
      up(1);
      await dropped(line, 1);
      await waitFor('the miss', async () => (await errors(MISS)) > before);
      expect(ports(host, address)).toEqual([]);
    });
  });
});
