import { createServer, type Server, type Socket } from 'node:net';
import { FrameParser, frame } from '../framing.js';
import type { AnyMessage, Message } from '../message.js';
import { allEvents, allOperations, messagesOf, optionalEvents, optionalOperations } from '../messages/all.js';
import { controlPing, fixedIds, sockclntCreateReply } from '../messages/memclnt.js';

/** What a handler can do about one request. */
export interface Exchange {
  send<T>(message: Message<T>, value: T): void;
  /** Sends with a client index of 0, as VPP does where details have one. */
  sendBare<T>(message: Message<T>, value: T): void;
  /** Sends under another id than the table's. */
  sendAs<T>(id: number, message: Message<T>, value: T): void;
  raw(bytes: Uint8Array): void;
  drop(): void;
}

export interface FakeVppOptions {
  readonly pid?: number;
  /** Messages VPP offers; all the gateway knows by default. */
  readonly messages?: readonly AnyMessage[];
  /** What happens on a request, by message name; nothing at all for others (as VPP does), a reply to `control_ping`. */
  readonly on?: Record<string, (exchange: Exchange, value: never) => void>;
}

const clientIndex = 0x80000001;
const firstId = 100;

export const allMessages: readonly AnyMessage[] = [
  ...new Map(
    [...[...allOperations, ...optionalOperations].flatMap(messagesOf), ...allEvents, ...optionalEvents].map(
      (m) => [m.key, m] as const,
    ),
  ).values(),
];

/** The other end of the socket for tests: handshake and message table as VPP's, answers as the test says. */
export class FakeVpp {
  readonly received: string[] = [];
  /** How many reads the requests came in. */
  reads = 0;
  connections = 0;
  private readonly sockets = new Set<Socket>();
  private readonly table: { index: number; name: string }[];
  private readonly byId: Map<number, AnyMessage>;

  private constructor(
    private readonly server: Server,
    private readonly options: FakeVppOptions,
  ) {
    const messages = options.messages ?? allMessages;
    this.byId = new Map(messages.map((message, i) => [firstId + i, message]));
    this.table = messages.map((message, i) => ({ index: firstId + i, name: message.key }));
    server.on('connection', (socket) => this.accept(socket));
  }

  static async listen(path: string, options: FakeVppOptions = {}): Promise<FakeVpp> {
    const server = createServer();
    const fake = new FakeVpp(server, options);
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return fake;
  }

  idOf(message: AnyMessage): number {
    return this.table.find(({ name }) => name === message.key)?.index ?? 0;
  }

  /** To every client connected. */
  broadcast<T>(message: Message<T>, value: T): void {
    for (const socket of this.sockets) socket.write(frame(message.encode(this.idOf(message), clientIndex, 0, value)));
  }

  dropAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.dropAll();
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
  }

  private accept(socket: Socket): void {
    this.connections++;
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => {});
    const parser = new FrameParser();
    socket.on('data', (chunk) => {
      this.reads++;
      parser.push(chunk, (body) => this.handle(socket, body));
    });
  }

  private handle(socket: Socket, body: Uint8Array): void {
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    const id = view.getUint16(0);
    if (id === fixedIds.sockclntCreate) return void this.greet(socket, view.getUint32(2));
    const message = this.byId.get(id);
    if (!message || view.getUint32(2) !== clientIndex) return;
    this.received.push(message.name);
    const decoded = message.decode(body);
    if (decoded.ok) this.answer(socket, message, view.getUint32(6), decoded.value);
  }

  private greet(socket: Socket, context: number): void {
    const greeting = { response: 0, index: clientIndex, message_table: this.table };
    socket.write(frame(sockclntCreateReply.encode(fixedIds.sockclntCreateReply, 0, context, greeting)));
  }

  private answer(socket: Socket, message: AnyMessage, context: number, value: unknown): void {
    const exchange: Exchange = {
      send: (reply, fields) => exchange.sendAs(this.idOf(reply), reply, fields),
      sendBare: (reply, fields) => exchange.raw(frame(reply.encode(this.idOf(reply), 0, context, fields))),
      sendAs: (id, reply, fields) => exchange.raw(frame(reply.encode(id, clientIndex, context, fields))),
      raw: (bytes) => void socket.write(bytes),
      drop: () => void socket.destroy(),
    };
    const handler = this.options.on?.[message.name];
    if (handler) handler(exchange, value as never);
    else if (message === controlPing.request)
      exchange.send(controlPing.reply, { retval: 0, client_index: 0, vpe_pid: this.options.pid ?? 4711 });
  }
}
