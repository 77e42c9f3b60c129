import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { FrameParser, frame } from '#lib/vpp/framing.js';
import { shakeHands } from '#lib/vpp/handshake.js';
import { allOperations, optionalOperations } from '#lib/vpp/messages/all.js';
import { controlPing, fixedIds, sockclntCreateReply, sockclntDelete } from '#lib/vpp/messages/memclnt.js';
import { unixSocket } from '#lib/vpp/transport.js';

const windowRequests = 256;
const clientIndexAt = 2;

/** A request as it was sent, with the key of its message: each VPP numbers its messages anew. */
export interface Recorded {
  readonly key: string;
  readonly body: Uint8Array;
}

/** Signing off would end the replay. */
const messagesByKey = new Map(
  [...allOperations, ...optionalOperations]
    .filter((operation) => operation !== sockclntDelete)
    .map(({ request }) => [request.key, request] as const),
);

/** Stands between a client and VPP's API socket, passes everything on, and keeps what the client asked. */
export class WireTap {
  private recorded: Recorded[] = [];
  private readonly open = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async listen(path: string, vppSocket: string): Promise<WireTap> {
    const server = createServer();
    const tap = new WireTap(server);
    server.on('connection', (client) => tap.join(client, dial(vppSocket)));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return tap;
  }

  /** Requests since the last call, without the greeting. */
  take(): Recorded[] {
    const taken = this.recorded;
    this.recorded = [];
    return taken;
  }

  async close(): Promise<void> {
    for (const socket of this.open) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, vpp: Socket): void {
    const requests = new FrameParser();
    const replies = new FrameParser();
    let keys: Map<number, string> | undefined;
    client.on('data', (chunk) => {
      requests.push(chunk, (body) => {
        const key = keys?.get(idOf(body));
        if (key !== undefined && messagesByKey.has(key)) this.recorded.push({ key, body: body.slice() });
      });
      vpp.write(chunk);
    });
    vpp.on('data', (chunk) => {
      if (!keys)
        replies.push(chunk, (body) => {
          keys ??= keysIn(body);
        });
      client.write(chunk);
    });
    for (const [one, other] of [
      [client, vpp],
      [vpp, client],
    ] as const) {
      this.open.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        this.open.delete(one);
        other.destroy();
      });
    }
  }
}

const viewOf = (body: Uint8Array) => new DataView(body.buffer, body.byteOffset, body.byteLength);
const idOf = (body: Uint8Array): number => viewOf(body).getUint16(0);

/** Keys of the messages by their ids, from VPP's greeting. */
function keysIn(greeting: Uint8Array): Map<number, string> | undefined {
  const decoded = idOf(greeting) === fixedIds.sockclntCreateReply ? sockclntCreateReply.decode(greeting) : undefined;
  return decoded?.ok ? new Map(decoded.value.message_table.map(({ index, name }) => [index, name])) : undefined;
}

export interface Replayed {
  readonly seconds: number;
  readonly messages: number;
  /** Replies with a return value below 0: as many as the client itself had, when the VPP is in the same state. */
  readonly refused: number;
}

/** One connection that sends recorded requests again, ready made, 256 at a time, and looks at no reply. */
export class Replayer {
  private received: (body: Uint8Array) => void = () => {};
  private dropped: (error: Error) => void = () => {};

  private constructor(
    private readonly greeting: Awaited<ReturnType<typeof shakeHands>>,
    private readonly pingId: number,
    private readonly pongId: number,
  ) {}

  static async connect(socketPath: string): Promise<Replayer> {
    const greeting = await shakeHands(unixSocket(socketPath), 'bench-replay', 10_000);
    const id = (message: Parameters<typeof greeting.table.idOf>[0]) => greeting.table.idOf(message) ?? 0;
    const replayer = new Replayer(greeting, id(controlPing.request), id(controlPing.reply));
    const parser = new FrameParser();
    greeting.take({
      onDrain: () => {},
      onClose: () => replayer.dropped(new Error('VPP dropped the connection of the replay')),
      onData: (chunk) => void parser.push(chunk, (body) => replayer.received(body)),
    });
    return replayer;
  }

  async replay(requests: readonly Recorded[]): Promise<Replayed> {
    const batches = this.batches(requests);
    const startMs = performance.now();
    let refused = 0;
    for (const { bytes, mark } of batches)
      await new Promise<void>((resolve, reject) => {
        this.dropped = reject;
        this.received = (body) => {
          if (isRefusal(body)) refused++;
          if (idOf(body) === this.pongId && viewOf(body).getUint32(2) === mark) resolve();
        };
        this.greeting.transport.write(bytes);
      });
    return { seconds: (performance.now() - startMs) / 1000, messages: requests.length, refused };
  }

  close(): void {
    this.dropped = () => {};
    this.greeting.transport.destroy();
  }

  /** Each ends with a ping, whose answer comes after all others. */
  private batches(requests: readonly Recorded[]): { bytes: Buffer; mark: number }[] {
    const batches = [];
    const bodies = requests.map((request) => this.addressed(request));
    for (let at = 0; at < bodies.length; at += windowRequests) {
      const mark = 0xf0000000 + at;
      const ping = controlPing.request.encode(this.pingId, this.greeting.clientIndex, mark, {});
      const frames = [...bodies.slice(at, at + windowRequests), ping].map(frame);
      batches.push({ bytes: Buffer.concat(frames), mark });
    }
    return batches;
  }

  /** The request with the numbers of this VPP. */
  private addressed({ key, body }: Recorded): Uint8Array {
    const message = messagesByKey.get(key);
    const id = message && this.greeting.table.idOf(message);
    if (id === undefined) throw new Error(`this VPP does not offer ${key}`);
    const copy = body.slice();
    viewOf(copy).setUint16(0, id);
    viewOf(copy).setUint32(clientIndexAt, this.greeting.clientIndex);
    return copy;
  }
}

/** A short reply whose return value, right after id and context, is negative: VPP's error numbers are small. */
function isRefusal(body: Uint8Array): boolean {
  if (body.length < 10 || body.length > 20) return false;
  const retval = viewOf(body).getInt32(6);
  return retval < 0 && retval > -1000;
}
