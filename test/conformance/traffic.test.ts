import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { decodeUdp, ETHERTYPE } from '#lib/net/frame.js';
import { linkLocalOf } from '#lib/net/ip6.js';
import * as intf from '#lib/vpp/messages/interface.js';
import { ipRouteAddDel } from '#lib/vpp/messages/ip.js';
import { ipNeighborAddDel } from '#lib/vpp/messages/ip-neighbor.js';
import * as policers from '#lib/vpp/messages/policer.js';
import { StatsReader } from '#lib/vpp/stats/reader.js';
import type { StatValue } from '#lib/vpp/stats/segment.js';
import { path, type SwIfIndex } from '#lib/vpp/types.js';
import { routerSolicitation } from '../02-configd/ip6-packets.js';
import type { FrameLink } from '../harness/frame-link.js';
import { waitFor } from '../harness/wait-for.js';
import { onEachLane, type Subject, startSubject } from './lane.js';
import { addAddress, borrow, interfaceNamed, loopback, makeSubif, policer, setUp } from './requests.js';
import { SubscriberLine } from './subscriber-line.js';

const HOST = '198.51.100.9';
const GENEROUS = policer(1_000_000, 10_000_000);
const IP_UDP_BYTES = 28;
const ETHERNET_BYTES = 14;

onEachLane('traffic', (lane) => {
  let it: Subject;
  let stats: StatsReader;
  let accessFar: FrameLink;
  let coreFar: FrameLink;
  let access: { device: string; index: SwIfIndex };
  let core: SwIfIndex;
  let host: SubscriberLine;
  let donor: SwIfIndex;
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
    await addAddress(it.client, donor, '100.64.0.1/16');
    await setUp(it.client, donor);
    accessFar = await it.far(access.device);
    coreFar = await it.far(coreInterface.device);
    host = new SubscriberLine(coreFar, [], '02:00:00:00:c0:09');
    accessMac = (await interfaceNamed(it.client, `host-${access.device}`)).l2_address;
    coreMac = (await interfaceNamed(it.client, `host-${coreInterface.device}`)).l2_address;
    await neighbour(core, HOST, host.mac, true);
  }, 60_000);
  afterAll(async () => {
    stats?.close();
    await accessFar?.close();
    await coreFar?.close();
    await it?.stop();
  }, 60_000);

  beforeEach(async () => {
    vlan = it.unique();
    line = await subscriber(vlan);
    cpe = new SubscriberLine(accessFar, [vlan, 7], `02:00:5e:01:00:${(vlan & 255).toString(16).padStart(2, '0')}`);
    address = `100.64.1.${vlan & 255}`;
    await neighbour(line, address, cpe.mac, true);
    await hostRoute(line, address, true);
  });

  const neighbour = (sw_if_index: SwIfIndex, ip_address: string, mac_address: string, is_add: boolean) =>
    it.client.call(ipNeighborAddDel, { is_add, neighbor: { sw_if_index, flags: 1, mac_address, ip_address } });
  const hostRoute = (index: SwIfIndex, to: string, is_add: boolean) =>
    it.client.call(ipRouteAddDel, {
      is_add,
      is_multipath: false,
      route: {
        table_id: 0,
        stats_index: 0,
        prefix: `${to}/32`,
        paths: is_add ? [path({ sw_if_index: index, via: to })] : [],
      },
    });
  const subscriber = async (outer: number) => {
    const index = await makeSubif(it.client, access.index, outer, outer, 7);
    await borrow(it.client, donor, index);
    await setUp(it.client, index);
    return index;
  };
  const packets = (on: SubscriberLine, from: string) =>
    on.seen.flatMap((frame) => {
      const udp = frame.etherType === ETHERTYPE.ip4 ? decodeUdp(frame.payload) : undefined;
      return udp?.ok && udp.value.sourceIp === from ? [{ frame, udp: udp.value }] : [];
    });
  const arrived = async (on: SubscriberLine, from: string, count: number) => {
    await waitFor(`${count} packets from ${from}`, () => packets(on, from).length >= count);
    return packets(on, from);
  };
  const upload = (bytes = 100) => cpe.udp(accessMac, address, HOST, bytes);
  const download = (bytes = 100) => host.udp(coreMac, HOST, address, bytes);

  const read = async (name: string): Promise<StatValue> => {
    const snapshot = await stats.snapshot([name]);
    const value = snapshot.ok ? snapshot.value.get(name) : undefined;
    if (!value) throw new Error(`no ${name} in the segment`);
    return value;
  };
  const combined = async (name: string, index: number) => {
    const value = await read(name);
    if (value.kind !== 'combined') throw new Error(`${name} is ${value.kind}`);
    return { packets: Number(value.packets[index] ?? 0n), bytes: Number(value.bytes[index] ?? 0n) };
  };
  const counted = (name: string, index: number, wanted: { packets: number; bytes: number }) =>
    waitFor(`${name} of ${index} to be ${JSON.stringify(wanted)}`, async () => {
      const found = await combined(name, index);
      return found.packets === wanted.packets && found.bytes === wanted.bytes;
    });
  const attach = async (direction: 'input' | 'output', name: string, infos = GENEROUS, times = 1) => {
    const { policer_index } = await it.client.call(policers.policerAdd, { name, infos });
    const operation = direction === 'input' ? policers.policerInputV2 : policers.policerOutputV2;
    for (let turn = 0; turn < times; turn++)
      await it.client.call(operation, { policer_index, sw_if_index: line, apply: true });
    return policer_index;
  };

  test('from the subscriber to the core, and back on the line', async () => {
    upload();
    const [up] = await arrived(host, address, 1);
    expect(up?.frame).toMatchObject({ destinationMac: host.mac, sourceMac: coreMac, tags: [] });
    expect(up?.udp).toMatchObject({ destinationIp: HOST, ttl: 63 });
    const before = packets(cpe, HOST).length;
    download();
    const down = await arrived(cpe, HOST, before + 1);
    expect(down[before]?.frame).toMatchObject({ destinationMac: cpe.mac, sourceMac: accessMac });
    expect(down[before]?.udp).toMatchObject({ destinationIp: address, ttl: 63 });
  });

  test('interfaces count whole frames, the line and its parent alike', async () => {
    const frame = 100 + IP_UDP_BYTES + ETHERNET_BYTES + 8;
    for (let n = 0; n < 5; n++) upload();
    await arrived(host, address, 5);
    await counted('/if/rx', line, { packets: 5, bytes: 5 * frame });
    for (let n = 0; n < 3; n++) download(200);
    await arrived(cpe, HOST, 3);
    await counted('/if/tx', line, { packets: 3, bytes: 3 * (frame + 100) });
    const parent = await combined('/if/rx', access.index);
    expect(parent.packets).toBeGreaterThanOrEqual(5);
  });

  test('packets that come in are counted by family', async () => {
    for (let n = 0; n < 3; n++) upload();
    cpe.ask('100.64.0.1', address);
    await arrived(host, address, 3);
    const simple = async (name: string) => {
      const value = await read(name);
      return value.kind === 'simple' ? Number(value.values[line] ?? 0n) : undefined;
    };
    await waitFor('three packets of IPv4', async () => (await simple('/if/ip4')) === 3);
    expect(await simple('/if/ip6')).toBe(0);
    const solicitation = routerSolicitation(linkLocalOf(cpe.mac), cpe.mac);
    for (let n = 0; n < 2; n++) cpe.send(ETHERTYPE.ip6, solicitation, '33:33:00:00:00:02');
    await waitFor('two of IPv6', async () => (await simple('/if/ip6')) === 2);
    expect(await simple('/if/ip4')).toBe(3);
  });

  test('names of the segment are by index, deleted ones say so', async () => {
    const names = async () => {
      const value = await read('/if/names');
      return value.kind === 'names' ? value.names : [];
    };
    await waitFor('the name', async () => (await names())[line] === `host-${access.device}.${vlan}`);
    await it.client.call(intf.deleteSubif, { sw_if_index: line });
    await waitFor('its end', async () => (await names())[line] !== `host-${access.device}.${vlan}`);
  });

  describe('policers', () => {
    test.each(['input', 'output'] as const)('%s charges the frame with its tags', async (direction) => {
      const index = await attach(direction, `charge-${direction}`);
      const send = direction === 'input' ? upload : download;
      for (let n = 0; n < 4; n++) send();
      await (direction === 'input' ? arrived(host, address, 4) : arrived(cpe, HOST, 4));
      await counted('/net/policer/conform', index, {
        packets: 4,
        bytes: 4 * (100 + IP_UDP_BYTES + ETHERNET_BYTES + 8),
      });
    });

    test('applied twice every packet is charged twice', async () => {
      const index = await attach('input', 'twice', GENEROUS, 2);
      for (let n = 0; n < 4; n++) upload();
      await arrived(host, address, 4);
      await counted('/net/policer/conform', index, {
        packets: 8,
        bytes: 8 * (100 + IP_UDP_BYTES + ETHERNET_BYTES + 8),
      });
    });

    test('beyond the burst packets are dropped and counted as violating', async () => {
      const index = await attach('input', 'narrow', policer(8, 1000));
      for (let n = 0; n < 10; n++) upload(400);
      const bytes = 400 + IP_UDP_BYTES + ETHERNET_BYTES + 8;
      await counted('/net/policer/violate', index, { packets: 8, bytes: 8 * bytes });
      await counted('/net/policer/conform', index, { packets: 2, bytes: 2 * bytes });
      await arrived(host, address, 2);
      expect(packets(host, address)).toHaveLength(2);
    });

    test('a change starts the counters again', async () => {
      const index = await attach('input', 'again');
      upload();
      await arrived(host, address, 1);
      await counted('/net/policer/conform', index, { packets: 1, bytes: 100 + IP_UDP_BYTES + ETHERNET_BYTES + 8 });
      await it.client.call(policers.policerUpdate, { policer_index: index, infos: policer(500_000, 5_000_000) });
      await counted('/net/policer/conform', index, { packets: 0, bytes: 0 });
    });
  });

  /** Runs `send` and waits until VPP has taken as many frames from the device. */
  const taken = async (index: SwIfIndex, frames: number, send: () => void) => {
    const before = (await combined('/if/rx', index)).packets;
    send();
    await waitFor(`${frames} frames taken`, async () => (await combined('/if/rx', index)).packets >= before + frames);
  };

  test('a line that is down lets nothing in or out', async () => {
    await setUp(it.client, line, false);
    await taken(access.index, 1, () => upload());
    await taken(core, 1, () => download());
    await setUp(it.client, line);
    upload();
    await arrived(host, address, 1);
    expect(packets(host, address)).toHaveLength(1);
    expect(packets(cpe, HOST)).toEqual([]);
  });

  test('a route left over from a deleted line leads nowhere until it is deleted itself', async () => {
    const old = line;
    await it.client.call(intf.deleteSubif, { sw_if_index: old });
    const next = it.unique();
    line = await subscriber(next);
    expect(line).toBe(old);
    const successor = new SubscriberLine(accessFar, [next, 7], cpe.mac);
    await neighbour(line, address, successor.mac, true);
    await taken(core, 1, () => download());
    await hostRoute(line, address, true);
    await taken(core, 1, () => download());
    await hostRoute(line, address, false);
    await hostRoute(line, address, true);
    download(300);
    const [first] = await arrived(successor, HOST, 1);
    expect(first?.udp.payload).toHaveLength(300);
  });
});
