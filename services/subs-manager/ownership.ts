import { hostname } from 'node:os';
import pg from 'pg';
import { type Clock, sleep } from '#lib/kernel/clock.js';
import { BngError } from '#lib/kernel/errors.js';
import type { Log } from '#lib/kernel/log.js';
import type { Knex } from '#lib/kernel/postgres.js';

/** PostgreSQL's advisory lock that the owner of the sessions holds. */
const LOCK = [7_226_120, 0] as const;
const CONNECT_MS = 5000;
const LOOK_MS = 500;
/** A holder whose machine vanished is forgotten by PostgreSQL after about 15 s, or when its kernel says so. */
const FORGET = 'SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 3; SET tcp_keepalives_count = 3';

/** This instance, for those who are told to whom the sessions belong. */
export const instanceName = `subs-manager ${hostname()} pid ${process.pid}`;

export interface OwnershipOptions {
  readonly databaseUrl: string;
  readonly knex: Knex;
  readonly clock: Clock;
  readonly log: Log;
  /** Another instance has the sessions now: this one must end. */
  readonly onLost: (reason: string) => void;
}

/**
 * One instance at a time has the sessions of a database: it holds an advisory lock for as long as it lives. A second one,
 * started by mistake or as a standby, waits and says who has them; it takes over within a second of the holder's death.
 * The epoch fences: what an instance commits that was overtaken without noticing is refused by the store.
 */
export class Ownership {
  private client: pg.Client | undefined;
  private readonly abort = new AbortController();
  private watching: Promise<void> = Promise.resolve();
  private holder = '';
  private current = 0n;
  private name = '';

  constructor(private readonly options: OwnershipOptions) {}

  /** Of this instance since it has the sessions; 0 before. */
  get epoch(): bigint {
    return this.current;
  }

  /** The database's own name, known since this instance has the sessions. */
  get book(): string {
    return this.name;
  }

  /** Who has the sessions instead; empty: nobody else, as far as is known. */
  get heldBy(): string {
    return this.holder;
  }

  /** Resolves when the sessions are ours; waits for it as long as it takes. Rejects when `signal` aborts. */
  async acquire(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (await this.attempt()) {
        this.current = await this.begin();
        this.watching = this.watch();
        return;
      }
      await sleep(LOOK_MS, signal);
    }
    throw new BngError('cancelled', 'the service stops');
  }

  private async attempt(): Promise<boolean> {
    try {
      const client = this.client ?? (await this.connect());
      const { rows } = await client.query<{ got: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS got', [...LOCK]);
      const got = rows[0]?.got === true;
      this.note(got ? '' : await this.askHolder(client));
      return got;
    } catch (error) {
      this.options.log.debug({ err: error }, 'PostgreSQL cannot be asked who has the sessions');
      void this.disconnect();
      return false;
    }
  }

  private note(holder: string): void {
    if (holder !== '' && holder !== this.holder)
      this.options.log.error(
        { holder },
        'refused: another subs-manager has the sessions of this database; waiting for its end',
      );
    this.holder = holder;
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.options.databaseUrl,
      application_name: instanceName.slice(0, 63),
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: CONNECT_MS,
      keepAlive: true,
    });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.query(FORGET);
    } catch (error) {
      client.end().catch(() => {});
      throw error;
    }
    this.client = client;
    return client;
  }

  private async disconnect(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    await client?.end().catch(() => {});
  }

  private async askHolder(client: pg.Client): Promise<string> {
    const { rows } = await client.query<{ name: string; address: string; since: string }>(
      `SELECT a.application_name AS name, coalesce(host(a.client_addr), 'local') AS address, a.backend_start::text AS since
       FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
       WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND l.classid = $1 AND l.objid = $2
         AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      [...LOCK],
    );
    const [row] = rows;
    return row ? `${row.name} at ${row.address}, connected since ${row.since}` : 'an instance that is just leaving';
  }

  /** Whoever had the sessions before is shut out of the store from here on. */
  private async begin(): Promise<bigint> {
    const { knex, clock } = this.options;
    const { rows } = await knex.raw<{ rows: { epoch: string; book: string }[] }>(
      `INSERT INTO owner (id, epoch, holder, since_ms) VALUES (1, 1, ?, ?)
       ON CONFLICT (id) DO UPDATE SET epoch = owner.epoch + 1, holder = excluded.holder, since_ms = excluded.since_ms
       RETURNING epoch, book`,
      [instanceName, clock.nowMs()],
    );
    this.name = rows[0]?.book ?? '';
    return BigInt(rows[0]?.epoch ?? 0);
  }

  /** As long as the lock's connection answers, the sessions are ours; when it broke, the lock is asked for again. */
  private async watch(): Promise<void> {
    const { signal } = this.abort;
    let owns = true;
    while (!signal.aborted) {
      await sleep(LOOK_MS, signal);
      if (signal.aborted || (owns && (await this.answers()))) continue;
      if (signal.aborted) return;
      owns = false;
      if (await this.overtaken()) return this.lost();
      if (!(await this.attempt())) continue;
      if (await this.overtaken()) return this.lost();
      owns = true;
    }
  }

  private async answers(): Promise<boolean> {
    try {
      await this.client?.query('SELECT 1');
      return true;
    } catch {
      void this.disconnect();
      return false;
    }
  }

  /** Whether somebody has had the sessions since; false while PostgreSQL cannot be asked. */
  private async overtaken(): Promise<boolean> {
    const row = await this.options
      .knex('owner')
      .first('epoch')
      .catch(() => undefined);
    return row !== undefined && BigInt(row.epoch) !== this.current;
  }

  private lost(): void {
    const reason = `another subs-manager took the sessions over${this.holder && `: ${this.holder}`}`;
    this.options.log.fatal({ holder: this.holder }, reason);
    this.options.onLost(reason);
  }

  /** Resolves when the lock is given back: also when the watch was just asking, and had begun to connect anew. */
  async stop(): Promise<void> {
    this.abort.abort();
    await this.disconnect();
    await this.watching;
    await this.disconnect();
  }
}
