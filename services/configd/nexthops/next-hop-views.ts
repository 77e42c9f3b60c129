import { NextHop, SteeredRoute } from '#gen/bng/v1/configd.js';
import { Counter, type Registry } from '#lib/kernel/metrics.js';
import type { Route } from '#lib/kernel/ops-server.js';
import { liveGauges } from '../live-gauges.js';
import { viewRoute } from '../view-route.js';
import type { WatchedHop } from './next-hop-monitor.js';
import type { NextHopView } from './next-hop-view.js';

/** Metrics of next hops and of the routes over them. Nodes have few of them, so that names may be labels. */
export function nextHopMetrics(
  registry: Registry,
  view: Pick<NextHopView, 'hops' | 'routes'>,
  monitor: { readonly hops: readonly WatchedHop[] },
): void {
  const gauge = liveGauges(registry);
  const perHop = (name: string, help: string, read: (hop: NextHopView['hops'][number]) => number) =>
    gauge(name, help, ['nexthop'], (set) => {
      for (const hop of view.hops) set({ nexthop: hop.name }, read(hop));
    });
  perHop('nexthop_up', '1 while its routes send packets to the next hop', ({ carries }) => Number(carries));
  perHop('nexthop_probed', '1 while the next hop can be probed', ({ unprobed }) => Number(unprobed === ''));
  perHop('nexthop_loss_ratio', 'Part of the last probes without an answer', ({ loss }) => loss);
  perHop('nexthop_rtt_seconds', 'Round trip of the last probe that was answered', ({ rttMs }) => rttMs / 1000);
  perHop('nexthop_flaps', 'Times the next hop went out since it was last calm', ({ flaps }) => flaps);
  perHop('nexthop_changed_timestamp_seconds', 'Last change of its state', ({ changedMs }) => Number(changedMs) / 1000);
  gauge(
    'route_share_ratio',
    'Part of the packets of a route that go to a next hop',
    ['vrf', 'prefix', 'nexthop'],
    (set) => {
      for (const { vrf, prefix, paths } of view.routes)
        for (const { nextHop, shareNow } of paths) if (nextHop !== '') set({ vrf, prefix, nexthop: nextHop }, shareNow);
    },
  );
  gauge('route_all_out', '1 while none of the next hops of a route answers', ['vrf', 'prefix'], (set) => {
    for (const { vrf, prefix, allOut } of view.routes) set({ vrf, prefix }, Number(allOut));
  });
  new Counter({
    name: 'bng_configd_nexthop_probes_total',
    help: 'Probes sent to a next hop, by whether they were answered',
    labelNames: ['nexthop', 'result'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { spec, sent, unanswered } of monitor.hops) {
        this.inc({ nexthop: spec.name, result: 'answered' }, sent - unanswered);
        this.inc({ nexthop: spec.name, result: 'lost' }, unanswered);
      }
    },
  });
}

/** `GET /nexthops`: next hops and their routes as JSON, as over gRPC. */
export const nextHopRoutes = (view: Pick<NextHopView, 'current'>): Route =>
  viewRoute('/nexthops', () => ({
    nextHops: view.current.nextHops.map(NextHop.toJSON),
    routes: view.current.routes.map(SteeredRoute.toJSON),
  }));
