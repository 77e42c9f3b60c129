import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { SessionSelector, type SubscriberCommand, TerminateCause } from '#gen/bng/v1/subs.js';
import { RequestStream } from '#lib/kernel/request-stream.js';
import { RefusedRequests } from './session/refused-requests.js';
import type { Session } from './session/session.js';
import type { SessionIndex } from './session/session-index.js';
import { macOf } from './testkit/relay.testkit.js';
import { Rig, ServiceUnderTest } from './testkit/rig.testkit.js';

let rig: Rig;
let service: ServiceUnderTest;
let first: string;
let second: string;

beforeAll(async () => {
  rig = await Rig.start(3);
  service = await ServiceUnderTest.start(rig);
  first = (await rig.relay.attach(10, macOf(1))).ipv4;
  second = (await rig.relay.attach(11, macOf(2))).ipv4;
}, 60_000);
afterAll(async () => {
  await service?.stop();
  await rig?.stop();
}, 60_000);

const both = () => SessionSelector.create({ ipv4: first, mac: macOf(2) });
/** What the timeline of a session says of requests that came to nothing. */
const refusalsOf = async (key: string) => (await service.stepsOf(key)).filter((step) => step.startsWith('changed'));

/** Sends one command as aaa does. */
async function ask(command: SubscriberCommand['command']) {
  const stream = new RequestStream(() => service.client.change(), { peer: 'subs-manager', timeoutMs: 10_000 });
  const { ok, code } = await stream.send((requestId) => ({ requestId, command }));
  stream.close();
  return { ok, code };
}

it('keys that do not agree are told to both sessions that they name', async () => {
  const value = { selector: both(), cause: TerminateCause.ADMIN_RESET, reason: 'Disconnect-Request', source: 'coa' };
  expect(await ask({ $case: 'disconnect', value })).toEqual({ ok: false, code: 'not_found' });
  const line = 'changed not_found coa: Disconnect-Request: no session matches';
  expect(await refusalsOf(first)).toEqual([line]);
  expect(await refusalsOf(second)).toEqual([line]);
});

it('so is a request that aaa refused by itself; one that names nobody leaves nothing', async () => {
  const value = { selector: SessionSelector.create({ ipv4: first }), outcome: 'unsupported_service', detail: 'coa: x' };
  expect(await ask({ $case: 'refused', value })).toEqual({ ok: true, code: '' });
  expect((await refusalsOf(first)).at(-1)).toBe('changed unsupported_service coa: x');
  const nobody = { ...value, selector: SessionSelector.create({ ipv4: '192.0.2.99' }) };
  expect(await ask({ $case: 'refused', value: nobody })).toEqual({ ok: true, code: '' });
  expect(await refusalsOf(second)).toHaveLength(1);
});

it('the same one again and again does not fill the timeline: 50 lines a second', () => {
  const session = {} as Session;
  const index = { find: () => [session] } as unknown as SessionIndex;
  const noted: unknown[] = [];
  let atMs = 0;
  const clock = { nowMs: () => atMs, monotonicMs: () => atMs };
  const requests = new RefusedRequests(index, { note: (one) => noted.push(one) }, clock);
  const again = () => requests.note(SessionSelector.create({ ipv4: second }), 'stale_timestamp', 'coa: again');
  for (let n = 0; n < 2000; n++) again();
  expect(noted).toHaveLength(50);
  atMs += 100;
  for (let n = 0; n < 2000; n++) again();
  expect(noted).toHaveLength(55);
});
