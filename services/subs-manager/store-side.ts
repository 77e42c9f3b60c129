import type { Clock } from '#lib/kernel/clock.js';
import { readSecret } from '#lib/kernel/config.js';
import { EventBus, streams } from '#lib/kernel/jetstream.js';
import type { Component } from '#lib/kernel/lifecycle.js';
import type { Log } from '#lib/kernel/log.js';
import { Outbox, outboxMigration } from '#lib/kernel/outbox.js';
import { Postgres } from '#lib/kernel/postgres.js';
import type { SubsManagerConfig } from './config.js';
import type { Fact } from './fact.js';
import { GroupCommit } from './group-commit.js';
import type { SubsMetrics } from './metrics.js';
import { sessionsMigration } from './migrations/001-sessions.js';
import { placesMigration } from './migrations/003-places.js';
import { ipv6Migration } from './migrations/004-ipv6.js';
import { timelineMigration } from './migrations/005-timeline.js';
import { upstreamMigration } from './migrations/006-upstream.js';
import { servicesMigration } from './migrations/007-services.js';
import { bulkMigration } from './migrations/008-bulk.js';
import { ownerMigration } from './migrations/009-owner.js';
import { refusalMigration } from './migrations/010-refusal.js';
import { timelineStepsMigration } from './migrations/011-timeline-steps.js';
import { bookMigration } from './migrations/012-book.js';
import { Ownership } from './ownership.js';
import { EventFeed } from './session/event-feed.js';
import { Ledger } from './session/ledger.js';
import { Store } from './store.js';
import { StoreHealth } from './store-health.js';
import { TimelineStore } from './store-timeline.js';
import { BulkStore } from './tools/store-bulk.js';

interface StoreSideNeeds {
  config: SubsManagerConfig;
  log: Log;
  metrics: SubsMetrics;
  clock: Clock;
  /** Another instance took the sessions over. */
  onLost(reason: string): void;
}

/** PostgreSQL, the outbox and NATS: where facts are kept and where they leave from. */
export function createStoreSide({ config, log, metrics, clock, onLost }: StoreSideNeeds) {
  const databaseUrl = config.databaseUrl ?? readSecret(config.databaseUrlFile ?? '');
  const postgres = new Postgres({
    url: databaseUrl,
    schema: 'subs_manager',
    migrations: [
      outboxMigration,
      sessionsMigration,
      placesMigration,
      ipv6Migration,
      timelineMigration,
      upstreamMigration,
      servicesMigration,
      bulkMigration,
      ownerMigration,
      refusalMigration,
      timelineStepsMigration,
      bookMigration,
    ],
  });
  const ownership = new Ownership({ databaseUrl, knex: postgres.knex, clock, log, onLost });
  const store = new Store(postgres.knex, ownership);
  const timelineStore = new TimelineStore(postgres.knex);
  const bulkStore = new BulkStore(postgres.knex, config.owner);
  const bus = new EventBus(config.nats, 'subs-manager', log, [streams.sessions]);
  const outbox = new Outbox(postgres.knex, bus, log);
  const health = new StoreHealth();
  const commit = async (items: readonly Fact[]) => {
    try {
      outbox.take(await health.watch(() => store.commit(items)));
    } catch (error) {
      // It may have been committed all the same.
      outbox.kick();
      throw error;
    }
  };
  const facts = new GroupCommit<Fact>(commit);
  const feed = new EventFeed();
  const ledger = new Ledger(facts, feed, (ms) => metrics.step('store', ms));
  // Migrated by the boot sequence, which can wait; closed last.
  const database: Component = { name: postgres.name, start: async () => {}, stop: () => postgres.stop() };
  const components = [database, inBackground(bus)];
  /** Counted in the table; while PostgreSQL is away, what the outbox saw last. */
  const outboxPending = () => store.outboxPending().catch(() => outbox.pending);
  return {
    ...{ store, health, ownership, timelineStore, bulkStore, outbox, feed, ledger, components, outboxPending },
    migrate: () => postgres.migrate(),
    /** Once the sessions are ours: what a former run was in the middle of. */
    begun: () => bulkStore.interrupt(clock.nowMs()),
  };
}

/** Connects in the background: sessions come up without NATS, their events wait in the outbox. */
const inBackground = (bus: EventBus): Component => ({
  name: bus.name,
  async start(signal) {
    bus.start(signal).catch(() => {});
  },
  stop: () => bus.stop(),
});
