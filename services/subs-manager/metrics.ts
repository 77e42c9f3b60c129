import { Counter, Gauge, Histogram, type Registry, secondsBuckets } from '#lib/kernel/metrics.js';
import { storeFaults } from './store-health.js';

/** Steps of an attachment that are timed: what took the time when many come at once. */
export type Step = 'radius' | 'configd' | 'store' | 'offer' | 'attach' | 'server';

/** What is read when somebody scrapes. */
export interface MetricSources {
  sessions(): Record<string, number>;
  pools(): readonly { name: string; size: number; used: number; inQuarantine: number }[];
  addressFaults(): readonly { fault: string }[];
  lines(): number;
  /** Another instance has the sessions. */
  refused(): boolean;
  storeFault(): string | undefined;
  lateTimes(): number;
  outboxPending(): Promise<number>;
  /** DHCP servers of the operator. */
  servers(): readonly { name: string; alive: boolean }[];
  /** Each protocol's way in: `dhcp` and `dhcp6`. */
  dhcp(): readonly {
    protocol: string;
    intake: { inFlight: number; queued: number };
    transport: { kernelDrops(): Promise<number | undefined> };
  }[];
}

export interface SubsMetrics {
  messages: Counter<'type' | 'direction'>;
  drops: Counter<'reason'>;
  ended: Counter<'cause'>;
  refused: Counter<'reason'>;
  instead: Counter<'reason'>;
  timelineLost: Counter;
  servers: Counter<'server' | 'outcome'>;
  bulk: Counter<'action' | 'outcome'>;
  /** Notes how long a step took, in milliseconds. */
  step(step: Step, ms: number): void;
}

/** Counters and histograms of the service. `bindSources` adds the gauges. */
export function subsMetrics(registry: Registry): SubsMetrics {
  const registers = [registry];
  const steps = new Histogram({
    name: 'bng_subs_step_seconds',
    help: 'Duration of the steps of an attachment; offer: DISCOVER to OFFER, attach: DISCOVER to ACK, server: an answer of a DHCP server',
    labelNames: ['step'],
    buckets: secondsBuckets,
    registers,
  });
  return {
    messages: new Counter({
      name: 'bng_subs_dhcp_messages_total',
      help: 'DHCP messages by type and direction (in, out)',
      labelNames: ['type', 'direction'],
      registers,
    }),
    drops: new Counter({
      name: 'bng_subs_dhcp_drops_total',
      help: 'Client messages without an answer, by reason',
      labelNames: ['reason'],
      registers,
    }),
    ended: new Counter({
      name: 'bng_subs_sessions_ended_total',
      help: 'Sessions that ended, by terminate cause',
      labelNames: ['cause'],
      registers,
    }),
    refused: new Counter({
      name: 'bng_subs_attachments_refused_total',
      help: 'Attachments that were refused, by reason',
      labelNames: ['reason'],
      registers,
    }),
    instead: new Counter({
      name: 'bng_subs_let_in_instead_total',
      help: 'Clients that RADIUS did not let in and their group did, with its services for that, by reason',
      labelNames: ['reason'],
      registers,
    }),
    timelineLost: new Counter({
      name: 'bng_subs_timeline_lost_total',
      help: 'Steps of attempts that were not kept, because the store was away for long',
      registers,
    }),
    servers: new Counter({
      name: 'bng_subs_dhcp_server_messages_total',
      help: 'Messages relayed to DHCP servers of the operator, by outcome: answered, timeout',
      labelNames: ['server', 'outcome'],
      registers,
    }),
    bulk: new Counter({
      name: 'bng_subs_bulk_sessions_total',
      help: 'Sessions that bulk jobs dealt with, by action and outcome (done, failed, gone)',
      labelNames: ['action', 'outcome'],
      registers,
    }),
    step: (step, ms) => steps.observe({ step }, ms / 1000),
  };
}

/** Gauges that are read when scraped; what cannot be read is absent. */
export function bindSources(registry: Registry, sources: MetricSources): void {
  const gauge = <L extends string>(name: string, help: string, labels: L[], read: (gauge: Gauge<L>) => unknown) =>
    new Gauge<L>({
      name,
      help,
      labelNames: labels,
      registers: [registry],
      async collect() {
        this.reset();
        await read(this);
      },
    });
  gauge('bng_subs_sessions', 'Sessions by state', ['state'], (own) => {
    for (const [state, count] of Object.entries(sources.sessions())) own.set({ state }, count);
  });
  gauge('bng_subs_pool_addresses', 'Addresses of a pool: size, used, quarantined', ['pool', 'kind'], (own) => {
    for (const { name: pool, size, used, inQuarantine } of sources.pools()) {
      own.set({ pool, kind: 'size' }, size);
      own.set({ pool, kind: 'used' }, used);
      own.set({ pool, kind: 'quarantined' }, inQuarantine);
    }
  });
  gauge(
    'bng_subs_address_faults',
    'Addresses that do not fit the sessions (bngctl pools --audit)',
    ['fault'],
    (own) => {
      for (const fault of ['leaked', 'not_held']) own.set({ fault }, 0);
      for (const { fault } of sources.addressFaults()) own.inc({ fault });
    },
  );
  gauge('bng_subs_lines', 'Lines known from configd', [], (own) => own.set(sources.lines()));
  gauge(
    'bng_subs_refused',
    '1: another subs-manager has the sessions of this database, and this one waits',
    [],
    (own) => own.set(Number(sources.refused())),
  );
  gauge('bng_subs_store_down', '1: PostgreSQL took no transaction, because it is away or full', ['reason'], (own) => {
    for (const reason of Object.keys(storeFaults)) own.set({ reason }, Number(sources.storeFault() === reason));
  });
  gauge('bng_subs_late_leases', 'Sessions whose lease the store has not heard of yet', [], (own) =>
    own.set(sources.lateTimes()),
  );
  gauge('bng_subs_dhcp_in_flight', 'Clients being worked for', ['protocol'], (own) => {
    for (const { protocol, intake } of sources.dhcp()) own.set({ protocol }, intake.inFlight);
  });
  gauge('bng_subs_dhcp_waiting', 'Clients whose turn to be worked for has not come', ['protocol'], (own) => {
    for (const { protocol, intake } of sources.dhcp()) own.set({ protocol }, intake.queued);
  });
  gauge('bng_subs_dhcp_server_up', 'Whether a DHCP server of the operator answers: 1, 0', ['server'], (own) => {
    for (const { name, alive } of sources.servers()) own.set({ server: name }, alive ? 1 : 0);
  });
  gauge('bng_subs_outbox_pending', 'Events not yet taken by JetStream', [], (own) =>
    readInto(own, sources.outboxPending),
  );
  gauge(
    'bng_subs_dhcp_kernel_drops',
    'Packets dropped by the kernel because the receive buffer was full',
    ['protocol'],
    async (own) => {
      for (const { protocol, transport } of sources.dhcp()) {
        const drops = await transport.kernelDrops();
        if (drops !== undefined) own.set({ protocol }, drops);
      }
    },
  );
}

async function readInto(gauge: Gauge<string>, read: () => Promise<number | undefined>): Promise<void> {
  const value = await read().catch(() => undefined);
  if (value === undefined) gauge.remove();
  else gauge.set(value);
}
