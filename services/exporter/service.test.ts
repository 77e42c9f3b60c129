import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentials } from '@grpc/grpc-js';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { ConfigServiceClient, ConfigServiceService, StatusResponse } from '#gen/bng/v1/configd.js';
import { SubscriberServiceClient, SubscriberServiceService, SubscriberStatsResponse } from '#gen/bng/v1/subs.js';
import { StateHolder } from '#lib/kernel/lifecycle.js';
import { createRegistry } from '#lib/kernel/metrics.js';
import { OpsServer } from '#lib/kernel/ops-server.js';
import { RpcServer, unary } from '#lib/kernel/rpc-server.js';
import { SegmentServer } from '#lib/vpp/stats/segment-server.js';
import { SegmentWriter } from '#lib/vpp/stats/segment-writer.js';
import { metricsRoute } from './api.js';
import { Dataplane } from './dataplane.js';
import { Exporter, type ExporterParts } from './service.js';

const folder = mkdtempSync(join(tmpdir(), 'exporter-'));
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Samples of an exposition as `name{labels}` -> value. */
const samples = (text: string) =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)] as const),
  );

const exporter = (parts: Partial<ExporterParts>) =>
  new Exporter({ targets: [], controlPlane: {}, dataplane: undefined, own: async () => '', timeoutMs: 1000, ...parts });

async function metricsServer(body: string, status = 200): Promise<string> {
  const server: Server = createServer((_request, response) => response.writeHead(status).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
}

interface Vpp {
  writer: SegmentWriter;
  stop(): void;
}

function startVpp(path: string): Vpp {
  const writer = SegmentWriter.create(1 << 20);
  const server = SegmentServer.listen(path, writer.fd);
  const stop = () => server.close();
  cleanups.push(stop, () => writer.close());
  return { writer, stop };
}

const count = (packets: number, bytes: number) => ({ packets, bytes });

function fill({ writer }: Vpp): void {
  writer.setNames('/if/names', ['local0', 'host-access', 'host-access.100007', 'deleted', 'host-access.100008']);
  writer.setCombined('/if/rx', [count(0, 0), count(10, 1000), count(6, 600), count(50, 5000), count(4, 400)]);
  writer.setCombined('/if/tx', [count(0, 0), count(3, 300), count(2, 200), count(0, 0), count(1, 100)]);
  writer.setSimple('/if/drops', [0, 7, 2, 0, 1]);
  writer.setCombined('/net/policer/conform', [count(5, 500), count(6, 600)]);
  writer.setCombined('/net/policer/violate', [count(1, 100), count(0, 0)]);
  writer.setScalar('/err/ip4-input/ip4 spoofed local-address packet drops', 9);
  writer.setScalar('/err/ip4-input/ip4 ttl <= 1', 0);
  writer.setScalar('/sys/boottime', 1_795_000_000);
  writer.setScalar('/sys/heartbeat', 12);
}

describe('dataplane', () => {
  test('ports by name, sub-interfaces and policers in sums, errors that happened', async () => {
    const path = join(folder, 'stats.sock');
    fill(startVpp(path));
    const dataplane = new Dataplane(path);
    cleanups.push(() => dataplane.close());
    const found = samples(await exporter({ dataplane }).gather());
    expect(Object.fromEntries(found)).toMatchObject({
      'bng_vpp_stats_up{service="exporter"}': '1',
      'bng_vpp_interface_rx_bytes_total{interface="host-access",service="exporter"}': '1000',
      'bng_vpp_interface_drops_total{interface="host-access",service="exporter"}': '7',
      'bng_vpp_subinterface_rx_packets_total{parent="host-access",service="exporter"}': '10',
      'bng_vpp_subinterface_drops_total{parent="host-access",service="exporter"}': '3',
      'bng_vpp_subinterfaces{parent="host-access",service="exporter"}': '2',
      'bng_vpp_policer_packets_total{result="conform",service="exporter"}': '11',
      'bng_vpp_policer_bytes_total{result="violate",service="exporter"}': '100',
      'bng_vpp_policer_packets_total{result="exceed",service="exporter"}': '0',
      'bng_vpp_errors_total{node="ip4-input",reason="ip4 spoofed local-address packet drops",service="exporter"}': '9',
      'bng_vpp_boot_time_seconds{service="exporter"}': '1795000000',
    });
    expect([...found.keys()].filter((key) => /10000[78]|ttl/.test(key))).toEqual([]);
  });

  test('sums do not fall when a subscriber leaves and its index starts again', async () => {
    const path = join(folder, 'leaving.sock');
    const vpp = startVpp(path);
    fill(vpp);
    const dataplane = new Dataplane(path);
    cleanups.push(() => dataplane.close());
    const gather = exporter({ dataplane });
    await gather.gather();
    vpp.writer.setNames('/if/names', ['local0', 'host-access', 'deleted', 'deleted', 'host-access.100008']);
    vpp.writer.setCombined('/if/rx', [count(0, 0), count(20, 2000), count(0, 0), count(0, 0), count(5, 500)]);
    const found = samples(await gather.gather());
    expect(found.get('bng_vpp_subinterface_rx_packets_total{parent="host-access",service="exporter"}')).toBe('11');
    expect(found.get('bng_vpp_subinterfaces{parent="host-access",service="exporter"}')).toBe('1');
  });

  test('follows VPP through a restart', async () => {
    const path = join(folder, 'restart.sock');
    const first = startVpp(path);
    first.writer.setScalar('/sys/boottime', 1);
    const dataplane = new Dataplane(path);
    cleanups.push(() => dataplane.close());
    const gather = exporter({ dataplane });
    const up = async () => {
      const found = samples(await gather.gather());
      return [
        found.get('bng_vpp_stats_up{service="exporter"}'),
        found.get('bng_vpp_boot_time_seconds{service="exporter"}'),
      ];
    };
    expect(await up()).toEqual(['1', '1']);
    first.stop();
    expect(await up()).toEqual(['0', undefined]);
    startVpp(path).writer.setScalar('/sys/boottime', 2);
    expect(await up()).toEqual(['1', '2']);
  });
});

describe('other services', () => {
  test('their metrics are carried on, with one that is away shown as down', async () => {
    const targets = [
      { service: 'aaa', url: await metricsServer('# TYPE bng_x counter\nbng_x{service="aaa"} 5\n') },
      { service: 'configd', url: await metricsServer('# TYPE bng_x counter\nbng_x 6\nnot a metric\n') },
      { service: 'ha', url: await metricsServer('nope', 500) },
      { service: 'gateway', url: 'http://127.0.0.1:1/metrics' },
    ];
    const text = await exporter({ targets }).gather();
    expect(Object.fromEntries(samples(text))).toMatchObject({
      'bng_x{service="aaa"}': '5',
      'bng_x{service="configd"}': '6',
      'bng_up{service="aaa"}': '1',
      'bng_up{service="ha"}': '0',
      'bng_up{service="gateway"}': '0',
      'bng_exporter_malformed_lines{service="configd"}': '1',
    });
    expect(text.match(/# TYPE bng_x /g)).toHaveLength(1);
  });

  test('instances of one service are told apart', async () => {
    const url = await metricsServer('bng_x{service="aaa"} 5\n');
    const targets = ['a', 'b'].map((instance) => ({ service: 'aaa', url, instance }));
    const found = samples(await exporter({ targets }).gather());
    expect(found.get('bng_x{service="aaa",instance="b"}')).toBe('5');
    expect(found.get('bng_up{service="aaa",instance="a"}')).toBe('1');
    expect(found.get('bng_exporter_dropped_samples{service="exporter"}')).toBe('0');
  });

  test('sessions and the state of VPP come over gRPC', async () => {
    const rpc = new RpcServer('127.0.0.1:0', new StateHolder(), [
      {
        definition: SubscriberServiceService,
        handlers: {
          stats: unary(() =>
            SubscriberStatsResponse.fromPartial({
              sessionsByState: { active: 98, rejected: 2 },
            }),
          ),
        },
      },
      {
        definition: ConfigServiceService,
        handlers: { status: unary(() => StatusResponse.fromPartial({ vppState: 'ready', generation: 2n })) },
      },
    ]);
    await rpc.start();
    const address = `127.0.0.1:${rpc.port}`;
    const subscribers = new SubscriberServiceClient(address, credentials.createInsecure());
    const configd = new ConfigServiceClient(address, credentials.createInsecure());
    cleanups.push(
      () => rpc.stop(),
      () => subscribers.close(),
      () => configd.close(),
    );
    const gather = exporter({ controlPlane: { subscribers, configd } });
    expect(Object.fromEntries(samples(await gather.gather()))).toMatchObject({
      'bng_sessions{state="active",service="exporter"}': '98',
      'bng_sessions{state="offered",service="exporter"}': '0',
      'bng_vpp_up{service="exporter"}': '1',
      'bng_vpp_generation{service="exporter"}': '2',
    });
    await rpc.stop();
    const without = samples(await gather.gather());
    expect(without.get('bng_vpp_up{service="exporter"}')).toBe('0');
    expect(without.has('bng_sessions{state="active",service="exporter"}')).toBe(false);
  });
});

test('one scrape gives everything, in a form Prometheus accepts', async () => {
  const path = join(folder, 'all.sock');
  fill(startVpp(path));
  const dataplane = new Dataplane(path);
  const registry = createRegistry('exporter');
  const service = createRegistry('aaa');
  const targets = [{ service: 'aaa', url: await metricsServer(await service.metrics()) }];
  const gather = exporter({ targets, dataplane, own: () => registry.metrics() });
  const ops = new OpsServer('127.0.0.1:0', new StateHolder(), registry, [metricsRoute(gather)]);
  await ops.start();
  cleanups.push(
    () => dataplane.close(),
    () => ops.stop(),
  );
  const response = await fetch(`http://127.0.0.1:${ops.port}/metrics`);
  const body = await response.text();
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(body).toContain('bng_process_cpu_seconds_total{service="aaa"}');
  expect(body).toContain('bng_process_cpu_seconds_total{service="exporter"}');
  const named = body.replace(/^(# (?:HELP|TYPE) )?bng_(?:process|nodejs)_.*\n/gm, '');
  expect(execFileSync('promtool', ['check', 'metrics'], { input: named, encoding: 'utf8' })).toBe('');
});
