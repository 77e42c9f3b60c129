import { systemClock } from '#lib/kernel/clock.js';
import { processConfig, readSecret } from '#lib/kernel/config.js';
import { EventBus, streams } from '#lib/kernel/jetstream.js';
import { run, StateHolder } from '#lib/kernel/lifecycle.js';
import { createLog } from '#lib/kernel/log.js';
import { createRegistry } from '#lib/kernel/metrics.js';
import { OpsServer } from '#lib/kernel/ops-server.js';
import { Outbox, outboxMigration } from '#lib/kernel/outbox.js';
import { portsFile } from '#lib/kernel/ports-file.js';
import { Postgres } from '#lib/kernel/postgres.js';
import { RpcServer } from '#lib/kernel/rpc-server.js';
import type { Operation } from '#lib/vpp/message.js';
import type { Plugin } from '#lib/vpp/messages/all.js';
import { AclHits } from './acls/acl-hits.js';
import { aclMetrics, aclRoutes } from './acls/acl-views.js';
import { configApi } from './api.js';
import { BondMonitor } from './bonds/bond-monitor.js';
import { bondGauges, bondRoutes } from './bonds/bond-views.js';
import { catchUp } from './boot.js';
import { component, desiredState } from './components.js';
import { configSchema } from './config.js';
import { Confirmation } from './confirmation.js';
import { VppDataplane } from './dataplane.js';
import { DataplaneAudit } from './dataplane-audit.js';
import { Redactor } from './diff/redact.js';
import { EventTeller } from './events.js';
import { configdGauges, configdMetrics } from './metrics.js';
import { configVersions } from './migrations/001-config-versions.js';
import { configHistory } from './migrations/002-history.js';
import { nextHopRoutes } from './nexthops/next-hop-views.js';
import { type NextHops, probedNextHops } from './nexthops/next-hops.js';
import { Preparation } from './preparation.js';
import { Engine } from './reconcile/engine.js';
import { allKinds } from './resources/all.js';
import { assertHeapFits } from './resources/heap-budget.js';
import { LineBook } from './resources/lines.js';
import type { PolicerHandle } from './resources/policer.js';
import { assertSegmentFits } from './resources/segment-budget.js';
import { strangerKinds } from './resources/stranger.js';
import { configRoutes } from './rest.js';
import { ConfigService } from './service.js';
import { countersOf } from './session-counters.js';
import { SessionJournal } from './session-journal.js';
import { sessionLookup } from './session-lookup.js';
import { SessionOwners } from './session-owners.js';
import { Sessions } from './sessions.js';
import { Snapshot } from './snapshot.js';
import { statusOf, statusRoute } from './status.js';
import { ConfigStore } from './store.js';
import { StoreLink } from './store-link.js';
import { VppSupervisor } from './supervisor.js';
import { VppLife } from './vpp-life.js';
import { VppStats } from './vpp-stats.js';

const settings = processConfig(configSchema, 'CONFIGD_');
const { stateDir, vpp, audit, node } = settings;
const log = createLog('configd', { level: settings.logLevel });
const clock = systemClock;
const registry = createRegistry('configd');
const state = new StateHolder();
const url = settings.databaseUrl ?? readSecret(settings.databaseUrlFile ?? '');
const postgres = new Postgres({ url, schema: 'configd', migrations: [outboxMigration, configVersions, configHistory] });
const store = new ConfigStore(postgres.knex);
const bus = settings.nats === undefined ? undefined : new EventBus(settings.nats, 'configd', log, [streams.facts]);
const outbox = bus && new Outbox(postgres.knex, bus, log);
const events = new EventTeller(node, clock.nowMs, log, bus);
const snapshot = new Snapshot(stateDir);
const life = new VppLife(stateDir);
const stats = new VppStats(vpp.statsSocket);
const metrics = configdMetrics(registry);
const dataplane = new VppDataplane({
  socketPath: vpp.apiSocket,
  log,
  windowRequests: vpp.windowRequests,
  replyTimeoutMs: vpp.replyTimeoutMs,
  bootTime: () => stats.reopen(),
  onRoundTrip: metrics.roundTrip,
});
const engine: Engine = new Engine({
  dataplane,
  kinds: [...allKinds, ...strangerKinds],
  log,
  overlay: (wanted) => nextHops.steering.overlay(wanted),
  hooks: {
    admit(plan, recorded) {
      assertSegmentFits(plan, recorded, stats);
      assertHeapFits(plan, stats);
    },
    onOutcome: metrics.steps,
    onLost: () => supervisor.lost(),
    onEvicted: (owners) => desired.evicted(owners),
  },
});
const policerIndex = (name: string) =>
  (engine.recorded.get(`policer/${name}`)?.handle as PolicerHandle | undefined)?.index;
const nextHops: NextHops = probedNextHops({ engine, dataplane, vpp, stateDir, events, clock, log, registry });
const owners = new SessionOwners(clock);
const sessions: Sessions = new Sessions({ engine, lookup: sessionLookup(engine), owners, metrics, clock, log });
const journal = new SessionJournal(
  stateDir,
  () => sessions.held(),
  () => sessions.count,
);
const link: StoreLink = new StoreLink(postgres, log, () => catchUp({ service: config, store, snapshot, log }));
const redactor = new Redactor(allKinds);
const offers = (operation: Operation) => dataplane.offers(operation);
const hasPlugin = (plugin: Plugin) => dataplane.hasPlugin(plugin);
const preparation = new Preparation({ engine, node: { name: node }, redactor, offers, hasPlugin, clock, metrics });
const config: ConfigService = new ConfigService({
  ...{ engine, preparation, redactor, store, link, snapshot, clock, log, metrics, events },
  onCommitted: () => outbox?.kick(),
});
const confirmation = new Confirmation({ config, store, link, snapshot, clock, log, metrics, events });
const supervisor: VppSupervisor = new VppSupervisor({
  ...{ dataplane, engine, life, state, clock, log, metrics, events, audit },
});
const desired = desiredState({ config, sessions, store, snapshot, journal, link, postgres, events, log });
configdGauges(registry, { sessions, engine, link, config });
const lines = new LineBook(engine);
const bonds = new BondMonitor({ vpp: dataplane, engine, events, clock, log, ...settings.bonds });
bondGauges(registry, bonds);
const aclHits = new AclHits({ recorded: engine.recorded, stats, written: (name) => config.writtenRules(name) });
aclMetrics(registry, aclHits);
const degraded = () => [...bonds.degraded(), ...nextHops.view.degraded()];
const status = () =>
  statusOf({ state, supervisor, life, config, engine, sessions, link, degraded, node, driftPolicy: audit.policy });
const api = configApi({
  audit: new DataplaneAudit({ engine, redactor }),
  ...{ config, confirmation, sessions, owners, lines, concurrency: settings.sessionConcurrency },
  counters: (ids) => countersOf(ids, sessions, lines, stats, policerIndex),
  generation: () => BigInt(life.generation),
  status,
  bonds: () => bonds.bonds,
  aclHits,
  nextHops: () => nextHops.view.current,
});
const rpc = new RpcServer(settings.grpc, state, [api], settings.tls);
const routes = [
  configRoutes(config, confirmation),
  statusRoute(status),
  bondRoutes(bonds),
  aclRoutes(aclHits),
  nextHopRoutes(nextHops.view),
];
const ops = new OpsServer(settings.ops, state, registry, routes, degraded);
const ports = portsFile(settings.portsFile, () => ({ grpc: rpc.port, ops: ops.port }));
const telling = bus && outbox ? [component.inBackground(bus, log), outbox] : [];
await run([ops, desired, ...telling, link, ...nextHops.components, supervisor, confirmation, bonds, rpc, ports], {
  log,
  state,
});
