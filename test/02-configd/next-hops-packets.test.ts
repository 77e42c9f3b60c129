import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '#lib/kernel/clock.js';
import { silentLog } from '#lib/kernel/log.js';
import { createRegistry } from '#lib/kernel/metrics.js';
import type { PacketSocket } from '#lib/net/af-packet.js';
import { decodeEthernet, decodeUdp, ETHERTYPE, encodeEthernet, encodeUdp } from '#lib/net/frame.js';
import { VppDataplane } from '../../services/configd/dataplane.js';
import { compileDocument } from '../../services/configd/document/compile.js';
import { loadDocument } from '../../services/configd/document/load-document.js';
import { EventTeller } from '../../services/configd/events.js';
import { type NextHops, probedNextHops } from '../../services/configd/nexthops/next-hops.js';
import { Engine, infraOwner } from '../../services/configd/reconcile/engine.js';
import { allKinds } from '../../services/configd/resources/all.js';
import { temporaryFolder } from '../harness/child.js';
import { addAddress } from '../harness/private-network.js';
import { type RealVpp, startRealVpp } from '../harness/real-vpp.js';
import { waitFor } from '../harness/wait-for.js';
import { Cables, onRealVpp } from './packet-node.js';

/** Clients on one side, two next hops on the other; a carries three quarters. All probes at default settings. */
const document = `interfaces:
  client: { hostInterface: { device: cwnhc }, mac: 02:ca:00:00:0c:01, addresses: [10.60.0.1/24] }
  one: { hostInterface: { device: cwnh0 }, addresses: [10.61.0.1/24] }
  two: { hostInterface: { device: cwnh1 }, addresses: [10.62.0.1/24] }
nextHops:
  a: { address: 10.61.0.2, interface: one }
  b: { address: 10.62.0.2, interface: two }
routes:
  - { prefix: 198.51.100.0/24, via: [{ nextHop: a, weight: 3 }, { nextHop: b, weight: 1 }] }
pbr:
  steer:
    in: [client]
    rules: [{ name: games, proto: udp, dstPorts: 7777, via: [{ nextHop: a }, { nextHop: b, preference: 1 }] }]
`;
const hosts = { a: ['cwnh0-far', '10.61.0.2/24'], b: ['cwnh1-far', '10.62.0.2/24'] } as const;
const port = 9999;
/** What the policy catches; no route leads to where these packets go. */
const policyPort = 7777;

/** One packet of a flow of its own; every source port is another flow. */
const packet = (flow: number, destinationIp = '198.51.100.9', destinationPort = port) =>
  encodeEthernet({
    destinationMac: '02:ca:00:00:0c:01',
    sourceMac: '02:00:00:00:0c:02',
    tags: [],
    etherType: ETHERTYPE.ip4,
    payload: encodeUdp({
      ...{
        sourceIp: '10.60.0.9',
        destinationIp,
        sourcePort: 1024 + (flow % 60_000),
        destinationPort,
      },
      payload: Buffer.from(String(flow)),
    }),
  });

/** What arrives at a next hop: how many packets, and when the last one came. */
class Arrivals {
  count = 0;
  /** Those that a policy sent here. */
  byPolicy = 0;
  lastMs = 0;
  constructor(link: PacketSocket) {
    link.onFrame((bytes) => {
      const frame = decodeEthernet(bytes);
      const udp = frame.ok && frame.value.etherType === ETHERTYPE.ip4 ? decodeUdp(frame.value.payload) : undefined;
      if (!udp?.ok) return;
      if (udp.value.destinationPort === policyPort) this.byPolicy++;
      if (udp.value.destinationPort !== port) return;
      this.count++;
      this.lastMs = performance.now();
    });
  }
}

onRealVpp('watched next hops with packets', () => {
  let cables: Cables;
  let vpp: RealVpp;
  let dataplane: VppDataplane;
  let engine: Engine;
  let nextHops: NextHops;
  let client: PacketSocket;
  let at: { a: Arrivals; b: Arrivals };
  let sent = 0;
  const folder = temporaryFolder('next-hops');

  const resources = () => {
    const loaded = loadDocument(document);
    return loaded.ok ? compileDocument(loaded.model, { name: 'test' }) : [];
  };

  beforeAll(async () => {
    cables = Cables.lay('cwnhc', 'cwnh0', 'cwnh1');
    for (const [device, address] of Object.values(hosts)) addAddress(device, address);
    client = cables.far('cwnhc');
    at = { a: new Arrivals(cables.far('cwnh0')), b: new Arrivals(cables.far('cwnh1')) };
    vpp = await startRealVpp();
    dataplane = new VppDataplane({ socketPath: vpp.apiSocket, log: silentLog() });
    const common = { clock: systemClock, log: silentLog() };
    engine = new Engine({
      ...{ dataplane, kinds: allKinds, ...common },
      overlay: (wanted) => nextHops.steering.overlay(wanted),
    });
    nextHops = probedNextHops({
      ...{ engine, dataplane, vpp, stateDir: folder.path, registry: createRegistry('test'), ...common },
      events: new EventTeller('test', systemClock.nowMs, silentLog()),
    });
    await dataplane.client.whenReady(20_000);
    for (const component of nextHops.components) await component.start(new AbortController().signal);
    await engine.restore();
    expect((await engine.apply(infraOwner, resources())).outcome).toMatchObject({ result: 'done' });
  }, 90_000);
  afterAll(async () => {
    for (const component of nextHops.components) await component.stop();
    await dataplane.client.close();
    await vpp.stop();
    await cables.remove();
    folder.remove();
  }, 60_000);

  const state = (name: string, wanted: string) =>
    waitFor(
      `${name} ${wanted}`,
      async () => nextHops.view.hops.find((hop) => hop.name === name)?.state === wanted,
      60_000,
    );
  const shares = () =>
    nextHops.view.routes.find(({ prefix }) => prefix === '198.51.100.0/24')?.paths.map(({ shareNow }) => shareNow);
  const silence = (host: keyof typeof hosts) => {
    const [device, address] = hosts[host];
    spawnSync('ip', ['address', 'del', address, 'dev', device]);
  };

  /** Sends flows of one packet each and waits until so many arrived anywhere. What arrived, by next hop. */
  async function spread(flows: number): Promise<{ a: number; b: number }> {
    const before = { a: at.a.count, b: at.b.count };
    const arrived = () => ({ a: at.a.count - before.a, b: at.b.count - before.b });
    for (let n = 0; n < flows; n += 20) {
      for (let one = 0; one < 20; one++) client.send(packet(sent++));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await waitFor(`${flows} packets`, async () => arrived().a + arrived().b >= flows, 40_000);
    return arrived();
  }

  /** Which next hop gets all of fifty packets that the policy catches. */
  async function policyTakes(): Promise<'a' | 'b' | 'both'> {
    const before = { a: at.a.byPolicy, b: at.b.byPolicy };
    for (let n = 0; n < 50; n++) client.send(packet(sent++, '203.0.113.9', policyPort));
    const arrived = () => [at.a.byPolicy - before.a, at.b.byPolicy - before.b] as const;
    await waitFor('the packets of the policy', async () => arrived()[0] + arrived()[1] >= 50, 40_000);
    const [a] = arrived();
    return a === 50 ? 'a' : a === 0 ? 'b' : 'both';
  }

  test('both answer; packets are shared as the weights say', async () => {
    await state('a', 'up');
    await state('b', 'up');
    expect(shares()).toEqual([0.75, 0.25]);
    const { a, b } = await spread(2000);
    expect(a + b).toBe(2000);
    expect(Math.abs(a / 2000 - 0.75)).toBeLessThan(0.05);
    expect(await policyTakes()).toBe('a');
  }, 60_000);

  test('one falls silent with its link up: within 3 s no packet goes to it any more, and all arrive at the other', async () => {
    const killedMs = performance.now();
    silence('a');
    const timer = setInterval(() => client.send(packet(sent++)), 5);
    await state('a', 'down');
    await waitFor('the route', async () => shares()?.[0] === 0, 40_000);
    clearInterval(timer);
    const outMs = at.a.lastMs - killedMs;
    expect(outMs).toBeLessThan(3000);
    expect(await spread(1000)).toEqual({ a: 0, b: 1000 });
    expect(await policyTakes()).toBe('b');
    expect(await engine.audit()).toMatchObject({ missing: [], different: [], leftover: [] });
    expect((await engine.apply(infraOwner, resources())).outcome.messages).toBe(0);
  }, 60_000);

  test('VPP restarts: it comes back without the dead one', async () => {
    engine.lost(Object.assign(new Error('gone')) as never);
    await vpp.kill();
    await vpp.restart();
    await waitFor('the API', async () => dataplane.client.state.kind === 'ready', 30_000);
    expect((await engine.restore()).failures).toEqual([]);
    expect(shares()).toEqual([0, 1]);
    await state('b', 'up');
    await waitFor('an answer of b', async () => (nextHops.view.hops[1]?.unprobed ?? '') === '', 30_000);
    expect(await spread(500)).toEqual({ a: 0, b: 500 });
    expect(await policyTakes()).toBe('b');
  }, 90_000);

  test('it answers again: held for five seconds, then back with its share, nothing lost', async () => {
    addAddress(...hosts.a);
    await state('a', 'held');
    const heldMs = performance.now();
    expect(await spread(200)).toEqual({ a: 0, b: 200 });
    await state('a', 'up');
    expect(performance.now() - heldMs).toBeGreaterThan(4000);
    await waitFor('the route', async () => shares()?.[0] === 0.75, 40_000);
    const { a, b } = await spread(2000);
    expect(a + b).toBe(2000);
    expect(Math.abs(a / 2000 - 0.75)).toBeLessThan(0.05);
    expect(await policyTakes()).toBe('a');
  }, 60_000);

  test('both silent: the route stays as it was configured', async () => {
    silence('a');
    silence('b');
    await state('a', 'down');
    await state('b', 'down');
    await waitFor('the route', async () => shares()?.[0] === 0.75, 40_000);
    expect(nextHops.view.degraded()).toContain(
      'route 198.51.100.0/24: none of its next hops answers, it stays as configured',
    );
  }, 60_000);
});
