import { afterAll, describe, expect, it } from '@jest/globals';
import { EventBus, type IncomingEvent, streams } from '#lib/kernel/jetstream.js';
import { silentLog } from '#lib/kernel/log.js';
import { enqueue, Outbox, outboxMigration } from '#lib/kernel/outbox.js';
import { Postgres } from '#lib/kernel/postgres.js';
import { startNats } from './nats.js';
import { startPostgres } from './postgres.js';
import { waitFor } from './wait-for.js';

describe('outbox to JetStream with the real neighbours', () => {
  const cleanups: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  it('delivers every committed event once and in order per key, across a loss of NATS', async () => {
    const [server, nats] = await Promise.all([startPostgres(), startNats()]);
    cleanups.push(server.stop, nats.stop);
    const postgres = new Postgres({ url: server.url, schema: 'probe', migrations: [outboxMigration] });
    await postgres.start();
    await postgres.migrate();
    const bus = new EventBus(nats.url, 'probe', silentLog(), [streams.sessions]);
    await bus.start(new AbortController().signal);
    const outbox = new Outbox(postgres.knex, bus, silentLog(), { pollMs: 50, batch: 50 });
    await outbox.start();
    cleanups.push(
      () => postgres.stop(),
      () => bus.stop(),
      () => outbox.stop(),
    );

    const seen: string[] = [];
    const handler = (event: IncomingEvent) => {
      seen.push(`${event.subject} ${Buffer.from(event.payload).toString()}`);
      event.ack();
    };
    await bus.consume({
      stream: streams.sessions,
      durable: 'probe',
      subject: 'bng.session.>',
      ackWaitMs: 5000,
      maxPending: 100,
      handler,
    });

    const write = (from: number) =>
      postgres.knex.transaction((trx) =>
        enqueue(
          trx,
          Array.from({ length: 100 }, (_, i) => ({
            id: `e${from + i}`,
            orderKey: `k${i % 3}`,
            subject: `bng.session.up.k${i % 3}`,
            payload: Buffer.from(String(from + i).padStart(4, '0')),
          })),
        ),
      );
    await write(0);
    outbox.kick();
    await waitFor('first hundred', () => seen.length >= 100);
    await nats.kill();
    await write(100);
    outbox.kick();
    await nats.restart();
    await waitFor('second hundred', () => new Set(seen).size >= 200, 40_000);
    for (const key of ['k0', 'k1', 'k2']) {
      const mine = [...new Set(seen.filter((line) => line.includes(key)))];
      expect(mine).toEqual([...mine].sort());
    }
    expect(new Set(seen).size).toBe(200);
    await waitFor('empty outbox', async () => (await postgres.knex('outbox')).length === 0);
  }, 60_000);
});
