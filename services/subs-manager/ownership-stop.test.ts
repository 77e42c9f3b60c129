import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { systemClock } from '#lib/kernel/clock.js';
import { silentLog } from '#lib/kernel/log.js';
import { type Knex, Postgres } from '#lib/kernel/postgres.js';
import { type PostgresServer, startPostgres } from '../../test/harness/postgres.js';
import { ownerMigration } from './migrations/009-owner.js';
import { bookMigration } from './migrations/012-book.js';
import { Ownership } from './ownership.js';

let server: PostgresServer;
let database: Postgres;

beforeAll(async () => {
  server = await startPostgres();
  database = new Postgres({ url: server.url, schema: 'subs_manager', migrations: [ownerMigration, bookMigration] });
  await database.migrate();
}, 60_000);
afterAll(async () => {
  await database?.stop();
  await server?.stop();
});

const owner = (knex: Knex) =>
  new Ownership({ databaseUrl: server.url, knex, clock: systemClock, log: silentLog(), onLost: () => {} });

function gate(): { opened: Promise<void>; open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** The store, with the reading of the epoch held up until `answer` opens; `asked` opens when it is asked for. */
function heldUp(asked: () => void, answer: Promise<void>): Knex {
  const { knex } = database;
  const first = async () => {
    asked();
    await answer;
  };
  return Object.assign(() => ({ first }), { raw: knex.raw.bind(knex) }) as unknown as Knex;
}

it('gives the lock back also when it is stopped while it is about to ask for it anew', async () => {
  const asked = gate();
  const answer = gate();
  const first = owner(heldUp(asked.open, answer.opened));
  await first.acquire(new AbortController().signal);
  await database.knex.raw(
    `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2`,
  );
  await asked.opened;
  const stopped = first.stop();
  answer.open();
  await stopped;
  const next = owner(database.knex);
  await next.acquire(AbortSignal.timeout(5000));
  expect(next.heldBy).toBe('');
  await next.stop();
}, 60_000);
