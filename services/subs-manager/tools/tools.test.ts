import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type DeepPartial,
  DisconnectSubscriberRequest,
  type SessionSelector,
  TerminateCause,
} from '#gen/bng/v1/subs.js';
import {
  ExportRequest,
  ExportRequest_Format,
  FindRequest,
  type RateSample,
  TopRequest,
  TopRequest_Order,
} from '#gen/bng/v1/subs_tools.js';
import { callUnary, readStream } from '#lib/kernel/rpc-client.js';
import { waitFor } from '../../../test/harness/wait-for.js';
import { macOf } from '../testkit/relay.testkit.js';
import { Rig, ServiceUnderTest } from '../testkit/rig.testkit.js';

const COUNT = 40;
let rig: Rig;
let service: ServiceUnderTest;

const get = (key: string) => service.get(key);
const end = (selector: DeepPartial<SessionSelector>) =>
  callUnary(
    service.client.disconnect.bind(service.client),
    DisconnectSubscriberRequest.fromPartial({ selector, cause: TerminateCause.ADMIN_RESET }),
  );
const lineName = (n: number) => `access.100.${n + 1}`;
const attach = (n: number) => rig.relay.attach(10 + n, macOf(n));

/** The subscriber of a line has sent and received this much since it came. */
async function count(n: number, inputOctets: number, outputOctets: number): Promise<string> {
  const { sessionId } = await get(lineName(n));
  rig.configd.counters.set(sessionId, {
    ...{ inputOctets: BigInt(inputOctets), outputOctets: BigInt(outputOctets) },
    ...{ inputPackets: BigInt(inputOctets / 100), outputPackets: BigInt(outputOctets / 1000) },
  });
  return sessionId;
}

beforeAll(async () => {
  rig = await Rig.start(COUNT);
  service = await ServiceUnderTest.start(rig, { counterPollS: 1 });
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

describe('find', () => {
  it('over gRPC and HTTP alike', async () => {
    const request = FindRequest.fromPartial({ text: 'access.100.1', limit: 3 });
    const answer = await callUnary(service.tools.find.bind(service.tools), request);
    expect(answer.total).toBe(11);
    expect(answer.found.map(({ session, whole }) => [session?.identity?.line?.name, whole])).toEqual([
      ['access.100.1', true],
      ['access.100.10', false],
      ['access.100.11', false],
    ]);
    const response = await fetch(`${service.ops}/subscribers/find?text=access.100.1&limit=3`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ total: 11, found: [{ keys: ['user_name', 'line'] }, {}, {}] });
  });

  it.each([
    ['/subscribers/find?text=a', 400],
    ['/subscribers/find?txt=abc', 400],
    ['/subscribers/top?by=size', 400],
    ['/subscribers/top?state=up', 400],
    ['/subscribers/export?format=xml', 400],
    ['/subscribers/rate?key=nobody', 404],
    ['/subscribers/bulk?id=nobody', 404],
  ])('GET %s is answered with %i', async (path, status) => {
    const response = await fetch(`${service.ops}${path}`);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { message: expect.any(String) } });
  });

  it('web pages of others are refused', async () => {
    const response = await fetch(`${service.ops}/subscribers/export`, { headers: { origin: 'http://evil.example' } });
    expect(response.status).toBe(403);
  });
});

describe('rates', () => {
  it('of one subscriber, every second, until its session ends', async () => {
    const sessionId = await count(0, 0, 0);
    const stream = service.tools.watchRate({ key: lineName(0) });
    const samples: RateSample[] = [];
    const reading = (async () => {
      for await (const sample of readStream(stream)) samples.push(sample);
    })();
    const ended = reading.catch((error) => error);
    let octets = 0;
    const feeding = setInterval(() => {
      octets += 10_000;
      void count(0, octets, 10 * octets).catch(() => {});
    }, 20);
    await waitFor('a rate', () => samples.some(({ upBps }) => upBps > 0), 40_000);
    clearInterval(feeding);
    const moving = samples.find(({ upBps }) => upBps > 0);
    expect(moving?.sessionId).toBe(sessionId);
    expect(moving?.downBps).toBeCloseTo(10 * (moving?.upBps ?? 0));
    expect(moving?.upPps).toBeCloseTo((moving?.upBps ?? 0) / 800);
    const before = samples.length;
    await waitFor(
      'silence',
      () => samples.slice(before).some(({ periodS, upBps }) => periodS > 0 && upBps === 0),
      40_000,
    );
    await end({ sessionId });
    expect(await ended).toMatchObject({ code: 'not_found', message: `session ${sessionId} has ended` });
    await attach(0);
  }, 60_000);

  it('as server-sent events, and as a line each', async () => {
    for (const [accept, pattern] of [
      ['text/event-stream', /^data: (\{"sessionId".*\})\n\n/],
      ['*/*', /^(\{"sessionId".*\})\n/],
    ] as const) {
      const abort = new AbortController();
      const url = `${service.ops}/subscribers/rate?key=${lineName(1)}`;
      const response = await fetch(url, { headers: { accept }, signal: abort.signal });
      const first = await response.body?.getReader().read();
      const text = pattern.exec(Buffer.from(first?.value ?? []).toString())?.[1] ?? '';
      expect(JSON.parse(text)).toMatchObject({ sessionId: (await get(lineName(1))).sessionId });
      abort.abort();
    }
  });

  it('top talkers by the last interval', async () => {
    let octets = 0;
    const feeding = setInterval(() => {
      octets += 1000;
      void count(2, 30 * octets, octets);
      void count(3, octets, 90 * octets);
      void count(4, 2 * octets, 2 * octets);
    }, 50);
    const top = (order: TopRequest_Order) =>
      callUnary(service.tools.top.bind(service.tools), TopRequest.fromPartial({ order, limit: 2 }));
    const linesOf = async (order: TopRequest_Order) =>
      (await top(order)).talkers.map(({ session }) => session?.identity?.line?.name);
    await waitFor('three talkers', async () => (await top(TopRequest_Order.UNSPECIFIED)).talkers.length === 2, 40_000);
    const expected = [
      [TopRequest_Order.UNSPECIFIED, [lineName(3), lineName(2)]],
      [TopRequest_Order.DOWN, [lineName(3), lineName(4)]],
      [TopRequest_Order.UP, [lineName(2), lineName(4)]],
    ] as const;
    for (const [order, lines] of expected)
      await waitFor(`order ${order}`, async () => `${await linesOf(order)}` === `${lines}`, 40_000);
    clearInterval(feeding);
    expect((await top(TopRequest_Order.DOWN)).measured).toBeGreaterThan(30);
  }, 90_000);
});

describe('export', () => {
  async function exported(request: DeepPartial<ExportRequest>): Promise<string> {
    let text = '';
    for await (const { data } of readStream(service.tools.export(ExportRequest.fromPartial(request))))
      text += Buffer.from(data).toString();
    return text;
  }

  it('every session is a record of CSV; what a subscriber chose cannot be a formula', async () => {
    rig.aaa.answer = () => ({ userName: '=HYPERLINK("http://evil","a,b")' });
    await end({ line: lineName(5) });
    await attach(5);
    const records = (await exported({})).split('\r\n');
    expect(records).toHaveLength(COUNT + 2);
    expect(records[0]).toMatch(/^session_id,state,user_name,mac,ipv4,/);
    expect(records.filter((record) => record.includes('HYPERLINK'))).toEqual([
      expect.stringContaining(`active,"'=HYPERLINK(""http://evil"",""a,b"")",${macOf(5)},`),
    ]);
  });

  it('JSON is one array, of who matches', async () => {
    const request = { format: ExportRequest_Format.JSON, filter: { line: 'access.100.2*' } };
    const sessions = JSON.parse(await exported(request)) as { identity: { line: { name: string } } }[];
    expect(sessions.map(({ identity }) => identity.line.name).sort()).toContain('access.100.21');
    expect(sessions).toHaveLength(11);
    expect(JSON.parse(await exported({ ...request, filter: { line: 'nobody' } }))).toEqual([]);
  });

  it('over HTTP as a file', async () => {
    const response = await fetch(`${service.ops}/subscribers/export?format=csv&line=access.100.7`);
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="subscribers.csv"');
    expect((await response.text()).split('\r\n')).toHaveLength(3);
  });
});
