import { Policy } from '#gen/bng/v1/common.js';
import type { Log } from '#lib/kernel/log.js';
import { SessionAudit } from '../audit/audit.js';
import { BundleAudit } from '../audit/bundle-audit.js';
import { RowAudit } from '../audit/row-audit.js';
import type { Clients } from '../clients/clients.js';
import type { SubsManagerConfig } from '../config.js';
import type { Groups } from '../lines/groups.js';
import type { LineIndex } from '../lines/line-index.js';
import type { SubsMetrics } from '../metrics.js';
import { Allocator } from '../pool/allocator.js';
import { Allocator6 } from '../pool/allocator6.js';
import { AddressAudit } from '../pool/audit.js';
import type { Pool } from '../pool/pool.js';
import type { Pool6 } from '../pool/pool6.js';
import type { Store } from '../store.js';
import type { StoreFault } from '../store-health.js';
import { Attach } from './attach.js';
import { PolicyChange } from './change.js';
import type { SteppingClock } from './clock-steps.js';
import type { SessionContext } from './context.js';
import { CounterReader } from './counter-reader.js';
import { Deadlines } from './deadlines.js';
import { Families } from './families.js';
import { Hold6 } from './hold6.js';
import { Holds } from './holds.js';
import { Interims } from './interim.js';
import { LateTimes } from './late-times.js';
import { Leases } from './leases.js';
import { Leases6 } from './leases6.js';
import type { Ledger } from './ledger.js';
import { RateMeter } from './rate-meter.js';
import { Restore } from './restore.js';
import { Serial } from './serial.js';
import { ServerLeases } from './server-leases.js';
import { Services } from './services.js';
import { SessionIds } from './session-id.js';
import { SessionIndex } from './session-index.js';
import { Terminator } from './terminator.js';
import { shiftTimes } from './time-shift.js';
import type { Timeline } from './timeline.js';
import { Timers } from './timers.js';

export interface SessionNeeds {
  config: SubsManagerConfig;
  /** Owner of our sessions in configd; known when they are ours. */
  owner(): string;
  clients: Clients;
  ledger: Ledger;
  store: Store;
  lines: LineIndex;
  groups: Groups;
  pools: readonly Pool[];
  pools6: readonly Pool6[];
  /** Housekeeping of others, called every few seconds. */
  sweep(): void;
  clock: SteppingClock;
  /** Why nothing can be stored; undefined: it can. */
  storeFault: () => StoreFault | undefined;
  log: Log;
  metrics: SubsMetrics;
  timeline: Timeline;
}

/** The owner of sessions: their index and everything that moves them. */
export function createSessions({
  config,
  clients,
  ledger,
  store,
  lines,
  groups,
  pools,
  pools6,
  ...needs
}: SessionNeeds) {
  const { clock, log, metrics } = needs;
  const { dataplane, authorizer, profiles } = clients;
  const index = new SessionIndex();
  const lent = new Set(config.groups.flatMap(({ vrfs }) => vrfs.map(({ gateway }) => gateway)));
  const nowMs = () => clock.nowMs();
  const rates = new RateMeter(() => clock.monotonicMs());
  const context: SessionContext = {
    index,
    allocator: new Allocator(pools, (ipv4) => lines.isGateway(ipv4) || lent.has(ipv4)),
    allocator6: new Allocator6(pools6, (address) => lines.isGateway(address)),
    ledger,
    dataplane,
    counters: new CounterReader(dataplane, index, rates, nowMs, log),
    profiles,
    services: new Services(
      config.services.map(({ name, priority, ...policy }) => ({ name, priority, policy: Policy.fromPartial(policy) })),
    ),
    pools: [...config.pools, ...config.pools6],
    groups,
    serial: new Serial(),
    ends: new Deadlines(nowMs()),
    interims: new Deadlines(nowMs()),
    get owner() {
      return needs.owner();
    },
    clock,
    log,
    metrics,
    timeline: needs.timeline,
    late: new LateTimes({ ledger, fault: needs.storeFault, log }),
  };
  needs.clock.onStep((stepMs) => shiftTimes(context, stepMs));
  const terminator = new Terminator(context);
  const families = new Families(context, terminator);
  const leases = new Leases(context, terminator, families);
  const hold6 = new Hold6(context);
  const holds = new Holds(config.holdMaxS * 1000);
  const { allocator, allocator6 } = context;
  const audit = new AddressAudit({ allocator, allocator6, sessions: index, store });
  const restore = new Restore(context, dataplane, terminator, config.restoreGraceS * 1000);
  const sessionAudit = new SessionAudit({
    rows: new RowAudit({ context, store, terminator, authorizer }),
    addresses: audit,
    bundles: new BundleAudit({ context, dataplane, restore }),
    ...{ dataplane, authorizer, index },
  });
  return {
    index,
    rates,
    counters: context.counters,
    late: context.late,
    audit,
    sessionAudit,
    terminator,
    attach: new Attach(context, authorizer, terminator, holds, new SessionIds(clock), hold6),
    families,
    leases,
    serverLeases: new ServerLeases(context),
    leases6: new Leases6(context, leases, families, hold6),
    change: new PolicyChange(context),
    restore,
    timers: new Timers(context, terminator, families, new Interims(context), config.counterPollS * 1000, needs.sweep),
  };
}
