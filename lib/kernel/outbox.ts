import { backoffMs, sleep } from './clock.js';
import type { OutgoingEvent } from './jetstream.js';
import type { Component } from './lifecycle.js';
import type { Log } from './log.js';
import type { Knex, Migration } from './postgres.js';
import { jsonRows, runScript } from './sql-script.js';

/** An event waiting in the same database as the fact it tells. */
export interface OutboxEvent extends OutgoingEvent {
  /** Events with the same key leave in the order they were written. */
  orderKey: string;
}

/** An event with the number of its row. */
export interface WrittenEvent extends OutboxEvent {
  row: string;
}

/** The outbox table; list it among the migrations of a service that uses the outbox. */
export const outboxMigration: Migration = {
  name: '000-outbox',
  async up(knex) {
    await knex.schema.createTable('outbox', (table) => {
      table.bigIncrements('id');
      table.text('event_id').notNullable();
      table.text('order_key').notNullable();
      table.text('subject').notNullable();
      table.binary('payload').notNullable();
      table.timestamp('written_at').notNullable().defaultTo(knex.fn.now());
    });
  },
};

/** The statement that writes events, for a script with the fact they tell; it gives the `id` of each row, in order. */
export function enqueueing(events: readonly OutboxEvent[]): string {
  const rows = events.map(({ id, orderKey, subject, payload }, place) => ({
    ...{ place, id, key: orderKey, subject },
    payload: Buffer.from(payload).toString('base64'),
  }));
  return `INSERT INTO outbox (event_id, order_key, subject, payload)
    SELECT v.id, v.key, v.subject, decode(v.payload, 'base64')
    FROM json_to_recordset(${jsonRows(rows)}) AS v(place int, id text, key text, subject text, payload text)
    ORDER BY v.place RETURNING id`;
}

/** Writes events within the transaction of the fact. They leave once it commits; call `Outbox.kick` then. */
export async function enqueue(trx: Knex, events: readonly OutboxEvent[]): Promise<void> {
  if (events.length > 0) await runScript(trx, [enqueueing(events)]);
}

export interface OutboxOptions {
  /** The table is looked at as often, for events that nobody said anything of. */
  readonly pollMs: number;
  /** Events that leave at once. */
  readonly batch: number;
  /** Rows of events that have left go together, so long after the first of them. */
  readonly sweepMs: number;
}

const defaults: OutboxOptions = { pollMs: 1000, batch: 500, sweepMs: 100 };

/** More than so many handed over are left to the table. */
const MAX_TAKEN = 5000;

/**
 * Carries events from the outbox table to JetStream; a row goes only after JetStream confirmed it. Events that are handed over
 * as they are committed leave from memory; the table is read at start, after a failure, and when somebody says so.
 */
export class Outbox implements Component {
  readonly name = 'outbox';
  private readonly abort = new AbortController();
  private readonly options: OutboxOptions;
  private loop: Promise<void> = Promise.resolve();
  private wake: () => void = () => {};
  /** The table may hold what was not handed over. */
  private behind = true;
  /** Something was handed over while it is read. */
  private missed = false;
  private taken: WrittenEvent[] = [];
  /** Rows of events that JetStream has, and since when the first of them waits to be deleted. */
  private left: string[] = [];
  private leftAtMs = 0;
  private lastPending = 0;

  constructor(
    private readonly knex: Knex,
    private readonly publisher: { publish(event: OutgoingEvent): Promise<void> },
    private readonly log: Log,
    options: Partial<OutboxOptions> = {},
  ) {
    this.options = { ...defaults, ...options };
  }

  /** Events not yet confirmed by JetStream at the last look, at most one batch. */
  get pending(): number {
    return this.lastPending;
  }

  /** Says that something may have been committed, so that the table is read now instead of at the next poll. */
  kick(): void {
    this.behind = true;
    this.wake();
  }

  /** Events that were committed just now, all of the service in the order of their rows. */
  take(events: readonly WrittenEvent[]): void {
    if (events.length === 0) return;
    if (this.taken.length + events.length > MAX_TAKEN) this.behind = true;
    if (!this.behind) this.taken.push(...events);
    else this.missed = true;
    this.wake();
  }

  async start(): Promise<void> {
    this.loop = this.run();
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.abort.signal.aborted) {
      try {
        if (this.behind) await this.catchUp();
        else await this.sendTaken();
        await this.sweep();
        failures = 0;
      } catch (error) {
        failures++;
        this.behind = true;
        this.log.warn({ err: error }, 'outbox: events wait');
        await sleep(backoffMs(failures, 100, 5000), this.abort.signal);
      }
      if (!this.behind && this.taken.length === 0) await this.idle();
    }
    await this.deleteLeft().catch((error) => this.log.debug({ err: error }, 'outbox: told again at the next start'));
  }

  private async idle(): Promise<void> {
    if (this.abort.signal.aborted) return;
    const { pollMs, sweepMs } = this.options;
    const isPoll = this.left.length === 0;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(
        () => {
          this.behind ||= isPoll;
          resolve();
        },
        isPoll ? pollMs : sweepMs,
      );
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = () => {};
  }

  /** One batch of the table. What is handed over meanwhile is in it or in the next one. */
  private async catchUp(): Promise<void> {
    this.taken = [];
    await this.deleteLeft();
    this.missed = false;
    const rows = await this.knex('outbox').orderBy('id').limit(this.options.batch);
    await this.send(
      rows.map((row) => ({
        ...{ row: row.id, id: row.event_id, orderKey: row.order_key, subject: row.subject, payload: row.payload },
      })),
    );
    await this.deleteLeft();
    if (rows.length < this.options.batch && !this.missed) this.behind = false;
  }

  private async sendTaken(): Promise<void> {
    const events = this.taken.splice(0, this.options.batch);
    if (events.length > 0) await this.send(events);
  }

  /** In order per key, keys side by side. Throws the first failure once all have ended. */
  private async send(events: readonly WrittenEvent[]): Promise<void> {
    this.lastPending = events.length;
    const byKey = new Map<string, WrittenEvent[]>();
    for (const event of events) {
      const chain = byKey.get(event.orderKey);
      if (chain) chain.push(event);
      else byKey.set(event.orderKey, [event]);
    }
    const outcomes = await Promise.allSettled([...byKey.values()].map((chain) => this.sendChain(chain)));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
  }

  private async sendChain(chain: readonly WrittenEvent[]): Promise<void> {
    for (const event of chain) {
      await this.publisher.publish(event);
      if (this.left.length === 0) this.leftAtMs = performance.now();
      this.left.push(event.row);
      this.lastPending--;
    }
  }

  private async sweep(): Promise<void> {
    const { batch, sweepMs } = this.options;
    if (this.left.length < batch && performance.now() - this.leftAtMs < sweepMs) return;
    await this.deleteLeft();
  }

  private async deleteLeft(): Promise<void> {
    const rows = this.left;
    if (rows.length === 0) return;
    await runScript(this.knex, [`DELETE FROM outbox WHERE id IN (${rows.join(', ')})`]);
    this.left = this.left.slice(rows.length);
  }

  /** Stops after the batch under way; rows left are sent after the next start. */
  async stop(): Promise<void> {
    this.abort.abort();
    this.wake();
    await this.loop;
  }
}
