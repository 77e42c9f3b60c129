import { type Clock, sleep } from '#lib/kernel/clock.js';
import { BngError } from '#lib/kernel/errors.js';
import type { Component } from '#lib/kernel/lifecycle.js';
import type { Log } from '#lib/kernel/log.js';
import type { EventTeller } from './events.js';
import type { ConfigdMetrics } from './metrics.js';
import { emptyConfig } from './pending-confirm.js';
import type { Applied } from './reconcile/engine.js';
import type { ConfigService } from './service.js';
import type { PendingConfirm, Snapshot, StoredConfig } from './snapshot.js';
import type { ConfigStore } from './store.js';
import type { StoreLink } from './store-link.js';

export interface ConfirmationOptions {
  readonly config: Pick<ConfigService, 'current' | 'exclusively' | 'switchTo' | 'settle'>;
  readonly store: Pick<ConfigStore, 'nextVersion' | 'adopt'>;
  readonly link: Pick<StoreLink, 'use' | 'available'>;
  readonly snapshot: Pick<Snapshot, 'write'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<ConfigdMetrics, 'reverted'>;
  readonly events: EventTeller;
}

const lookMs = 200;
const retryMs = 5_000;

/**
 * Takes back a configuration that was applied for a time only, unless it is confirmed. The wait is part of the local snapshot:
 * it goes on, or ends at once, when configd is started again, with or without PostgreSQL. While configd runs, steps of the
 * wall clock do not shorten or lengthen it.
 */
export class Confirmation implements Component {
  readonly name = 'confirmation';
  private readonly abort = new AbortController();
  private loop: Promise<void> = Promise.resolve();
  private armed: { pending: PendingConfirm; dueMs: number } | undefined;

  constructor(private readonly options: ConfirmationOptions) {}

  async start(): Promise<void> {
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.loop;
  }

  /**
   * Keeps the version that waits; resolves when that is on the disk. Throws `not_found` when none waits, `stale` when it is
   * another than `version` (0n: whichever).
   */
  confirm(version: bigint, user: string): Promise<bigint> {
    const { config, snapshot, log, events } = this.options;
    return config.exclusively(async () => {
      const waiting = config.current;
      if (!waiting?.pending) throw new BngError('not_found', 'no version waits for a confirmation');
      if (version !== 0n && version !== waiting.version)
        throw new BngError('stale', `version ${waiting.version} waits for a confirmation, not ${version}`);
      const { pending: _, ...kept } = waiting;
      await snapshot.write(kept);
      config.settle(kept);
      log.info({ version: String(kept.version), user }, 'configuration confirmed');
      events.tell('bng.config.confirmed', { version: String(kept.version), user });
      return kept.version;
    });
  }

  private async run(): Promise<void> {
    const { signal } = this.abort;
    while (!signal.aborted) {
      await sleep(lookMs, signal);
      if (signal.aborted || !this.isDue()) continue;
      await this.takeBack().catch(async (error) => {
        this.options.log.error({ err: error }, 'the unconfirmed configuration is not taken back yet');
        await sleep(retryMs, signal);
      });
    }
  }

  /** The wall clock counts when the wait is first seen, the monotonic one from then on. */
  private isDue(): boolean {
    const { config, clock } = this.options;
    const pending = config.current?.pending;
    if (pending === undefined) this.armed = undefined;
    else if (this.armed?.pending !== pending)
      this.armed = { pending, dueMs: clock.monotonicMs() + pending.deadlineMs - clock.nowMs() };
    return this.armed !== undefined && clock.monotonicMs() >= this.armed.dueMs;
  }

  private takeBack(): Promise<void> {
    const { config, clock, log, metrics, events } = this.options;
    return config.exclusively(async () => {
      const unconfirmed = config.current;
      if (!unconfirmed?.pending || !this.isDue()) return;
      const startedMs = clock.monotonicMs();
      const { before, user } = unconfirmed.pending;
      const next = await this.successor(unconfirmed, before);
      const applied = await config.switchTo(next);
      const stored = await this.record(next, unconfirmed, applied, clock.monotonicMs() - startedMs);
      metrics.reverted();
      const [version, back] = [String(unconfirmed.version), String(before?.version ?? 0n)];
      log.warn({ version, back, as: String(stored.version) }, 'not confirmed in time: taken back');
      events.tell('bng.config.reverted', { version, revertedTo: back, as: String(stored.version), user });
    });
  }

  /** The earlier text under a new number, so that it is the newest wherever versions are compared. */
  private async successor(unconfirmed: StoredConfig, before: StoredConfig | undefined): Promise<StoredConfig> {
    const { store, link } = this.options;
    const { yaml, etag } = before ?? emptyConfig(0n);
    const local = unconfirmed.version + 1n;
    const version = link.available ? await link.use(() => store.nextVersion()).catch(() => local) : local;
    return { version: version > local ? version : local, yaml, etag, tookBack: unconfirmed.version };
  }

  /** The snapshot first: from then on the earlier configuration counts. PostgreSQL hears of it now or when it is back. */
  private async record(
    next: StoredConfig,
    unconfirmed: StoredConfig,
    applied: Applied | undefined,
    durationMs: number,
  ): Promise<StoredConfig> {
    const { store, link, snapshot, log, config } = this.options;
    await snapshot.write(next);
    try {
      const back = unconfirmed.pending?.before?.version;
      const comment = `version ${unconfirmed.version} was not confirmed: ${back ? `back to version ${back}` : 'back to nothing'}`;
      const details = {
        steps: applied?.plan.steps.length ?? 0,
        messagesSent: applied?.outcome.messages ?? 0,
        durationMs,
      };
      const stored = await link.use(() => store.adopt(next, { source: 'confirm', comment, ...details }));
      if (stored.version === next.version) return stored;
      config.settle(stored);
      await snapshot.write(stored);
      return stored;
    } catch (error) {
      log.warn({ err: error }, 'PostgreSQL does not know of it yet');
      return next;
    }
  }
}
