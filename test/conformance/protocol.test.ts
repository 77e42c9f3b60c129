import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { FrameParser, frame } from '#lib/vpp/framing.js';
import { createLoopbackInstance } from '#lib/vpp/messages/interface.js';
import {
  controlPing,
  fixedIds,
  sockclntCreate,
  sockclntCreateReply,
  sockclntDelete,
} from '#lib/vpp/messages/memclnt.js';
import { showVersion } from '#lib/vpp/messages/vpe.js';
import { waitFor } from '../harness/wait-for.js';
import { onEachLane, type Subject, startSubject } from './lane.js';
import { NO_MAC } from './requests.js';

const CONTROL_PING = 23;
const CONTROL_PING_REPLY = 24;

/** A client that may do what the real one never does. */
class RawClient {
  readonly bodies: Uint8Array[] = [];
  closed = false;
  private readonly parser = new FrameParser();

  constructor(private readonly socket: Socket) {
    socket.on('data', (chunk) => this.parser.push(chunk, (body) => this.bodies.push(Uint8Array.from(body))));
    socket.on('close', () => {
      this.closed = true;
    });
    socket.on('error', () => undefined);
  }

  static open(path: string): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(path, () => resolve(new RawClient(socket)));
      socket.once('error', reject);
    });
  }

  write(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  async body(at: number): Promise<Uint8Array> {
    return waitFor(`message ${at + 1}`, () => this.bodies[at]);
  }

  close(): void {
    this.socket.destroy();
  }
}

const idOf = (body: Uint8Array) => Buffer.from(body).readUInt16BE(0);
const contextOf = (body: Uint8Array) => Buffer.from(body).readUInt32BE(2);

onEachLane('socket protocol', (lane) => {
  let it: Subject;
  let raw: RawClient;
  let clientIndex = 0;
  let ids: Map<string, number>;
  beforeAll(async () => {
    it = await startSubject(lane);
  }, 60_000);
  afterAll(() => it?.stop(), 30_000);

  beforeEach(async () => {
    raw = await RawClient.open(it.apiSocket);
    raw.write(frame(sockclntCreate.encode(fixedIds.sockclntCreate, 0, 0x11223344, { name: 'raw-client' })));
    const reply = await raw.body(0);
    const greeting = sockclntCreateReply.decode(reply);
    if (!greeting.ok) throw new Error(greeting.error);
    clientIndex = greeting.value.index;
    ids = new Map(greeting.value.message_table.map(({ index, name }) => [name, index]));
    raw.bodies.length = 0;
  });
  afterEach(() => raw.close());

  const ping = (context: number, index = clientIndex) =>
    frame(controlPing.request.encode(CONTROL_PING, index, context, {}));
  const contexts = () => raw.bodies.map(contextOf);

  test('the table has fixed ids for the client block, and every request beside its reply', () => {
    expect(clientIndex >>> 31).toBe(1);
    expect(ids.get(controlPing.request.key)).toBe(CONTROL_PING);
    expect(ids.get(controlPing.reply.key)).toBe(CONTROL_PING_REPLY);
    expect(ids.get(sockclntCreate.key)).toBe(fixedIds.sockclntCreate);
    expect(ids.get(sockclntCreateReply.key)).toBe(fixedIds.sockclntCreateReply);
    expect(ids.has(showVersion.request.key) && ids.has(showVersion.reply.key)).toBe(true);
  });

  test('the release is the one that the message definitions are made for', async () => {
    expect(await it.client.call(showVersion, {})).toMatchObject({
      program: 'vpe',
      version: expect.stringMatching(/^26\.06/),
    });
  });

  test('a ping is answered with VPP’s process id', async () => {
    raw.write(ping(7));
    const body = await raw.body(0);
    expect(idOf(body)).toBe(CONTROL_PING_REPLY);
    const reply = controlPing.reply.decode(body);
    expect(reply).toMatchObject({ ok: true, value: { retval: 0, client_index: 0, vpe_pid: expect.any(Number) } });
  });

  test('one byte at a time, and many in one write, in order', async () => {
    for (const byte of ping(1)) raw.write(Uint8Array.of(byte));
    await raw.body(0);
    raw.write(Buffer.concat(Array.from({ length: 256 }, (_, i) => ping(100 + i))));
    await raw.body(256);
    expect(contexts()).toEqual([1, ...Array.from({ length: 256 }, (_, i) => 100 + i)]);
  });

  test('what cannot be served is dropped in silence, the rest goes on', async () => {
    const unknownId = Buffer.from(controlPing.request.encode(0xfff0, clientIndex, 2, {}));
    const id = ids.get(createLoopbackInstance.request.key) ?? 0;
    const request = { mac_address: NO_MAC, is_specified: true, user_instance: 4321 };
    const truncated = createLoopbackInstance.request.encode(id, clientIndex, 3, request).subarray(0, 12);
    const wrongIndex = ping(4, clientIndex + 1000);
    const noIndex = ping(5, 0);
    raw.write(Buffer.concat([frame(unknownId), frame(truncated), wrongIndex, noIndex, ping(6)]));
    await raw.body(0);
    raw.write(ping(7));
    await raw.body(1);
    expect(contexts()).toEqual([6, 7]);
  });

  test('bytes beyond the fields are ignored', async () => {
    const longer = Buffer.concat([controlPing.request.encode(CONTROL_PING, clientIndex, 8, {}), new Uint8Array(40)]);
    raw.write(Buffer.concat([frame(longer), ping(9)]));
    await raw.body(1);
    expect(contexts()).toEqual([8, 9]);
  });

  test('the header’s other fields do not matter', async () => {
    const odd = Buffer.from(ping(10));
    odd.fill(0xa5, 0, 8);
    odd.fill(0x5a, 12, 16);
    raw.write(odd);
    expect(contextOf(await raw.body(0))).toBe(10);
  });

  test('signing off is answered with 1, then the connection ends', async () => {
    const id = ids.get(sockclntDelete.request.key) ?? 0;
    raw.write(frame(sockclntDelete.request.encode(id, clientIndex, 11, { index: clientIndex })));
    expect(sockclntDelete.reply.decode(await raw.body(0))).toEqual({ ok: true, value: { response: 1 } });
    await waitFor('the end', () => raw.closed);
  });

  test('one client’s end does not touch another’s connection', async () => {
    const other = await RawClient.open(it.apiSocket);
    other.close();
    raw.write(ping(12));
    expect(contextOf(await raw.body(0))).toBe(12);
  });
});
