import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { silentLog } from '#lib/kernel/log.js';
import { ip4At } from '#lib/net/address.js';
import { PacketSocket } from '#lib/net/af-packet.js';
import { ETHERTYPE, encodeUdp } from '#lib/net/frame.js';
import { icmpMessage, ip4Packet } from '../../../test/conformance/ip4-packet.js';
import { SubscriberLine } from '../../../test/conformance/subscriber-line.js';
import { lanes } from '../../../test/harness/lanes.js';
import { waitFor } from '../../../test/harness/wait-for.js';
import { VppDataplane } from '../dataplane.js';
import { Engine, infraOwner } from '../reconcile/engine.js';
import { allKinds } from '../resources/all.js';
import { startLaneWith } from '../resources/kind-suite.testkit.js';
import { stableMac } from '../resources/names.js';
import { compileDocument } from './compile.js';
import { loadDocument } from './load-document.js';

const devices = ['cwlan', 'cwone', 'cwtwo'];
const [LAN_MAC, ONE_MAC, TWO_MAC] = ['02:00:00:00:01:01', '02:00:00:00:02:01', '02:00:00:00:03:01'];
const FAR = '198.51.100.7';

/** A LAN and two ways out; the route leads out of `one`. */
const document = (pbr = '{}') => `interfaces:
  lan: { hostInterface: { device: cwlan }, addresses: [10.1.0.1/24], neighbours: [{ address: 10.1.0.9, mac: "${LAN_MAC}" }] }
  one: { hostInterface: { device: cwone }, addresses: [192.0.2.1/30], neighbours: [{ address: 192.0.2.2, mac: "${ONE_MAC}" }] }
  two: { hostInterface: { device: cwtwo }, vrf: blue, addresses: [192.0.2.5/30], neighbours: [{ address: 192.0.2.6, mac: "${TWO_MAC}" }] }
vrfs: { blue: { table: 10 } }
routes:
  - { prefix: 0.0.0.0/0, via: [{ address: 192.0.2.2, interface: one }] }
  - { prefix: 0.0.0.0/0, vrf: blue, via: [{ address: 192.0.2.6, interface: two }] }
pbr: ${pbr}
`;
const lan = (...rules: string[]) => document(`{ out: { in: [lan], rules: [${rules.join(', ')}] } }`);
const toTwo = 'via: [{ address: 192.0.2.6, interface: two }]';

const vpp = lanes.filter(({ kind }) => kind === 'vpp');
const onVpp = vpp.every(({ available }) => available) ? describe : describe.skip;

onVpp.each(vpp)('policy routes on $name ($why)', (lane) => {
  let place: Awaited<ReturnType<typeof startLaneWith>>;
  let dataplane: VppDataplane;
  let engine: Engine;
  let sockets: PacketSocket[];
  let host: SubscriberLine;
  let one: SubscriberLine;
  let two: SubscriberLine;

  beforeAll(async () => {
    place = await startLaneWith(lane, devices);
    dataplane = new VppDataplane({ socketPath: place.apiSocket, log: silentLog() });
    engine = new Engine({ dataplane, kinds: allKinds, log: silentLog() });
    await dataplane.client.whenReady(10_000);
    await engine.restore();
    sockets = devices.map((device) => PacketSocket.open(`${device}f`));
    const [a, b, c] = sockets as [PacketSocket, PacketSocket, PacketSocket];
    host = new SubscriberLine(a, [], LAN_MAC);
    one = new SubscriberLine(b, [], ONE_MAC);
    two = new SubscriberLine(c, [], TWO_MAC);
  }, 60_000);
  afterAll(async () => {
    for (const socket of sockets ?? []) await socket.close();
    await dataplane?.client.close();
    await place?.stop();
  }, 60_000);
  beforeEach(() => {
    for (const line of [host, one, two]) line.seen.length = 0;
  });

  const apply = async (text: string) => {
    const loaded = loadDocument(text);
    const resources = loaded.ok ? compileDocument(loaded.model, { name: 'bng1' }) : [];
    expect(loaded).toMatchObject({ ok: true });
    const { outcome } = await engine.apply(infraOwner, resources);
    expect(outcome.failures).toEqual([]);
    return outcome;
  };
  const gateway = stableMac('bng1', 'lan');
  const send = (to: string, destinationPort: number, from = '10.1.0.9', sourcePort = 4000) => {
    const payload = Uint8Array.of(1);
    host.send(
      ETHERTYPE.ip4,
      encodeUdp({ sourceIp: from, destinationIp: to, sourcePort, destinationPort, payload }),
      gateway,
    );
  };
  /** Destination ports of what came out, in order. */
  const out = (line: SubscriberLine) =>
    line.seen
      .filter(({ etherType }) => etherType === ETHERTYPE.ip4)
      .map(({ payload }) => new DataView(payload.buffer, payload.byteOffset).getUint16(22));
  const arrived = (line: SubscriberLine, ...ports: number[]) =>
    waitFor(`ports ${ports}`, () => ports.every((port) => out(line).includes(port)));

  test('without rules the route decides', async () => {
    await apply(document());
    send(FAR, 80);
    await arrived(one, 80);
  });

  test('a source prefix, a port, or the route', async () => {
    await apply(
      lan(`{ name: guests, src: 10.1.0.128/25, ${toTwo} }`, `{ name: web, proto: udp, dstPorts: 443, ${toTwo} }`),
    );
    send(FAR, 80);
    send(FAR, 443);
    send(FAR, 81, '10.1.0.200');
    await arrived(one, 80);
    await arrived(two, 443, 81);
    expect([out(one), out(two)]).toEqual([[80], [443, 81]]);
  });

  test('the first rule decides: an exception, a VRF, nothing', async () => {
    await apply(
      lan(
        '{ name: keep, dst: 198.51.100.8/32, normal: true }',
        '{ name: block, proto: udp, dstPorts: 25, drop: true }',
        '{ name: rest, family: 4, vrf: blue }',
      ),
    );
    send('198.51.100.8', 25);
    send(FAR, 25);
    send(FAR, 80);
    await arrived(one, 25);
    await arrived(two, 80);
    expect([out(one), out(two)]).toEqual([[25], [80]]);
  });

  test('what is for the box itself stays', async () => {
    await apply(lan(`{ name: all, ${toTwo} }`));
    host.send(ETHERTYPE.ip4, ip4Packet(1, '10.1.0.9', '10.1.0.1', icmpMessage(8)), gateway);
    const reply = await host.frame('the echo reply', ({ etherType, payload }) =>
      etherType === ETHERTYPE.ip4 && payload[20] === 0 ? payload : undefined,
    );
    expect(ip4At(reply, 12)).toBe('10.1.0.1');
    expect(out(two)).toEqual([]);
  });

  test('two next hops share by weight', async () => {
    await apply(
      lan(
        '{ name: all, via: [{ address: 192.0.2.2, interface: one, weight: 3 }, { address: 192.0.2.6, interface: two }] }',
      ),
    );
    for (let port = 1; port <= 400; port++) send(FAR, 1000 + port, '10.1.0.9', 20_000 + port * 7);
    await waitFor('all packets', () => out(one).length + out(two).length === 400);
    expect(out(two).length).toBeGreaterThan(50);
    expect(out(two).length).toBeLessThan(150);
  });

  test('while a rule changes its next hops no packet takes the route', async () => {
    await apply(lan(`{ name: all, ${toTwo} }`));
    const rest = lan(`{ name: all, ${toTwo.replace(' }]', ', weight: 2 }]')} }`);
    let port = 2000;
    const sending = setInterval(() => send(FAR, port++), 1);
    for (let turn = 0; port < 2200; turn++) await apply(turn % 2 ? lan(`{ name: all, ${toTwo} }`) : rest);
    clearInterval(sending);
    await arrived(two, port - 1);
    expect(out(two)).toHaveLength(port - 2000);
    expect(out(one)).toEqual([]);
  });

  test('gone, the route decides again', async () => {
    await apply(document());
    send(FAR, 80);
    await arrived(one, 80);
    expect(await engine.audit()).toEqual({ missing: [], different: [], leftover: [], foreign: [] });
  });
});
