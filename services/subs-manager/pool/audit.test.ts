import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { AuditAddressesRequest } from '#gen/bng/v1/subs.js';
import { Postgres } from '#lib/kernel/postgres.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { macOf } from '../testkit/relay.testkit.js';
import { Rig, ServiceUnderTest } from '../testkit/rig.testkit.js';

let rig: Rig;
let service: ServiceUnderTest;
let store: Postgres;
const audit = async (repair = false) =>
  (await callUnary(service.client.auditAddresses.bind(service.client), AuditAddressesRequest.fromPartial({ repair })))
    .findings;

beforeAll(async () => {
  rig = await Rig.start(3);
  service = await ServiceUnderTest.start(rig);
  store = new Postgres({ url: rig.postgres.url, schema: 'subs_manager', migrations: [] });
}, 60_000);
afterAll(async () => {
  await store?.stop();
  await service?.stop();
  await rig?.stop();
}, 60_000);

it('finds nothing while all is well, and names rows that fit no session, and sessions without a row', async () => {
  const lost = await rig.relay.attach(10, macOf(1));
  const { ipv4 } = await rig.relay.attach(11, macOf(2));
  expect(await audit()).toEqual([]);
  const ghost = { vrf: 'default', address: '100.64.99.9', subscriber: 'x', session_id: 'nobody', released_ms: 0 };
  await store.knex('addresses').insert(ghost);
  await store.knex('addresses').where({ address: lost.ipv4 }).update({ session_id: null });
  const found = await audit(true);
  expect(found.map(({ fault, ipv4: at, repaired }) => [fault, at, repaired])).toEqual([
    ['row_missing', lost.ipv4, true],
    ['orphan_row', '100.64.99.9', true],
  ]);
  expect(await audit()).toEqual([]);
  expect(await store.knex('addresses').where({ address: ipv4 }).first()).toMatchObject({
    session_id: expect.any(String),
  });
});
