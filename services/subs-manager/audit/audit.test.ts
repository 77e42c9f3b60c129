import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { SessionBundle } from '#gen/bng/v1/configd.js';
import { AuditRequest, DisconnectSubscriberRequest, SessionEvent_Kind } from '#gen/bng/v1/subs.js';
import { Postgres } from '#lib/kernel/postgres.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { waitFor } from '../../../test/harness/wait-for.js';
import { macOf } from '../testkit/relay.testkit.js';
import { Rig, ServiceUnderTest } from '../testkit/rig.testkit.js';

let rig: Rig;
let service: ServiceUnderTest;
let store: Postgres;

const audit = (repair = false) =>
  callUnary(service.client.audit.bind(service.client), AuditRequest.fromPartial({ repair }), { timeoutMs: 30_000 });
const found = async (repair = false) =>
  (await audit(repair)).findings.map(({ part, fault, what, repaired }) => [part, fault, what, repaired]);
const sessionOf = async (index: number) =>
  (await callUnary(service.client.get.bind(service.client), { key: macOf(index) })).sessionId;

beforeAll(async () => {
  rig = await Rig.start(6);
  service = await ServiceUnderTest.start(rig);
  store = new Postgres({ url: rig.postgres.url, schema: 'subs_manager', migrations: [] });
  for (const index of [1, 2, 3]) await rig.relay.attach(9 + index, macOf(index));
}, 60_000);
afterAll(async () => {
  await store?.stop();
  await service?.stop();
  await rig?.stop();
}, 60_000);
afterEach(async () => expect((await audit()).findings).toEqual([]));

it('compares every part and finds nothing while all is well', async () => {
  const { parts, findings } = await audit();
  expect(findings).toEqual([]);
  expect(parts.map(({ name, compared, error }) => [name, compared, error])).toEqual([
    ['sessions', 3, ''],
    ['addresses', 3, ''],
    ['bundles', 3, ''],
    ['dataplane', 3, ''],
    ['accounting', 0, ''],
  ]);
});

it('writes the row of a session again that the store lost, and its events go on where accounting is', async () => {
  const id = await sessionOf(1);
  const before = await store.knex('sessions').where({ session_id: id }).first();
  await store.knex('sessions').where({ session_id: id }).delete();
  rig.aaa.lastSequence = 7n;
  expect(await found()).toContainEqual(['sessions', 'missing', id, false]);
  expect(await found(true)).toContainEqual(['sessions', 'missing', id, true]);
  expect(await store.knex('sessions').where({ session_id: id }).first()).toEqual({ ...before, sequence: 7 });
  const request = DisconnectSubscriberRequest.fromPartial({ selector: { sessionId: id } });
  await callUnary(service.client.disconnect.bind(service.client), request);
  await waitFor('its end', () => rig.events.of(SessionEvent_Kind.DOWN).length > 0);
  expect(rig.events.of(SessionEvent_Kind.DOWN).map(({ sequence }) => sequence)).toEqual([8n]);
  rig.aaa.lastSequence = 1n;
});

it('ends a session that only the store knows of, with its Stop', async () => {
  const row = await store
    .knex('sessions')
    .where({ session_id: await sessionOf(2) })
    .first();
  const json = (name: string) => JSON.stringify(row[name]);
  const ghost = {
    ...row,
    ...{ session_id: 'ghost', mac: '02:00:00:00:99:99', ipv4: '100.64.77.7', sequence: 3 },
    ...{ identity: json('identity'), policy: json('policy'), class: json('class'), usage: json('usage') },
    ...{ granted: json('granted'), ip6: json('ip6') },
  };
  await store.knex('sessions').insert(ghost);
  const holder = { vrf: 'default', address: '100.64.77.7', subscriber: 'x', session_id: 'ghost' };
  await store.knex('addresses').insert(holder);
  const ends = rig.events.of(SessionEvent_Kind.DOWN).length;
  expect(await found(true)).toEqual([['sessions', 'extra', 'ghost', true]]);
  expect(await store.knex('sessions').where({ session_id: 'ghost' })).toEqual([]);
  expect(await store.knex('addresses').where({ address: '100.64.77.7' }).first()).toMatchObject({ session_id: null });
  await waitFor('its end', () => rig.events.of(SessionEvent_Kind.DOWN).length > ends);
  expect(rig.events.of(SessionEvent_Kind.DOWN).at(-1)).toMatchObject({ sequence: 4n, session: { sessionId: 'ghost' } });
});

it('corrects a row that says something else, and names only what differs', async () => {
  const id = await sessionOf(2);
  await store.knex('sessions').where({ session_id: id }).update({ user_name: 'somebody' });
  const { findings } = await audit(true);
  expect(findings).toMatchObject([{ part: 'sessions', fault: 'different', what: id, repaired: true }]);
  expect(findings.map((one) => [one.expected, one.found])).toEqual([
    ['{"userName":"access.100.2"}', '{"userName":"somebody"}'],
  ]);
});

it('gives configd what it lacks, has otherwise or has too much', async () => {
  const [lost, other] = [await sessionOf(2), await sessionOf(3)];
  const bundle = rig.configd.sessions.get(other) ?? SessionBundle.create();
  rig.configd.sessions.delete(lost);
  rig.configd.sessions.set(other, { ...bundle, ipv4: '100.64.9.9' });
  rig.configd.sessions.set('stray', { ...bundle, sessionId: 'stray' });
  const faults = await found(true);
  expect(faults.sort()).toEqual([
    ['bundles', 'different', other, true],
    ['bundles', 'extra', 'stray', true],
    ['bundles', 'missing', lost, true],
  ]);
  expect(rig.configd.sessions.get(other)).toEqual(bundle);
});

it('frees and takes addresses as the sessions have them', async () => {
  const id = await sessionOf(3);
  const row = { vrf: 'default', address: '100.64.88.8', subscriber: 'x', session_id: 'nobody' };
  await store.knex('addresses').insert(row);
  await store.knex('addresses').where({ session_id: id }).update({ session_id: null });
  expect((await found(true)).map(([part, fault, , repaired]) => [part, fault, repaired])).toEqual([
    ['addresses', 'row_missing', true],
    ['addresses', 'orphan_row', true],
  ]);
});

it('does not take a session for a fault that comes or goes meanwhile', async () => {
  let more = true;
  const churn = async () => {
    for (let round = 0; more; round++) {
      await rig.relay.attach(14, macOf(100 + round));
      await rig.relay.attach(15, macOf(200 + round));
    }
  };
  const coming = churn();
  for (let look = 0; look < 20; look++) expect(await found()).toEqual([]);
  more = false;
  await coming;
}, 60_000);

it('says which part could not be compared, and goes on with the others', async () => {
  rig.configd.stop();
  await waitFor('configd away', async () => (await audit()).parts.some(({ error }) => error !== ''));
  const { parts } = await audit();
  expect(parts.map(({ name, error }) => [name, error === ''])).toEqual([
    ['sessions', true],
    ['addresses', true],
    ['bundles', false],
    ['dataplane', false],
    ['accounting', true],
  ]);
  await rig.configd.start();
}, 60_000);
