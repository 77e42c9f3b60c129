import pg from 'pg';
import { sleep } from './clock.js';
import type { Component } from './lifecycle.js';
import type { Log } from './log.js';

/** One share of the work while this instance holds it. */
export interface Share {
  start(): Promise<void>;
  /** Resolves when nothing of it is under way any more; only then another instance may take it. */
  stop(): Promise<void>;
}

export interface SharesOptions {
  readonly databaseUrl: string;
  /** Two classes of advisory locks that nobody else uses in this database: members, and shares. */
  readonly lockClass: number;
  readonly count: number;
  readonly make: (share: number) => Share;
  readonly log: Log;
  /** How often the shares are looked at. Default 1 s. */
  readonly everyMs?: number;
}

const CONNECT_MS = 5000;

/**
 * Divides numbered shares among all instances of a service by PostgreSQL's advisory locks: each share is held by one
 * instance, all hold about as many, and those of an instance that died are free as soon as its connection is gone.
 * Without PostgreSQL nothing is held.
 */
export class Shares implements Component {
  readonly name = 'shares';
  private readonly held = new Map<number, Share>();
  private readonly abort = new AbortController();
  private client: pg.Client | undefined;
  private loop: Promise<void> = Promise.resolve();

  constructor(private readonly options: SharesOptions) {}

  /** How many shares this instance holds now. */
  get size(): number {
    return this.held.size;
  }

  async start(): Promise<void> {
    this.loop = this.run();
  }

  /** Lets go of all shares, one after another, and of the connection. */
  async drain(): Promise<void> {
    this.abort.abort();
    await this.loop;
    await this.lose();
  }

  stop(): Promise<void> {
    return this.drain();
  }

  private async run(): Promise<void> {
    while (!this.abort.signal.aborted) {
      try {
        await this.balance(this.client ?? (await this.join()));
      } catch (error) {
        this.options.log.warn({ err: error }, 'shares of the work are let go');
        await this.lose();
      }
      await sleep(this.options.everyMs ?? 1000, this.abort.signal);
    }
  }

  private async join(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.options.databaseUrl,
      application_name: 'causeway-shares',
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: CONNECT_MS,
      keepAlive: true,
    });
    client.on('error', () => {});
    await client.connect();
    await client.query('select pg_advisory_lock($1, pg_backend_pid())', [this.options.lockClass]);
    this.client = client;
    return client;
  }

  private async balance(client: pg.Client): Promise<void> {
    const { lockClass, count } = this.options;
    const { rows } = await client.query<{ classid: string; objid: string; pid: number }>(
      `select classid, objid, pid from pg_locks where locktype = 'advisory' and granted and objsubid = 2
         and classid in ($1, $2) and database = (select oid from pg_database where datname = current_database())`,
      [lockClass, lockClass + 1],
    );
    const members = rows.filter(({ classid }) => Number(classid) === lockClass).length;
    const taken = new Set(
      rows.filter(({ classid }) => Number(classid) !== lockClass).map(({ objid }) => Number(objid)),
    );
    const fair = Math.ceil(count / Math.max(1, members));
    for (const share of [...this.held.keys()].slice(fair)) await this.release(client, share);
    for (let share = 0; share < count && this.held.size < fair; share++) {
      if (!taken.has(share)) await this.take(client, share);
    }
  }

  private async take(client: pg.Client, share: number): Promise<void> {
    const { lockClass, make } = this.options;
    const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1, $2) as got', [
      lockClass + 1,
      share,
    ]);
    if (!rows[0]?.got) return;
    const work = make(share);
    this.held.set(share, work);
    await work.start();
  }

  private async release(client: pg.Client, share: number): Promise<void> {
    await this.held.get(share)?.stop();
    this.held.delete(share);
    await client.query('select pg_advisory_unlock($1, $2)', [this.options.lockClass + 1, share]);
  }

  /** Stops all work, then lets the locks go with the connection. */
  private async lose(): Promise<void> {
    await Promise.all([...this.held.values()].map((work) => work.stop()));
    this.held.clear();
    const { client } = this;
    this.client = undefined;
    await client?.end().catch(() => undefined);
  }
}
