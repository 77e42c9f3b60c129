import { backoffMs, sleep } from '#lib/kernel/clock.js';
import type { Component, StateHolder } from '#lib/kernel/lifecycle.js';
import type { Log } from '#lib/kernel/log.js';
import type { LineWatch } from './lines/line-watch.js';
import type { Ownership } from './ownership.js';
import type { Ledger } from './session/ledger.js';
import type { Restore } from './session/restore.js';
import type { Terminator } from './session/terminator.js';
import type { Timers } from './session/timers.js';
import type { Store } from './store.js';

/** Longest wait at stop for clients being worked for. */
const DRAIN_MS = 4000;

export interface BootParts {
  /** Migrates; fails while PostgreSQL is away. */
  migrate(): Promise<void>;
  store: Store;
  /** Resolves when no other instance has the sessions. */
  ownership: Pick<Ownership, 'acquire' | 'stop'>;
  /** Once they are ours. */
  begun(): Promise<void>;
  outbox: Component;
  restore: Restore;
  lines: LineWatch;
  timers: Timers;
  terminator: Terminator;
  ledger: Ledger;
  /** Those who take clients' messages. */
  intakes: readonly { accept(): void; close(graceMs: number): Promise<void> }[];
  nowMs(): number;
  state: StateHolder;
  log: Log;
}

/**
 * Brings the service from its rows to readiness: ownership, rows, lines, sessions into VPP, then intake. It waits for PostgreSQL
 * and configd as long as it takes, without holding up the start of the process.
 */
export class Boot implements Component {
  readonly name = 'boot';
  private readonly abort = new AbortController();
  private work: Promise<void> = Promise.resolve();

  constructor(private readonly parts: BootParts) {}

  async start(): Promise<void> {
    this.parts.state.set('restoring');
    this.work = this.run().catch((error) => {
      if (!this.abort.signal.aborted) this.parts.log.fatal({ err: error }, 'restore failed');
    });
  }

  private async run(): Promise<void> {
    const { store, outbox, restore, lines, timers, intakes, state, log } = this.parts;
    const { signal } = this.abort;
    await this.whenStoreIsThere(() => this.parts.migrate());
    await this.parts.ownership.acquire(signal);
    await this.whenStoreIsThere(() => this.parts.begun());
    restore.load(await this.whenStoreIsThere(() => store.load(this.parts.nowMs())));
    await outbox.start(signal);
    await lines.start(signal);
    await restore.pushAll(signal);
    if (signal.aborted) return;
    await timers.start();
    for (const intake of intakes) intake.accept();
    restore.endLeftovers();
    state.set('ready');
    log.info('ready');
  }

  private async whenStoreIsThere<T>(read: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await read();
      } catch (error) {
        if (this.abort.signal.aborted) throw error;
        this.parts.log.warn({ err: error }, 'the store is not ready yet');
        await sleep(backoffMs(attempt, 100, 2000), this.abort.signal);
      }
    }
  }

  /** Clients being worked for get their answer; ends that cannot be finished are left to the next start. */
  async drain(): Promise<void> {
    this.abort.abort();
    await this.work;
    await this.parts.timers.drain();
    await Promise.all(this.parts.intakes.map((intake) => intake.close(DRAIN_MS)));
    this.parts.terminator.stop();
    await this.parts.ledger.idle();
  }

  async stop(): Promise<void> {
    await this.parts.lines.stop();
    await this.parts.outbox.stop();
    await this.parts.ownership.stop();
  }
}
