import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { AuthorizeResponse_Result } from '#gen/bng/v1/aaa.js';
import {
  type DeepPartial,
  DisconnectSubscriberRequest,
  SessionEvent_Kind as Kind,
  SessionState,
  TerminateCause,
} from '#gen/bng/v1/subs.js';
import { type BulkJob, BulkSelection, StartBulkRequest } from '#gen/bng/v1/subs_tools.js';
import { BngError } from '#lib/kernel/errors.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { waitFor } from '../../../test/harness/wait-for.js';
import { macOf } from '../testkit/relay.testkit.js';
import { Rig, ServiceUnderTest } from '../testkit/rig.testkit.js';

const COUNT = 40;
const services = [
  { name: 'turbo', downloadBps: 90_000_000 },
  { name: 'voice', uploadBps: 4_000_000 },
];
let rig: Rig;
let service: ServiceUnderTest;

const get = (key: string) => service.get(key);
const lineName = (n: number) => `access.100.${n + 1}`;
const attach = (n: number) => rig.relay.attach(10 + n, macOf(n));

beforeAll(async () => {
  rig = await Rig.start(COUNT);
  service = await ServiceUnderTest.start(rig, { services });
  for (let n = 0; n < COUNT; n++) await attach(n);
}, 90_000);
afterAll(async () => {
  await service.stop();
  await rig.stop();
});
beforeEach(() => {
  rig.aaa.answer = () => ({});
  rig.configd.fault = undefined;
});

const preview = (selection: DeepPartial<BulkSelection>) =>
  callUnary(service.tools.previewBulk.bind(service.tools), { selection: BulkSelection.fromPartial(selection) });
const start = (request: DeepPartial<StartBulkRequest>) =>
  callUnary(service.tools.startBulk.bind(service.tools), StartBulkRequest.fromPartial(request));
const job = (id: string) => callUnary(service.tools.getBulk.bind(service.tools), { id });
const ended = ({ id }: BulkJob) =>
  waitFor(
    'the end of the job',
    async () => {
      const now = await job(id);
      return now.state === 'running' ? undefined : now;
    },
    60_000,
  );
const disconnect = { $case: 'disconnect', value: {} } as const;
const of = (line: string, action: DeepPartial<BulkSelection['action']>) =>
  ({ filter: { line }, action }) as DeepPartial<BulkSelection>;

it('a preview touches nobody and says whom it would', async () => {
  const answer = await preview(of('access.100.1?', disconnect));
  expect(answer).toMatchObject({ count: 0, first: [] });
  const some = await preview(of('access.100.1*', disconnect));
  expect([some.count, some.first.length]).toEqual([11, 10]);
  expect((await get(lineName(0))).state).toBe(SessionState.ACTIVE);
});

it.each<[string, DeepPartial<StartBulkRequest>, string]>([
  ['no reason', { selection: of('access.100.9', disconnect), expectedCount: 1 }, 'a reason is needed'],
  ['no preview', { selection: of('access.100.9', disconnect), reason: 'r' }, 'the count or the token of the preview'],
  ['no action', { selection: { filter: { line: 'x' } }, reason: 'r', expectedCount: 0 }, 'no action is given'],
  ['no filter', { selection: { action: disconnect }, reason: 'r', expectedCount: COUNT }, 'a filter is needed'],
  [
    'another count',
    { selection: of('access.100.9', disconnect), reason: 'r', expectedCount: 2 },
    'the selection is 1 sessions now, not 2',
  ],
  [
    'another token',
    { selection: of('access.100.9', disconnect), reason: 'r', token: 't-0' },
    'the selection has changed since the preview',
  ],
  [
    'nothing to change',
    { selection: of('access.100.9', { $case: 'change', value: {} }), reason: 'r', expectedCount: 1 },
    'nothing to change is given',
  ],
  [
    'a rate of 0',
    {
      selection: of('access.100.9', { $case: 'change', value: { policy: { downloadBps: 0n } } }),
      ...{ reason: 'r', expectedCount: 1 },
    },
    'downloadBps of 0 is refused',
  ],
  [
    'too fast',
    { selection: of('access.100.9', disconnect), reason: 'r', expectedCount: 1, ratePerS: 5000 },
    'a rate of 5000 per second is more than 1000',
  ],
])('is refused with %s', async (_, request, message) => {
  await expect(start(request)).rejects.toThrow(message);
  expect((await get(lineName(8))).state).toBe(SessionState.ACTIVE);
});

it('a token is worth nothing once somebody of the selection has changed', async () => {
  const { token } = await preview(of('access.100.8', disconnect));
  await callUnary(
    service.client.disconnect.bind(service.client),
    DisconnectSubscriberRequest.fromPartial({ selector: { line: lineName(7) } }),
  );
  await attach(7);
  await expect(start({ selection: of('access.100.8', disconnect), reason: 'r', token })).rejects.toMatchObject({
    code: 'stale',
  });
});

it('disconnects at its rate; accounting says Admin-Reset, and the reason is kept with each session', async () => {
  const { count: whom, token, first } = await preview(of('access.100.2*', disconnect));
  expect(whom).toBe(11);
  const beganMs = performance.now();
  const begun = await start({
    selection: of('access.100.2*', disconnect),
    ...{ reason: 'fibre cut, ticket 12', token, ratePerS: 20, user: 'eve', source: 'cli' },
  });
  expect(begun).toMatchObject({ state: 'running', total: 11, detail: 'disconnect of line=access.100.2*' });
  await expect(
    start({ selection: of('access.100.9', disconnect), reason: 'r', expectedCount: 1 }),
  ).rejects.toMatchObject({ code: 'failed_precondition', message: `bulk job ${begun.id} runs` });
  const last = await ended(begun);
  expect(last).toMatchObject({
    state: 'done',
    done: 11,
    failed: 0,
    gone: 0,
    user: 'eve',
    reason: 'fibre cut, ticket 12',
  });
  expect(performance.now() - beganMs).toBeGreaterThan(480);
  const id = first[0]?.sessionId ?? '';
  const down = await waitFor('DOWN', () => rig.events.of(Kind.DOWN).find((event) => event.session?.sessionId === id));
  expect(down).toMatchObject({ terminateCause: TerminateCause.ADMIN_RESET });
  expect(down.reason).toBe(`cli: bulk ${begun.id}: fibre cut, ticket 12`);
  const why = await callUnary(service.client.why.bind(service.client), { key: id });
  expect(why.entries.at(-1)).toMatchObject({
    step: 'down',
    detail: `admin_reset: cli: bulk ${begun.id}: fibre cut, ticket 12`,
  });
  for (const n of [1, ...Array.from({ length: 10 }, (_, at) => 19 + at)]) await attach(n);
}, 60_000);

it('changes rates; who cannot be changed is named, the others are', async () => {
  const selection = of('access.100.3*', { $case: 'change', value: { policy: { downloadBps: 7_000_000n } } });
  const { count: expectedCount } = await preview(selection);
  const begun = await start({ selection, reason: 'test', expectedCount, ratePerS: 1000 });
  expect(await ended(begun)).toMatchObject({ state: 'done', done: expectedCount, failed: 0 });
  const { policy, sessionId } = await get(lineName(30));
  expect(policy?.downloadBps).toBe(7_000_000n);
  expect(rig.configd.sessions.get(sessionId)?.policy?.downloadBps).toBe(7_000_000n);
  rig.configd.fault = new BngError('dataplane', 'policer_update: -7');
  const again = await start({ selection, reason: 'test', expectedCount, ratePerS: 1000 });
  const last = await ended(again);
  expect(last).toMatchObject({ done: 0, failed: expectedCount });
  expect(last.failures[0]?.error).toContain('policer_update: -7');
}, 60_000);

it('asks RADIUS again: its policy takes the place of the one before, a reject ends the session', async () => {
  const selection = of('access.100.3*', { $case: 'reauthenticate', value: {} });
  const { count: expectedCount } = await preview(selection);
  const ids = new Map((await Promise.all([30, 31].map((n) => get(lineName(n))))).map((one) => [one.userName, one]));
  rig.aaa.answer = ({ identity }) =>
    identity?.line?.name === lineName(31)
      ? { result: AuthorizeResponse_Result.REJECT, replyMessage: 'unpaid' }
      : { policy: { uploadBps: 3_000_000n } };
  const begun = await start({ selection, reason: 'new plans', expectedCount, ratePerS: 1000 });
  expect(await ended(begun)).toMatchObject({ state: 'done', done: expectedCount, failed: 0 });
  const changed = await get(lineName(30));
  expect(changed).toMatchObject({ sessionId: ids.get(lineName(30))?.sessionId });
  expect(changed.policy).toMatchObject({ downloadBps: undefined, uploadBps: 3_000_000n });
  await expect(get(lineName(31))).rejects.toMatchObject({ code: 'not_found' });
  const why = await callUnary(service.client.why.bind(service.client), {
    key: ids.get(lineName(31))?.sessionId ?? '',
  });
  expect(why.entries.slice(-2)).toMatchObject([
    { step: 'radius', outcome: 'radius_reject', detail: `bulk ${begun.id}: new plans: unpaid` },
    { step: 'down', detail: expect.stringContaining('rejected by RADIUS') },
  ]);
  rig.aaa.answer = () => ({});
  await attach(31);
}, 60_000);

it('asks RADIUS again: its services are on afterwards, and no others; one that is unknown changes nothing', async () => {
  const selection = of(lineName(32), { $case: 'reauthenticate', value: {} });
  const servicesOn = async () => (await get(lineName(32))).services.map(({ name }) => name);
  const ask = async (...names: string[]) => {
    rig.aaa.answer = () => ({ services: names });
    return ended(await start({ selection, reason: 'new plan', expectedCount: 1 }));
  };
  expect(await ask('turbo')).toMatchObject({ done: 1, failed: 0 });
  expect(await servicesOn()).toEqual(['turbo']);
  expect(await ask('voice')).toMatchObject({ done: 1, failed: 0 });
  expect(await servicesOn()).toEqual(['voice']);
  const { policy, sessionId } = await get(lineName(32));
  expect(policy).toMatchObject({ downloadBps: undefined, uploadBps: 4_000_000n });
  const told = (id: string, kind: Kind) => rig.events.of(kind).some(({ session }) => session?.sessionId === id);
  await waitFor('Stop of the one', () => told(`${sessionId}:turbo:1`, Kind.DOWN));
  await waitFor('Start of the other', () => told(`${sessionId}:voice:2`, Kind.UP));
  expect(await ask('nothing')).toMatchObject({ done: 0, failed: 1 });
  expect(await servicesOn()).toEqual(['voice']);
}, 60_000);

it('stops when it is cancelled, and when nothing works any more', async () => {
  const selection = of('access.100.*', disconnect);
  const { count: expectedCount } = await preview(selection);
  const slow = await start({ selection, reason: 'by mistake', expectedCount, ratePerS: 2 });
  await waitFor('the first', async () => (await job(slow.id)).done > 0, 40_000);
  const cancelled = await callUnary(service.tools.cancelBulk.bind(service.tools), { id: slow.id });
  expect(cancelled.state).toBe('cancelled');
  expect(cancelled.done).toBeLessThan(10);
  rig.configd.fault = new BngError('unavailable', 'VPP is away');
  const left = await preview(selection);
  const hopeless = await start({ selection, reason: 'r', expectedCount: left.count, ratePerS: 1000 });
  const last = await ended(hopeless);
  expect(last).toMatchObject({ state: 'failed', done: 0 });
  expect(last.failed).toBeGreaterThanOrEqual(20);
  rig.configd.fault = undefined;
  const text = await (await fetch(`${service.ops}/metrics`)).text();
  expect(text).toMatch(/^bng_subs_bulk_sessions_total\{action="disconnect",outcome="failed".*\} \d+$/m);
}, 60_000);

it('over HTTP: a slip in a name of the body is refused, not passed over', async () => {
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${service.ops}/subscribers/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as { error: object; count: number; id: string } };
  };
  const selection = { all: true, filter: { lin: 'access.100.9' }, disconnect: {} };
  expect(await post('bulk/preview', { selection })).toMatchObject({
    status: 400,
    body: { error: { message: 'selection.filter.lin means nothing here' } },
  });
  const good = { filter: { line: 'access.100.9' }, disconnect: {} };
  const seen = await post('bulk/preview', { selection: good });
  expect(seen).toMatchObject({ status: 200, body: { count: 1 } });
  const begun = await post('bulk', { selection: good, reason: 'test', expectedCount: 1 });
  expect(begun).toMatchObject({ status: 202, body: { action: 'disconnect', source: 'rest' } });
  await ended(await job(begun.body.id));
  const jobs = (await (await fetch(`${service.ops}/subscribers/bulk`)).json()) as { jobs: { id: string }[] };
  expect(jobs.jobs[0]?.id).toBe(begun.body.id);
  await attach(8);
});

it('does not go on after a restart, and says so', async () => {
  const selection = of('access.100.*', disconnect);
  const { count: expectedCount } = await preview(selection);
  const begun = await start({ selection, reason: 'r', expectedCount, ratePerS: 2 });
  await service.stop();
  service = await ServiceUnderTest.start(rig, { counterPollS: 1 });
  const after = await job(begun.id);
  expect(after).toMatchObject({ state: 'interrupted', total: expectedCount });
  expect(after.endedMs).toBeGreaterThan(0n);
  expect(after.done).toBeLessThan(expectedCount);
}, 60_000);
