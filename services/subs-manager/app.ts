import { type Clock, systemClock } from '#lib/kernel/clock.js';
import { type Component, StateHolder } from '#lib/kernel/lifecycle.js';
import type { Log } from '#lib/kernel/log.js';
import { createRegistry } from '#lib/kernel/metrics.js';
import { OpsServer } from '#lib/kernel/ops-server.js';
import { portsFile } from '#lib/kernel/ports-file.js';
import { RpcServer } from '#lib/kernel/rpc-server.js';
import { subscriberApi } from './api.js';
import { Boot } from './boot.js';
import { createClients } from './clients/clients.js';
import type { SubsManagerConfig } from './config.js';
import { createDhcp } from './dhcp/dhcp.js';
import { Drops } from './dhcp/drops.js';
import { Refusals } from './dhcp/refusals.js';
import { createDhcp6 } from './dhcp6/dhcp6.js';
import { Groups } from './lines/groups.js';
import { LineIndex } from './lines/line-index.js';
import { LineWatch } from './lines/line-watch.js';
import { bindSources, subsMetrics } from './metrics.js';
import { instanceName } from './ownership.js';
import { Pool6 } from './pool/pool6.js';
import { poolsOf } from './pool/pools.js';
import { auditRoute } from './rest.js';
import { Servers } from './servers/servers.js';
import { SubscriberSessions } from './service.js';
import { SteppingClock } from './session/clock-steps.js';
import { RefusedRequests } from './session/refused-requests.js';
import { createSessions } from './session/sessions.js';
import { sessionStates, stateName } from './session/state-machine.js';
import { Timeline } from './session/timeline.js';
import { storeFaults } from './store-health.js';
import { createStoreSide } from './store-side.js';
import { toolsApi } from './tools/api.js';
import { Bulk } from './tools/bulk.js';
import { BulkActions } from './tools/bulk-actions.js';
import { bulkRoutes } from './tools/bulk-rest.js';
import { toolRoutes } from './tools/rest.js';
import { SubscriberTools } from './tools/tools.js';

/** The service put together, not started. */
export interface SubsManager {
  components: Component[];
  state: StateHolder;
  /** Ports taken, once started. */
  ports(): { grpc: number; ops: number; dhcp: number; dhcp6: number };
}

/** Makes every part and ties them together. */
export function createSubsManager(
  config: SubsManagerConfig,
  log: Log,
  time: Clock = systemClock,
  /** Another instance took the sessions over: this one has to end. */
  onLost: (reason: string) => void = () => {},
): SubsManager {
  const clock = new SteppingClock(time);
  const state = new StateHolder();
  const registry = createRegistry('subs-manager');
  const metrics = subsMetrics(registry);
  const clients = createClients(config, clock);
  const { dataplane } = clients;
  const storeSide = createStoreSide({ config, log, metrics, clock, onLost });
  const { store, health, ownership, timelineStore, bulkStore, outbox, feed, ledger, migrate, begun } = storeSide;
  const { outboxPending, components } = storeSide;
  const keepMs = config.timelineDays * 86_400_000;
  const lost = (rows: number) => metrics.timelineLost.inc(rows);
  const timeline = new Timeline(timelineStore, keepMs, () => clock.nowMs(), log, lost);
  const lines = new LineIndex();
  const groups = new Groups(config.groups);
  const pools = poolsOf(config.pools);
  const pools6 = config.pools6.map((pool) => new Pool6(pool));
  const sweep = () => {
    for (const side of sides) side.sweep();
  };
  const owner = () => `${config.owner}@${ownership.book}`;
  const sessions = createSessions({
    config,
    owner,
    clients,
    ledger,
    store,
    lines,
    groups,
    pools,
    pools6,
    sweep,
    storeFault: () => health.fault,
    clock,
    log,
    metrics,
    timeline,
  });

  const { index, restore } = sessions;
  const drops = new Drops((reason) => metrics.drops.inc({ reason }));
  const refusals = new Refusals(drops, timeline, clock);
  const relays = config.groups.flatMap(({ relay, ipv6 }) => [relay ?? [], ipv6?.relay ?? []].flat());
  const servers = new Servers(relays, clock);
  const needs = { ...sessions, config, lines, groups, drops, refusals, servers, clock, log, metrics };
  const dhcp = createDhcp(needs);
  const dhcp6 = createDhcp6(needs);
  const sides = dhcp6 === undefined ? [dhcp] : [dhcp, dhcp6];
  const inBackground = (work: Promise<void>) => work.catch((error) => log.error({ err: error }, 'sessions not pushed'));
  const who = () => ({ owner: owner(), holder: instanceName });
  const watch = new LineWatch((signal) => dataplane.watchLines(signal, who()), lines, log, {
    reconnected: () => inBackground(restore.pushAgain()),
    appeared: (line) => inBackground(restore.lineAppeared(line.name)),
  });

  const heldBy = () => ownership.heldBy || watch.refusedFor;
  const service = new SubscriberSessions({
    ...sessions,
    feed,
    pools: [...pools, ...pools6],
    drops,
    refusedRequests: new RefusedRequests(index, timeline, clock),
    timeline,
    timelineStore,
    state,
    heldBy,
    outboxPending,
  });
  const bulk = new Bulk({
    index,
    actions: new BulkActions({ service, authorizer: clients.authorizer, groups, timeline, clock }),
    bulkStore,
    bulkDone: (action, outcome) => metrics.bulk.inc({ action, outcome }),
    ...{ state, clock, log },
  });
  const tools = new SubscriberTools({ ...sessions, clock, state, maxAgeMs: 3000 * config.counterPollS });
  const rpc = new RpcServer(config.grpc, state, [subscriberApi(service), toolsApi(tools, bulk)], config.tls);
  const routes = [auditRoute(service), toolRoutes(tools), bulkRoutes(bulk)];
  const ops = new OpsServer(config.ops, state, registry, routes, () => [
    ...(heldBy() === '' ? [] : [`the sessions are with ${heldBy()}`]),
    ...(health.fault === undefined ? [] : [storeFaults[health.fault]]),
  ]);
  bindSources(registry, {
    sessions: () => Object.fromEntries(sessionStates.map((each) => [stateName(each), index.count(each)])),
    pools: () => [...pools, ...pools6],
    addressFaults: () => sessions.audit.inMemory(),
    lines: () => lines.size,
    storeFault: () => health.fault,
    lateTimes: () => sessions.late.size,
    refused: () => heldBy() !== '',
    outboxPending,
    servers: () => servers.health(),
    dhcp: () => sides.map(({ component, intake, transport }) => ({ protocol: component.name, intake, transport })),
  });
  const ports = () => ({ grpc: rpc.port, ops: ops.port, dhcp: dhcp.transport.port, dhcp6: dhcp6?.transport.port ?? 0 });
  const nowMs = () => clock.nowMs();
  const boot = new Boot({
    ...sessions,
    migrate,
    store,
    ownership,
    begun,
    outbox,
    lines: watch,
    ledger,
    intakes: sides.map(({ intake }) => intake),
    nowMs,
    state,
    log,
  });
  components.push(
    clients.component,
    timeline,
    tools,
    ops,
    rpc,
    ...sides.map(({ component }) => component),
    portsFile(config.portsFile, ports),
    boot,
    bulk,
  );
  return { components, state, ports };
}
