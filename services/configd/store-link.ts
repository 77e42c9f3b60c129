import { backoffMs, sleep } from '#lib/kernel/clock.js';
import { BngError } from '#lib/kernel/errors.js';
import type { Component } from '#lib/kernel/lifecycle.js';
import type { Log } from '#lib/kernel/log.js';
import type { Knex } from '#lib/kernel/postgres.js';

/** What the link needs of PostgreSQL. */
export interface Database {
  readonly knex: Knex;
  migrate(): Promise<void>;
}

const pingMs = 5_000;
const firstTryMs = 5_000;

/** Knows whether PostgreSQL can be reached, and brings what was missed up to date when it is back. */
export class StoreLink implements Component {
  readonly name = 'store-link';
  private reachable = false;
  private readonly abort = new AbortController();
  private loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly log: Log,
    /** Runs before the store counts as available again; when it fails it is tried again. */
    private readonly onBack: () => Promise<void>,
  ) {}

  get available(): boolean {
    return this.reachable;
  }

  /** Tries to reach PostgreSQL and to bring its tables up to date. Throws what is not a lost connection. */
  async connect(): Promise<boolean> {
    try {
      await withDeadline(this.database.migrate(), firstTryMs);
      this.reachable = true;
    } catch (error) {
      if (!isAway(error)) throw error;
      this.lost(error);
    }
    return this.reachable;
  }

  /** Runs a query; a lost connection makes the store unavailable. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isAway(error)) this.lost(error);
      throw error;
    }
  }

  /** Refuses what cannot be done while PostgreSQL is away. */
  assertAvailable(): void {
    if (!this.reachable)
      throw new BngError(
        'unavailable',
        'PostgreSQL is away: the configuration in force stays and cannot be changed now',
      );
  }

  async start(): Promise<void> {
    this.loop = this.watch();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.loop;
  }

  private lost(error: unknown): void {
    if (this.reachable) this.log.warn({ err: error }, 'PostgreSQL is away; changes are refused until it is back');
    this.reachable = false;
  }

  private async watch(): Promise<void> {
    const { signal } = this.abort;
    for (let attempt = 0; !signal.aborted; ) {
      await sleep(this.reachable ? pingMs : backoffMs(attempt, 200, 2_000), signal);
      if (signal.aborted) return;
      attempt = (await this.look()) ? 0 : attempt + 1;
    }
  }

  /** A ping while it is there; while it is away, an attempt to come back. */
  private async look(): Promise<boolean> {
    try {
      if (this.reachable) await this.use(() => withDeadline(this.ping(), firstTryMs));
      else await this.comeBack();
    } catch (error) {
      if (!isAway(error)) this.log.error({ err: error }, 'PostgreSQL does not serve');
    }
    return this.reachable;
  }

  private async ping(): Promise<void> {
    try {
      await this.database.knex.raw('SELECT 1');
    } catch (error) {
      throw new BngError('unavailable', 'PostgreSQL does not answer', {}, error);
    }
  }

  private async comeBack(): Promise<void> {
    await withDeadline(this.database.migrate(), firstTryMs);
    await this.onBack();
    this.reachable = true;
    this.log.info('PostgreSQL is back');
  }
}

const isAway = (error: unknown): boolean =>
  error instanceof BngError && ['unavailable', 'timeout'].includes(error.code);

async function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new BngError('unavailable', `PostgreSQL did not answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
