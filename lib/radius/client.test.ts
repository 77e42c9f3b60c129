import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '../../test/harness/wait-for.js';
import { attribute } from './attribute-row.js';
import { attributes } from './attributes.js';
import { type ClientObserver, RadiusClient, type RadiusClientOptions } from './client.js';
import { Code } from './codes.js';
import { encodeReply } from './message.js';
import { decodePacket } from './packet.js';

const secret = Buffer.from('testing123');
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

interface FakeServer {
  readonly port: number;
  readonly received: { bytes: Buffer; from: RemoteInfo }[];
}
type Answer = (bytes: Buffer, count: number) => Buffer[];

async function fakeServer(answer: Answer): Promise<FakeServer> {
  const socket: Socket = createSocket('udp4');
  const received: FakeServer['received'] = [];
  socket.on('message', (bytes, from) => {
    received.push({ bytes, from });
    for (const reply of answer(bytes, received.length)) socket.send(reply, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  open.push(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  return { port: socket.address().port, received };
}

function reply(
  bytes: Buffer,
  code: number = Code.accessAccept,
  withSecret = secret,
  messageAuthenticator = true,
): Buffer {
  const packet = decodePacket(bytes);
  if (!packet.ok) throw new Error(packet.error.message);
  return encodeReply({ code, request: packet.value, attributes: [], secret: withSecret, messageAuthenticator });
}

const silent: Answer = () => [];
const accept: Answer = (bytes) => [reply(bytes)];
const fast = { initialMs: 100, maxMs: 200, transmissions: 3 };
const patient = { initialMs: 30_000, maxMs: 30_000, transmissions: 1 };
const user = [attribute(attributes.userName, 'nemo')];

async function client(ports: number[], options: Partial<RadiusClientOptions> = {}): Promise<RadiusClient> {
  const servers = ports.map((port, i) => ({ name: `s${i}`, host: '127.0.0.1', port, secret }));
  const made = new RadiusClient({ servers, timing: fast, sourcePorts: 2, ...options });
  await made.start();
  open.push(() => made.stop());
  return made;
}

/** A server in a thread of its own, which answers while this one stands still; `answered` is set then. */
async function serverElsewhere(answered: Int32Array): Promise<{ port: number }> {
  const source = `
    const { createHash } = require('node:crypto');
    const { parentPort, workerData: { answered, secret } } = require('node:worker_threads');
    const socket = require('node:dgram').createSocket('udp4');
    socket.on('message', (bytes, from) => {
      const head = Buffer.from([5, bytes[1], 0, 20]);
      const authenticator = createHash('md5').update(Buffer.concat([head, bytes.subarray(4, 20), secret])).digest();
      socket.send(Buffer.concat([head, authenticator]), from.port, from.address, () => {
        Atomics.store(answered, 0, 1);
        Atomics.notify(answered, 0);
      });
    });
    socket.bind(0, '127.0.0.1', () => parentPort.postMessage(socket.address().port));
  `;
  const thread = new Worker(source, { eval: true, workerData: { answered, secret } });
  open.push(() => thread.terminate());
  const [port] = (await once(thread, 'message')) as [number];
  return { port };
}

function recorder(): ClientObserver & { lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    timedOut: (server) => lines.push(`timeout ${server}`),
    discarded: (reason) => lines.push(`discarded ${reason}`),
    stateChanged: (server, state) => lines.push(`${server} ${state}`),
  };
}

describe('RadiusClient', () => {
  it.each([
    [Code.accessAccept, 'accept'],
    [Code.accessReject, 'reject'],
    [Code.accessChallenge, 'challenge'],
  ] as const)('code %i is %s', async (code, kind) => {
    const server = await fakeServer((bytes) => [reply(bytes, code)]);
    const outcome = await (await client([server.port])).exchange(Code.accessRequest, user);
    expect(outcome).toMatchObject({ kind, server: 's0' });
  });

  it('sends the same bytes from the same port until answered', async () => {
    const server = await fakeServer((bytes, count) => (count < 3 ? [] : [reply(bytes)]));
    const outcome = await (await client([server.port])).exchange(Code.accessRequest, user);
    expect(outcome.kind).toBe('accept');
    expect(new Set(server.received.map(({ bytes, from }) => `${from.port} ${bytes.toString('hex')}`)).size).toBe(1);
    expect(server.received).toHaveLength(3);
  });

  it('sends nothing again when the answer came while this process was held up', async () => {
    const answered = new Int32Array(new SharedArrayBuffer(4));
    const server = await serverElsewhere(answered);
    const timing = { initialMs: 20, maxMs: 20, transmissions: 3 };
    const sent: boolean[] = [];
    const radius = await client([server.port], { timing, observer: { sent: (_, __, again) => sent.push(again) } });
    const outcome = radius.exchange(Code.accountingRequest, user);
    await new Promise(setImmediate);
    Atomics.wait(answered, 0, 0);
    for (const heldUpMs = performance.now(); performance.now() - heldUpMs < 50; );
    expect(await outcome).toMatchObject({ kind: 'acknowledged' });
    expect(sent).toEqual([false]);
  });

  it('fails over, remembers the dead server and comes back to it', async () => {
    let answering = false;
    const first = await fakeServer((bytes) => (answering ? [reply(bytes)] : []));
    const second = await fakeServer(accept);
    const observer = recorder();
    let nowMs = 0;
    const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
    const radius = await client([first.port, second.port], { observer, clock, deadMs: 1000 });
    expect(await radius.exchange(Code.accessRequest, user)).toMatchObject({ server: 's1' });
    expect(await radius.exchange(Code.accessRequest, user)).toMatchObject({ server: 's1' });
    expect(first.received).toHaveLength(3);
    const [before] = first.received;
    expect(before?.bytes.subarray(4, 20)).not.toEqual(second.received[0]?.bytes.subarray(4, 20));
    answering = true;
    nowMs = 1001;
    expect(await radius.exchange(Code.accessRequest, user)).toMatchObject({ server: 's0' });
    expect(observer.lines).toEqual(['timeout s0', 's0 dead']);
  });

  it('makes the attributes anew for each server, not for each transmission', async () => {
    const [first, second] = [
      await fakeServer(silent),
      await fakeServer((bytes) => [reply(bytes, Code.accountingResponse)]),
    ];
    const radius = await client([first.port, second.port]);
    let turn = 0;
    const delayed = () => [attribute(attributes.acctDelayTime, ++turn)];
    expect(await radius.exchange(Code.accountingRequest, delayed)).toMatchObject({
      kind: 'acknowledged',
      server: 's1',
    });
    const delays = [...first.received, ...second.received].map(({ bytes }) => bytes.subarray(-6).toString('hex'));
    expect(delays).toEqual([...Array(3).fill('290600000001'), '290600000002']);
  });

  it('tries dead servers as a last resort and says when one is up again', async () => {
    let answering = false;
    const server = await fakeServer((bytes) => (answering ? [reply(bytes)] : []));
    const observer = recorder();
    const radius = await client([server.port], { observer });
    expect(await radius.exchange(Code.accessRequest, user)).toEqual({ kind: 'timeout' });
    answering = true;
    expect(await radius.exchange(Code.accessRequest, user)).toMatchObject({ kind: 'accept' });
    expect(observer.lines).toEqual(['timeout s0', 's0 dead', 's0 up']);
  });

  it.each([
    ['an unsigned accept', (b: Buffer) => reply(b, Code.accessAccept, secret, false), 'missing-message-authenticator'],
    ['another secret', (b: Buffer) => reply(b, Code.accessAccept, Buffer.from('no')), 'bad-authenticator'],
    ['another code', (b: Buffer) => reply(b, Code.accountingResponse), 'unexpected-code'],
    ['half a packet', (b: Buffer) => b.subarray(0, 10), 'length'],
    ['another identifier', (b: Buffer) => Buffer.from([2, (b[1] ?? 0) ^ 1, 0, 20]), 'stray'],
  ])('discards %s and still takes the right answer', async (_, forged, reason) => {
    const server = await fakeServer((bytes) => [forged(bytes), reply(bytes)]);
    const observer = recorder();
    const radius = await client([server.port], { observer, timing: patient });
    expect(await radius.exchange(Code.accessRequest, user)).toMatchObject({ kind: 'accept' });
    expect(observer.lines).toEqual([`discarded ${reason}`]);
  });

  it('has more than 256 requests outstanding, queues the rest, and loses none', async () => {
    const held: (() => void)[] = [];
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    open.push(() => new Promise<void>((resolve) => socket.close(() => resolve())));
    let releasing = false;
    const identities = new Set<string>();
    socket.on('message', (bytes, from) => {
      identities.add(`${from.port}/${bytes[1]}`);
      const send = () => socket.send(reply(bytes, Code.accountingResponse), from.port, from.address);
      if (releasing) send();
      else held.push(send);
    });
    const slow = { initialMs: 2000, maxMs: 2000, transmissions: 5 };
    const radius = await client([socket.address().port], { timing: slow });
    const outcomes = Array.from({ length: 700 }, () => radius.exchange(Code.accountingRequest, user));
    await waitFor('all identifiers taken', () => identities.size === 512);
    expect(radius.outstanding).toBe(512);
    releasing = true;
    for (const send of held) send();
    const kinds = (await Promise.all(outcomes)).map((outcome) => outcome.kind);
    expect(new Set(kinds)).toEqual(new Set(['acknowledged']));
    expect(radius.outstanding).toBe(0);
  }, 40_000);

  it('says overload instead of waiting without end, and cancelled when told to stop or aborted', async () => {
    const server = await fakeServer(silent);
    const slow = { initialMs: 60_000, maxMs: 60_000, transmissions: 1 };
    const radius = await client([server.port], { sourcePorts: 1, maxWaiting: 1, timing: slow });
    const abort = new AbortController();
    const aborted = radius.exchange(Code.accessRequest, user, abort.signal);
    const running = Array.from({ length: 256 }, () => radius.exchange(Code.accessRequest, user));
    expect(await radius.exchange(Code.accessRequest, user)).toEqual({ kind: 'overload' });
    abort.abort();
    expect(await aborted).toEqual({ kind: 'cancelled' });
    await radius.stop();
    expect(new Set((await Promise.all(running)).map((o) => o.kind))).toEqual(new Set(['cancelled']));
    expect(await radius.exchange(Code.accessRequest, user)).toEqual({ kind: 'cancelled' });
  });

  it('rejects on an attribute that does not fit and gives the identifier back', async () => {
    const server = await fakeServer(accept);
    const radius = await client([server.port]);
    const tooLong = [attribute(attributes.userName, 'x'.repeat(300))];
    await expect(radius.exchange(Code.accessRequest, tooLong)).rejects.toThrow('User-Name');
    expect(radius.outstanding).toBe(0);
  });
});
