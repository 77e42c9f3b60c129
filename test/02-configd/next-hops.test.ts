import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CliSession } from '#lib/vpp/cli-session.js';
import { waitFor } from '../harness/wait-for.js';
import { bngctl, Rig } from './rig.js';

const neighbours = (...addresses: string[]) =>
  `neighbours: [${addresses.map((address, at) => `{ address: ${address}, mac: 02:00:00:00:00:0${at + 1} }`).join(', ')}]`;

/** Two next hops, one way into a VRF and one of IPv6, all watched; probes every 200 ms, held for 1 s. */
const documentOf = (more = '') => `interfaces:
  core:
    hostInterface: { device: veth-core }
    addresses: [10.255.0.1/24, "2001:db8::1/64"]
    ${neighbours('10.255.0.2', '10.255.0.3', '"2001:db8::2"')}
nextHops:
  a: { address: 10.255.0.2, interface: core, probe: &fast { intervalMs: 200, returnAfterMs: 1000, maxReturnAfterMs: 8000 } }
  b: { address: 10.255.0.3, interface: core, probe: *fast }
  far: { address: 10.255.0.2, probe: *fast }
  six: { address: "2001:db8::2", interface: core, probe: *fast }
vrfs: { blue: { table: 7 } }
routes:
  - { prefix: 0.0.0.0/0, via: [{ nextHop: a, weight: 3, minWeight: 1 }, { nextHop: b, weight: 3 }] }
  - { prefix: 10.7.0.0/16, vrf: blue, via: [{ nextHop: far }, { address: 10.255.0.3, vrf: default, preference: 1 }] }
  - { prefix: "::/0", via: [{ nextHop: six }] }
${more}`;

interface PathJson {
  nextHop?: string;
  weightNow?: number;
  shareNow?: number;
}

describe('watched next hops', () => {
  let rig: Rig;

  beforeAll(async () => {
    rig = await Rig.start();
    await rig.ready();
    const applied = await rig.apply(documentOf());
    expect({ text: applied.text, status: applied.status }).toEqual({ text: expect.any(String), status: 200 });
  }, 60_000);
  afterAll(() => rig.stop(), 30_000);

  const shown = async () => (await rig.http('GET', '/nexthops')).json;
  const hop = async (name: string) =>
    (await shown()).nextHops.find((one: { name: string }) => one.name === name) as {
      state: string;
      loss?: number;
      unprobed?: string;
    };
  const state = (name: string, wanted: string) =>
    waitFor(`${name} ${wanted}`, async () => (await hop(name)).state === wanted, 40_000);
  /** Weights in VPP by next hop; those that are out are missing. */
  const weights = async (prefix: string) => {
    const route = (await shown()).routes.find((one: { prefix: string }) => one.prefix === prefix);
    const paths = (route.paths as PathJson[]).filter(({ weightNow }) => weightNow);
    return Object.fromEntries(paths.map(({ nextHop = '', weightNow }) => [nextHop, weightNow]));
  };
  const becomes = (prefix: string, wanted: Record<string, number>) =>
    waitFor(
      `${prefix} over ${JSON.stringify(wanted)}`,
      async () => JSON.stringify(await weights(prefix)) === JSON.stringify(wanted),
      40_000,
    );
  const drift = async () => (await rig.http('GET', '/config/plan')).json.steps;
  const metric = async (line: string) => (await rig.http('GET', '/metrics')).text.includes(line);
  const health = async () => (await rig.http('GET', '/readyz')).text;

  test('all answer: the routes are as configured, nothing is degraded', async () => {
    for (const name of ['a', 'b', 'six']) await state(name, 'up');
    expect(await weights('0.0.0.0/0')).toEqual({ a: 3, b: 3 });
    expect((await bngctl(rig, 'nexthops')).code).toBe(0);
    expect(await health()).not.toContain('next hop');
  }, 60_000);

  test('one dies: it is out of all its routes, which is shown and is no drift', async () => {
    await rig.sim.control.pingHost('10.255.0.2', false);
    await state('a', 'down');
    await becomes('0.0.0.0/0', { b: 3 });
    await becomes('10.7.0.0/16', { '': 1 });
    expect(await weights('::/0')).toEqual({ six: 1 });
    expect(await drift()).toEqual([]);
    expect(await metric('bng_configd_nexthop_up{nexthop="a",service="configd"} 0')).toBe(true);
    expect(await health()).toContain('next hop a (10.255.0.2) does not answer');
    const { code, out } = await bngctl(rig, 'nexthops');
    expect(code).toBe(1);
    expect(out).toMatch(/^a +10\.255\.0\.2 +core +down/m);
    expect(out).toMatch(/0\.0\.0\.0\/0 +default +a +3 +out +50 % +0 %/);
  }, 60_000);

  test('the same document again sends nothing; a change keeps it out', async () => {
    const before = await rig.changesSent();
    expect((await rig.apply(documentOf())).json).toMatchObject({ changed: false });
    expect(await rig.changesSent()).toEqual(before);
    const more = '  - { prefix: 172.16.0.0/12, via: [{ nextHop: a }, { nextHop: b }] }\n';
    expect((await rig.apply(documentOf(more))).status).toBe(200);
    expect(await weights('172.16.0.0/12')).toEqual({ b: 1 });
    expect(await weights('0.0.0.0/0')).toEqual({ b: 3 });
    expect((await rig.http('GET', '/config')).text).toContain('nextHop: a, weight: 3');
    await rig.apply(documentOf());
  }, 60_000);

  test('VPP restarts: the routes come back without it', async () => {
    await rig.replaceVpp();
    await rig.sim.control.pingHost('10.255.0.2', false);
    await waitFor('a restored VPP', async () => (await hop('b')).unprobed === undefined, 30_000);
    await becomes('0.0.0.0/0', { b: 3 });
    expect(await drift()).toEqual([]);
  }, 60_000);

  test('configd restarts: it remembers, and sends nothing', async () => {
    const before = await rig.changesSent();
    await rig.restartConfigd('SIGKILL');
    await rig.ready();
    expect(await weights('0.0.0.0/0')).toEqual({ b: 3 });
    expect((await hop('a')).state).toBe('down');
    expect(await rig.changesSent()).toEqual(before);
  }, 60_000);

  test('it answers again: held first, then back in with its weight', async () => {
    await rig.sim.control.pingHost('10.255.0.2', true);
    await state('a', 'held');
    expect(await weights('0.0.0.0/0')).toEqual({ b: 3 });
    await state('a', 'up');
    await becomes('0.0.0.0/0', { a: 3, b: 3 });
    await becomes('10.7.0.0/16', { far: 1, '': 1 });
  }, 60_000);

  test('all die: the routes stay as configured, and it is told', async () => {
    for (const address of ['10.255.0.2', '10.255.0.3']) await rig.sim.control.pingHost(address, false);
    for (const name of ['a', 'b']) await state(name, 'down');
    await becomes('0.0.0.0/0', { a: 3, b: 3 });
    expect(await health()).toContain('route 0.0.0.0/0: none of its next hops answers, it stays as configured');
    expect(await metric('bng_configd_route_all_out{vrf="default",prefix="0.0.0.0/0",service="configd"} 1')).toBe(true);
    for (const address of ['10.255.0.2', '10.255.0.3']) await rig.sim.control.pingHost(address, true);
    for (const name of ['a', 'b']) await state(name, 'up');
    await becomes('0.0.0.0/0', { a: 3, b: 3 });
  }, 60_000);

  test('a route that VPP refuses to change is tried again', async () => {
    await rig.sim.control.fault({ kind: 'fail', retval: -7 }, { message: 'ip_route_add_del', times: 3 });
    await rig.sim.control.pingHost('2001:db8::2', false);
    await rig.sim.control.pingHost('10.255.0.2', false);
    await becomes('0.0.0.0/0', { b: 3 });
    await rig.sim.control.clearFaults();
    for (const address of ['10.255.0.2', '2001:db8::2']) await rig.sim.control.pingHost(address, true);
    for (const name of ['a', 'six']) await state(name, 'up');
  }, 60_000);

  test('next hops that leave the configuration are forgotten; their routes may go on as plain ones', async () => {
    const plain = documentOf()
      .replace(/nextHops:[\s\S]*?vrfs/, 'vrfs')
      .replaceAll(/nextHop: (a|b)/g, (_, name: string) => `address: 10.255.0.${name === 'a' ? 2 : 3}, interface: core`);
    const text = plain
      .replace(', minWeight: 1', '')
      .replace('nextHop: far', 'address: 10.255.0.2, vrf: default')
      .replace('nextHop: six', 'address: "2001:db8::2", interface: core');
    expect((await rig.apply(text)).json).toMatchObject({ changed: true });
    expect(await shown()).toEqual({ nextHops: [], routes: [] });
    await rig.apply(documentOf());
    for (const name of ['a', 'b', 'six']) await state(name, 'up');
  }, 60_000);

  test('a prober that cannot probe takes nothing out', async () => {
    rmSync(rig.sim.cliSocket);
    const open = new CliSession(rig.sim.cliSocket);
    await expect(open.ask('show version', 1000)).rejects.toThrow(/ENOENT/);
    await rig.restartConfigd('SIGTERM');
    await rig.ready();
    await waitFor(
      'the reason',
      async () => (await hop('a')).unprobed?.includes('cannot be reached (ENOENT)') === true,
      40_000,
    );
    expect((await hop('a')).state).toBe('unknown');
    expect(await weights('0.0.0.0/0')).toEqual({ a: 3, b: 3 });
    expect(await health()).toContain('next hop a (10.255.0.2) cannot be probed');
    expect(await metric('bng_configd_nexthop_probed{nexthop="a",service="configd"} 0')).toBe(true);
  }, 60_000);
});
