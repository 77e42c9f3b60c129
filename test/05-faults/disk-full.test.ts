import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { AuditRequest } from '#gen/bng/v1/subs.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { Crew, range } from '../01-first-light/crew.js';
import { lanes } from '../harness/lanes.js';
import { type PostgresServer, startPostgres } from '../harness/postgres.js';
import { enterPrivateMounts } from '../harness/private-mounts.js';
import { type Stack, startStack } from '../harness/stack.js';
import { sampleLine } from '../harness/subscribers.js';
import { waitFor } from '../harness/wait-for.js';
import { Records } from './records.js';

const DISK_MB = 80;
const LINES = 400;
const [lane] = lanes;
const mayMount = enterPrivateMounts();

/** Fills the disk through PostgreSQL itself, as a table that grows would; returns what makes room again. */
async function fillDisk(url: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  await client.query('CREATE UNLOGGED TABLE filler (text text)');
  for (const rows of [4000, 400, 40, 4, 1]) {
    const insert = `INSERT INTO filler SELECT repeat(md5(random()::text), 60) FROM generate_series(1, ${rows})`;
    const full = await waitFor(
      'the disk is full',
      () =>
        client.query(insert).then(
          () => undefined,
          (error: { code: string }) => error.code,
        ),
      60_000,
    );
    expect(full).toBe('53100');
  }
  return async () => {
    await client.query('DROP TABLE filler');
    await client.query('CHECKPOINT');
    await client.end();
  };
}

const open = mayMount && lane ? describe : describe.skip;
open(mayMount ? 'PostgreSQL has no space left' : 'skipped: a small disk needs root', () => {
  let postgres: PostgresServer;
  let stack: Stack;
  let crew: Crew;
  let makeRoom: () => Promise<void>;
  const drops = async () => Number((await callUnary(stack.subs.stats.bind(stack.subs), {})).dhcpDrops.store_full ?? 0n);
  const storeDown = () => stack.metric('subs-manager', /^bng_subs_store_down\{[^}]*reason="full"[^}]*\} (\d)/m);
  const readiness = async () => (await fetch(`${stack.service('subs-manager').ops}/readyz`)).text();
  const records = new Records(() => stack.radius);

  beforeAll(async () => {
    if (!lane) throw new Error('no lane');
    postgres = await startPostgres({ diskMb: DISK_MB });
    stack = await startStack({ lane, subscribers: LINES, databaseUrl: postgres.url });
    crew = new Crew(await stack.accessLink());
    await crew.attachAll(0, 50);
  }, 120_000);
  afterAll(async () => {
    await stack?.stop();
    await postgres?.stop();
  }, 60_000);

  it('nobody new gets in, and an alarm says why; who is online renews and stays', async () => {
    const online = crew.leases();
    makeRoom = await fillDisk(postgres.url);
    // Pages that are half empty take some more sessions.
    const newcomers = range(50, LINES)[Symbol.iterator]();
    await waitFor(
      'a refusal',
      async () => {
        for (const index of [...Array(10)].flatMap(() => newcomers.next().value ?? [])) await crew.attempt(index, 1);
        return (await drops()) > 0;
      },
      60_000,
    );
    expect(await storeDown()).toBe(1);
    expect(await readiness()).toBe(
      'ready\ndegraded: PostgreSQL has no space left: no new sessions, those there are go on\n',
    );
    expect(await crew.renewAll(await stack.gatewayMac())).toEqual(online);
    expect((await stack.dataplane.hostRoutes()).length).toBeGreaterThanOrEqual(online.size);
  }, 120_000);

  it('with room again all goes on, and nothing that was acknowledged is lost', async () => {
    const online = crew.leases();
    await makeRoom();
    await crew.attachAll(300, 320);
    await waitFor(
      'the alarm is over',
      async () => (await storeDown()) === 0 && (await readiness()) === 'ready\n',
      60_000,
    );
    for (const [mac, address] of online) expect([mac, crew.leases().get(mac)]).toEqual([mac, address]);
    const { findings, parts } = await callUnary(stack.subs.audit.bind(stack.subs), AuditRequest.fromPartial({}), {
      timeoutMs: 60_000,
    });
    expect([findings, parts.filter(({ error }) => error !== '')]).toEqual([[], []]);
    const macs = [...range(0, 50), ...range(300, 320)].map((index) => sampleLine(index).mac);
    const get = (key: string) => callUnary(stack.subs.get.bind(stack.subs), { key });
    const ids = (await Promise.all(macs.map(get))).map(({ sessionId }) => sessionId);
    await waitFor('every Start', () => ids.every((id) => records.count('Start').has(id)), 60_000);
    expect(records.doubled('Start')).toEqual([]);
    expect(records.count('Stop').size).toBe(0);
  }, 120_000);
});
