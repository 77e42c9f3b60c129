import { backoffMs, sleep } from './clock.js';
import type { OutgoingEvent } from './jetstream.js';
import type { Component } from './lifecycle.js';
import type { Log } from './log.js';
import type { Knex, Migration } from './postgres.js';

/** An event waiting in the same database as the fact it tells. */
export interface OutboxEvent extends OutgoingEvent {
  /** Events with the same key leave in the order they were written. */
  orderKey: string;
}

interface Row {
  id: string;
  event_id: string;
  order_key: string;
  subject: string;
  payload: Buffer;
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

/** Writes events within the transaction of the fact. They leave once it commits; call `Outbox.kick` then. */
export async function enqueue(trx: Knex, events: readonly OutboxEvent[]): Promise<void> {
  if (events.length === 0) return;
  await trx.raw(
    `INSERT INTO outbox (event_id, order_key, subject, payload)
     SELECT v.id, v.key, v.subject, decode(v.payload, 'hex')
     FROM unnest(?::text[], ?::text[], ?::text[], ?::text[]) WITH ORDINALITY AS v(id, key, subject, payload, n) ORDER BY v.n`,
    [
      events.map(({ id }) => id),
      events.map(({ orderKey }) => orderKey),
      events.map(({ subject }) => subject),
      events.map(({ payload }) => Buffer.from(payload).toString('hex')),
    ],
  );
}

/** Carries events from the outbox table to JetStream; a row goes only after JetStream confirmed it. */
export class Outbox implements Component {
  readonly name = 'outbox';
  private readonly abort = new AbortController();
  private loop: Promise<void> = Promise.resolve();
  private wake: () => void = () => {};
  private kicked = false;
  private lastPending = 0;

  constructor(
    private readonly knex: Knex,
    private readonly publisher: { publish(event: OutgoingEvent): Promise<void> },
    private readonly log: Log,
    private readonly options: { pollMs: number; batch: number } = { pollMs: 1000, batch: 500 },
  ) {}

  /** Events not yet confirmed by JetStream at the last look, at most one batch. */
  get pending(): number {
    return this.lastPending;
  }

  /** Says that something was committed, so that it leaves now instead of at the next poll. */
  kick(): void {
    this.kicked = true;
    this.wake();
  }

  async start(): Promise<void> {
    this.loop = this.run();
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.abort.signal.aborted) {
      this.kicked = false;
      try {
        const sent = await this.sendBatch();
        failures = 0;
        if (sent === this.options.batch) continue;
      } catch (error) {
        failures++;
        this.log.warn({ err: error }, 'outbox: events wait');
        await sleep(backoffMs(failures, 100, 5000), this.abort.signal);
        continue;
      }
      if (!this.kicked) await this.idle();
    }
  }

  private async idle(): Promise<void> {
    if (this.abort.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.options.pollMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** One batch: in order per key, keys side by side. Throws after deleting what did get through. */
  private async sendBatch(): Promise<number> {
    const rows: Row[] = await this.knex('outbox').orderBy('id').limit(this.options.batch);
    this.lastPending = rows.length;
    if (rows.length === 0) return 0;
    const byKey = new Map<string, Row[]>();
    for (const row of rows) byKey.set(row.order_key, [...(byKey.get(row.order_key) ?? []), row]);
    const sent: string[] = [];
    const outcomes = await Promise.allSettled([...byKey.values()].map((chain) => this.sendChain(chain, sent)));
    if (sent.length > 0) await this.knex('outbox').whereIn('id', sent).delete();
    this.lastPending = rows.length - sent.length;
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
    return rows.length;
  }

  private async sendChain(chain: readonly Row[], sent: string[]): Promise<void> {
    for (const row of chain) {
      await this.publisher.publish({ id: row.event_id, subject: row.subject, payload: row.payload });
      sent.push(row.id);
    }
  }

  /** Stops after the batch under way; rows left are sent after the next start. */
  async stop(): Promise<void> {
    this.abort.abort();
    this.wake();
    await this.loop;
  }
}
