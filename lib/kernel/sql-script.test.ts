import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type PostgresServer, startPostgres } from '../../test/harness/postgres.js';
import { Postgres } from './postgres.js';
import { jsonRows, literal, runScript } from './sql-script.js';

let server: PostgresServer;
let postgres: Postgres;

beforeAll(async () => {
  server = await startPostgres();
  postgres = new Postgres({ url: server.url, schema: 'probe', migrations: [] });
  await postgres.migrate();
  await runScript(postgres.knex, ['CREATE TABLE probe (id int PRIMARY KEY, text text)']);
}, 60_000);

afterAll(async () => {
  await postgres.stop();
  await server.stop();
}, 60_000);

it.each(['plain', "O'Neil", 'back\\slash', "\\'; DROP TABLE probe; --", '$1 ? :name $$', 'Grüße', ''])(
  'a text is what it was: %s',
  async (text) => {
    const script = [
      `SELECT ${literal(text)} AS text`,
      `SELECT text FROM json_to_recordset(${jsonRows([{ text }])}) AS v(text text)`,
    ];
    expect(await runScript(postgres.knex, script)).toEqual([[{ text }], [{ text }]]);
  },
);

it('each statement sees what those before it did, and all of them are true or none', async () => {
  const add = (id: number) => `INSERT INTO probe (id, text) VALUES (${id}, 'x')`;
  const [, counted] = await runScript(postgres.knex, [add(1), 'SELECT count(*)::int AS n FROM probe']);
  expect(counted).toEqual([{ n: 1 }]);
  await expect(runScript(postgres.knex, [add(2), add(3), add(1), add(4)])).rejects.toMatchObject({ code: '23505' });
  expect(await postgres.knex('probe').pluck('id')).toEqual([1]);
  expect(await runScript(postgres.knex, [])).toEqual([]);
});

it('is part of a transaction that is open', async () => {
  const transaction = postgres.knex.transaction(async (trx) => {
    await runScript(trx, ["INSERT INTO probe VALUES (7, 'x')"]);
    throw new Error('taken back');
  });
  await expect(transaction).rejects.toThrow('taken back');
  expect(await postgres.knex('probe').where({ id: 7 })).toEqual([]);
});
