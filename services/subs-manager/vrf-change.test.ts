import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { DisconnectSubscriberRequest, SessionEvent_Kind as Kind, UpdateSubscriberRequest } from '#gen/bng/v1/subs.js';
import { BngError } from '#lib/kernel/errors.js';
import { Postgres } from '#lib/kernel/postgres.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { waitFor } from '../../test/harness/wait-for.js';
import { macOf } from './testkit/relay.testkit.js';
import { Rig, ServiceUnderTest } from './testkit/rig.testkit.js';

const settings = {
  pools: [
    { name: 'main', prefix: '100.64.0.0/16', exclude: ['100.64.0.1'], vrf: 'default' },
    { name: 'blue', prefix: '100.127.0.0/24', vrf: 'blue' },
  ],
  groups: [
    {
      ...{ name: 'homes', pools: ['main'], match: [{ outerVlan: '100', innerVlan: '1-9' }] },
      vrfs: [{ name: 'blue', lender: 'blue-gw', gateway: '100.127.0.1', pools: ['blue'] }],
    },
    {
      name: 'shared',
      pools: ['main'],
      subscriberBy: 'mac',
      vrfs: [{ name: 'blue', lender: 'x', gateway: '10.0.0.1' }],
      core: ['core'],
    },
  ],
};

let rig: Rig;
let service: ServiceUnderTest;
let store: Postgres;
/** Each test has its own lines: index 10 + n is line access.100.(n+1). */
let nextLine = 0;

const get = (key: string) => service.get(key);
const disconnect = (sessionId: string) =>
  callUnary(
    service.client.disconnect.bind(service.client),
    DisconnectSubscriberRequest.fromPartial({ selector: { sessionId } }),
  );
const moveTo = (sessionId: string, vrf: string, more: object = {}) =>
  callUnary(
    service.client.update.bind(service.client),
    UpdateSubscriberRequest.fromPartial({ selector: { sessionId }, vrf, ...more }),
  );
const attached = async (n = nextLine++) => {
  await rig.relay.attach(10 + n, macOf(n));
  return get(macOf(n));
};
/** Who has the address, by its rows. */
const holders = (ipv4: string): Promise<{ vrf: string; session_id: string }[]> =>
  store.knex('addresses').where({ address: ipv4 }).whereNotNull('session_id').select('vrf', 'session_id');

beforeAll(async () => {
  rig = await Rig.start(20);
  service = await ServiceUnderTest.start(rig, settings);
  store = new Postgres({ url: rig.postgres.url, schema: 'subs_manager', migrations: [] });
}, 60_000);
afterAll(async () => {
  await store.stop();
  await service.stop();
  await rig.stop();
});
beforeEach(() => {
  rig.aaa.answer = () => ({});
});

it('takes the session with its addresses, there and back, together with all else of the request', async () => {
  const { sessionId, ipv4 } = await attached();
  const { session } = await moveTo(sessionId, 'blue', { policy: { uploadBps: 5_000_000n } });
  expect(session).toMatchObject({ vrf: 'blue', ipv4, pool: '', policy: { uploadBps: 5_000_000n } });
  expect(rig.configd.sessions.get(sessionId)).toMatchObject({ ipv4, vrf: { name: 'blue', lender: 'blue-gw' } });
  expect(await holders(ipv4)).toEqual([{ vrf: 'blue', session_id: sessionId }]);
  await waitFor('event', () =>
    rig.events.of(Kind.CHANGED).some(({ session: one }) => one?.sessionId === sessionId && one.vrf === 'blue'),
  );
  expect((await moveTo(sessionId, 'default')).session).toMatchObject({ vrf: 'default', ipv4, pool: 'main' });
  expect(rig.configd.sessions.get(sessionId)?.vrf).toBeUndefined();
  expect(await holders(ipv4)).toEqual([{ vrf: 'default', session_id: sessionId }]);
});

it('is refused, and all is as before, where its address is another’s, for a foreign VRF, when VPP fails', async () => {
  rig.aaa.answer = () => ({ framedIpv4: '203.0.113.9' });
  const there = await attached();
  await moveTo(there.sessionId, 'blue');
  const { sessionId, ipv4 } = await attached();
  expect(ipv4).toBe('203.0.113.9');
  const bundle = rig.configd.sessions.get(sessionId);
  const policy = { uploadBps: 5_000_000n };
  await expect(moveTo(sessionId, 'blue', { policy })).rejects.toMatchObject({ code: 'conflict' });
  await expect(moveTo(sessionId, 'red', { policy })).rejects.toMatchObject({ code: 'invalid_argument' });
  await disconnect(there.sessionId);
  rig.configd.fault = new BngError('dataplane', 'no');
  await expect(moveTo(sessionId, 'blue', { policy })).rejects.toMatchObject({ code: 'dataplane' });
  rig.configd.fault = undefined;
  expect(await get(sessionId)).toMatchObject({ vrf: 'default', ipv4, policy: { uploadBps: undefined } });
  expect(rig.configd.sessions.get(sessionId)).toEqual(bundle);
  expect(await holders(ipv4)).toEqual([{ vrf: 'default', session_id: sessionId }]);
  expect((await moveTo(sessionId, 'blue')).session).toMatchObject({ vrf: 'blue', ipv4 });
});

it('is refused where the line is not of the subscriber alone', async () => {
  const { sessionId } = await attached(12);
  await expect(moveTo(sessionId, 'blue')).rejects.toMatchObject({ code: 'unimplemented' });
  expect(await get(sessionId)).toMatchObject({ vrf: 'default' });
});

it('a session that moved is there again after a restart of subs-manager', async () => {
  const { sessionId, ipv4 } = await attached();
  await moveTo(sessionId, 'blue');
  await service.stop();
  service = await ServiceUnderTest.start(rig, settings);
  expect(await get(sessionId)).toMatchObject({ vrf: 'blue', ipv4 });
  await waitFor('VPP', () => rig.configd.sessions.get(sessionId)?.vrf?.name === 'blue');
  expect((await moveTo(sessionId, 'default')).session).toMatchObject({ vrf: 'default', ipv4, pool: 'main' });
});
