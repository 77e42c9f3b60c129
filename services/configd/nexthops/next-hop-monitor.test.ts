import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { silentLog } from '#lib/kernel/log.js';
import { createRegistry } from '#lib/kernel/metrics.js';
import { waitFor } from '../../../test/harness/wait-for.js';
import type { Facts, Subject } from '../events.js';
import type { ChangeListener } from '../reconcile/engine.js';
import type { Resource } from '../reconcile/resource.js';
import { nextHop } from '../resources/next-hop.js';
import { route } from '../resources/route.js';
import { NextHopMonitor } from './next-hop-monitor.js';
import { NextHopView } from './next-hop-view.js';
import { nextHopMetrics } from './next-hop-views.js';
import type { ProbeResult } from './prober.js';
import { RouteSteering } from './route-steering.js';
import { VerdictFile } from './verdict-file.js';

const answered: ProbeResult = { kind: 'answered', rttMs: 0.5 };
const lost: ProbeResult = { kind: 'lost' };
const unavailable: ProbeResult = { kind: 'unavailable', reason: 'no plugin' };

const times = {
  intervalMs: 100,
  timeoutMs: 50,
  failures: 3,
  successes: 2,
  returnAfterMs: 3000,
  maxReturnAfterMs: 60_000,
};
const hop = (name: string, address: string) => nextHop.of({ name, address, probe: times });
const a = hop('a', '192.0.2.1');
const b = hop('b', '192.0.2.2');
const over = route.of({
  prefix: '10.0.0.0/8',
  paths: [
    { via: '192.0.2.1', nextHop: 'a', weight: 8, minWeight: 2 },
    { via: '192.0.2.2', nextHop: 'b', weight: 8 },
  ],
});

/** An engine that holds what it is asked to, and whose wall clock the probes move: a second each. */
class FakeEngine {
  state = 'ready';
  wanted: ReadonlyMap<string, Resource> = new Map();
  inVpp = new Map<string, Resource>();
  refusals = 0;
  refreshed: string[][] = [];
  overlay: (wanted: Resource) => Resource = (wanted) => wanted;
  private listener: ChangeListener = () => {};

  want(...resources: Resource[]): void {
    this.wanted = new Map(resources.map((one) => [one.key, one]));
    for (const one of resources) this.inVpp.set(one.key, this.overlay(one));
    this.listener(new Set(this.wanted.keys()));
  }
  wantedBy = () => this.wanted;
  onChange = (listener: ChangeListener) => {
    this.listener = listener;
    return () => {};
  };
  refresh = async (keys: readonly string[]) => {
    this.refreshed.push([...keys]);
    if (this.refusals-- > 0) throw new Error('refused');
    for (const key of keys) {
      const wanted = this.wanted.get(key);
      if (wanted) this.inVpp.set(key, this.overlay(wanted));
    }
    return { plan: { steps: [] }, outcome: { failures: [] } };
  };
}

let folder: string;
let engine: FakeEngine;
let nowMs: number;
let results: Map<string, () => ProbeResult>;
let told: [Subject, unknown][];
let monitor: NextHopMonitor;
let steering: RouteSteering;
let view: NextHopView;

function build(): void {
  const clock = { nowMs: () => nowMs, monotonicMs: () => performance.now() };
  const probe = async ({ name }: { name: string }) => {
    nowMs += 1000;
    return results.get(name)?.() ?? answered;
  };
  monitor = new NextHopMonitor({
    engine,
    owner: 'infra',
    prober: () => ({ probe, close: async () => {} }),
    verdicts: new VerdictFile(folder),
    events: { tell: <S extends Subject>(subject: S, fact: Facts[S]) => void told.push([subject, fact]) },
    clock,
    log: silentLog(),
  });
  steering = new RouteSteering({ engine: engine as never, owner: 'infra', source: monitor, clock, log: silentLog() });
  engine.overlay = steering.overlay;
  view = new NextHopView({
    monitor,
    steering,
    recorded: { get: (key) => (engine.inVpp.has(key) ? { resource: engine.inVpp.get(key) as Resource } : undefined) },
  });
}

const start = async () => {
  build();
  engine.want(a, b, over);
  await steering.start();
  await monitor.start();
};
const stop = async () => {
  await monitor.stop();
  await steering.stop();
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'next-hops-'));
  engine = new FakeEngine();
  nowMs = 1_000_000;
  results = new Map();
  told = [];
  await start();
});
afterEach(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

const becomes = (name: string, state: string) =>
  waitFor(`${name} ${state}`, async () => view.hops.find((one) => one.name === name)?.state === state, 40_000);
const weights = () => view.routes[0]?.paths.map(({ nextHop: name, weightNow }) => [name, weightNow]);
const weighs = (wanted: [string, number][]) =>
  waitFor(`weights ${wanted}`, async () => JSON.stringify(weights()) === JSON.stringify(wanted), 40_000);
const subjects = () => told.map(([subject]) => subject);

test('both answer: no events, no refresh, shares as configured', async () => {
  await becomes('a', 'up');
  await becomes('b', 'up');
  expect([told, engine.refreshed, view.degraded()]).toEqual([[], [], []]);
  expect(view.routes[0]).toMatchObject({ vrf: 'default', allOut: false, paths: [{ share: 0.5, shareNow: 0.5 }, {}] });
});

test('down, held and up again: weights, events, degraded, and kept on disk meanwhile', async () => {
  results.set('a', () => lost);
  await weighs([
    ['a', 0],
    ['b', 8],
  ]);
  expect(view.degraded()).toEqual(['next hop a (192.0.2.1) does not answer']);
  expect(view.routes[0]?.paths).toMatchObject([
    { share: 0.5, shareNow: 0 },
    { share: 0.5, shareNow: 1 },
  ]);
  results.delete('a');
  await becomes('a', 'held');
  expect(weights()).toEqual([
    ['a', 0],
    ['b', 8],
  ]);
  await becomes('a', 'up');
  await weighs([
    ['a', 8],
    ['b', 8],
  ]);
  expect(subjects()).toEqual(['bng.nexthop.down', 'bng.nexthop.held', 'bng.nexthop.up']);
});

test('losses move the weight down to its limit, and back', async () => {
  let turn = 0;
  results.set('a', () => (turn++ % 3 === 0 ? answered : lost));
  await weighs([
    ['a', 2],
    ['b', 8],
  ]);
  expect(told).toContainEqual(['bng.nexthop.weight', expect.objectContaining({ nextHop: 'a', worth: 0.25 })]);
  expect(view.hops[0]).toMatchObject({ state: 'up', carries: true, worth: 0.25 });
  results.delete('a');
  await weighs([
    ['a', 8],
    ['b', 8],
  ]);
}, 60_000);

test('probes that cannot be sent take nothing out, and say why', async () => {
  await becomes('a', 'up');
  results.set('a', () => unavailable);
  await waitFor('the reason', async () => view.hops[0]?.unprobed === 'no plugin', 40_000);
  expect(view.degraded()).toEqual(['next hop a (192.0.2.1) cannot be probed: no plugin']);
  expect(told).toEqual([
    ['bng.nexthop.probing', { nextHop: 'a', address: '192.0.2.1', possible: false, reason: 'no plugin' }],
  ]);
  results.delete('a');
  await waitFor('probes', async () => view.hops[0]?.unprobed === '', 40_000);
  expect([view.hops[0]?.state, engine.refreshed]).toEqual(['up', []]);
});

test('nothing is probed while VPP is away', async () => {
  await becomes('a', 'up');
  engine.state = 'restoring';
  results.set('a', () => lost);
  await waitFor('the reason', async () => /restored/.test(view.hops[0]?.unprobed ?? ''), 40_000);
  expect(view.hops[0]?.state).toBe('up');
});

test('a refusal is tried again', async () => {
  engine.refusals = 1;
  results.set('a', () => lost);
  await weighs([
    ['a', 0],
    ['b', 8],
  ]);
  expect(engine.refreshed).toEqual([[over.key], [over.key]]);
});

test('all out: the route stays', async () => {
  results.set('a', () => lost).set('b', () => lost);
  await becomes('a', 'down');
  await becomes('b', 'down');
  await weighs([
    ['a', 8],
    ['b', 8],
  ]);
  expect(view.degraded()).toContain('route 10.0.0.0/8: none of its next hops answers, it stays as configured');
});

describe('another configd', () => {
  test('knows which were out, and keeps them out until they answer', async () => {
    results.set('a', () => lost);
    await becomes('a', 'down');
    await stop();
    results.set('a', () => unavailable);
    await start();
    engine.want(a, b, over);
    expect(weights()).toEqual([
      ['a', 0],
      ['b', 8],
    ]);
    expect(view.hops[0]).toMatchObject({ state: 'down', flaps: 1 });
  });

  test('does not believe it of another address', async () => {
    results.set('a', () => lost);
    await becomes('a', 'down');
    await stop();
    results.delete('a');
    build();
    engine.want(hop('a', '192.0.2.99'), b, over);
    await monitor.start();
    expect(view.hops[0]?.carries).toBe(true);
  });
});

test('one that leaves the configuration is not probed any more', async () => {
  await becomes('b', 'up');
  engine.want(a);
  expect(view.hops.map(({ name }) => name)).toEqual(['a']);
  expect(view.routes).toEqual([]);
});

test('metrics by next hop and route', async () => {
  const registry = createRegistry('test');
  nextHopMetrics(registry, view, monitor);
  results.set('a', () => lost);
  await weighs([
    ['a', 0],
    ['b', 8],
  ]);
  const text = (await registry.metrics()).replaceAll(/,service="[^"]*"/g, '');
  for (const line of [
    'nexthop_up{nexthop="a"} 0',
    'nexthop_probed{nexthop="a"} 1',
    'nexthop_loss_ratio{nexthop="a"} 1',
    'route_share_ratio{vrf="default",prefix="10.0.0.0/8",nexthop="b"} 1',
    'route_all_out{vrf="default",prefix="10.0.0.0/8"} 0',
  ])
    expect(text).toContain(`bng_configd_${line}`);
  expect(text).toMatch(/bng_configd_nexthop_probes_total\{nexthop="a",result="lost"\} [1-9]/);
});
