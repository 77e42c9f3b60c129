import type { Socket } from 'node:net';
import { beginFrame, endFrame, FrameParser } from '#lib/vpp/framing.js';
import type { AnyMessage, Message } from '#lib/vpp/message.js';
import { fixedIds, sockclntCreate, sockclntCreateReply, sockclntDelete } from '#lib/vpp/messages/memclnt.js';
import { Writer } from '#lib/vpp/wire.js';
import { type ApiClient, type EventTopic, type Handler, type Send, zeroValue } from '../api/handler.js';
import type { Dataplane } from '../dataplane.js';
import type { FaultAction, FaultRules } from './faults.js';
import type { MessageIds } from './message-ids.js';

/** One VPP life as its clients see it. */
export interface Life {
  readonly dataplane: Dataplane;
  readonly ids: MessageIds;
  readonly pid: number;
}

export interface ConnectionHooks {
  life: Life;
  faults: FaultRules;
  nextClientIndex(): number;
  counted(message: string): void;
  vanish(): void;
  restart(): void;
}

const REQUEST_HEADER_BYTES = 10;
const DONE = 1;

/** One client's socket: handshake, then requests in order. What VPP ignores is ignored in silence. */
export class Connection implements ApiClient {
  private readonly parser = new FrameParser();
  private readonly writer = new Writer(64 * 1024);
  private readonly subscriptions = new Map<EventTopic, number>();
  private clientIndex: number | undefined;
  private readonly waiting: Uint8Array[] = [];
  private paused = false;

  constructor(
    private readonly socket: Socket,
    private readonly hooks: ConnectionHooks,
  ) {
    socket.on('data', (chunk) => this.received(chunk));
    socket.on('error', () => socket.destroy());
  }

  subscribe(topic: EventTopic, pid: number): boolean {
    if (this.subscriptions.has(topic)) return false;
    this.subscriptions.set(topic, pid);
    return true;
  }

  unsubscribe(topic: EventTopic): boolean {
    return this.subscriptions.delete(topic);
  }

  event(topic: EventTopic, emit: (send: Send, pid: number) => void): void {
    const pid = this.subscriptions.get(topic);
    if (pid === undefined) return;
    emit((message, value) => this.put(message, this.clientIndex ?? 0, 0, value), pid);
    this.flush();
  }

  destroy(): void {
    this.socket.destroy();
  }

  private received(chunk: Uint8Array): void {
    const result = this.parser.push(chunk, (body) => this.arrived(body));
    this.flush();
    if (!result.ok) this.socket.destroy();
  }

  private body(body: Uint8Array): void {
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    const id = view.getUint16(0);
    if (id === fixedIds.sockclntCreate) {
      this.handshake(body);
      return;
    }
    if (body.length < REQUEST_HEADER_BYTES || this.clientIndex === undefined) return;
    if (view.getUint32(2) !== this.clientIndex) return;
    const context = view.getUint32(6);
    const handler = this.hooks.life.ids.handlerOf(id);
    if (id === this.hooks.life.ids.idOf(sockclntDelete.request)) this.goodbye(context);
    else if (handler) this.request(handler, body, context);
  }

  private handshake(body: Uint8Array): void {
    const request = sockclntCreate.decode(body);
    if (!request.ok) return;
    const context = new DataView(body.buffer, body.byteOffset).getUint32(2);
    this.clientIndex = this.hooks.nextClientIndex();
    const table = this.hooks.life.ids.table();
    this.put(sockclntCreateReply, 0, context, { response: 0, index: this.clientIndex, message_table: table });
  }

  private goodbye(context: number): void {
    this.put(sockclntDelete.reply, 0, context, { response: DONE });
    this.flush();
    this.socket.end();
  }

  private request(handler: Handler, body: Uint8Array, context: number): void {
    this.hooks.counted(handler.request.name);
    this.hooks.life.dataplane.pinger.disturb();
    const fault = this.hooks.faults.next(handler.request.name);
    if (fault) this.goWrong(fault, handler, body, context);
    else this.execute(handler, body, context, true);
  }

  private goWrong(fault: FaultAction, handler: Handler, body: Uint8Array, context: number): void {
    switch (fault.kind) {
      case 'fail':
        this.refuse(handler, context, fault.retval);
        break;
      case 'drop':
        this.execute(handler, body, context, false);
        break;
      case 'delay':
        this.pause(fault.ms, handler, Uint8Array.from(body), context);
        break;
      case 'close':
        this.destroy();
        break;
      case 'vanish':
        this.hooks.vanish();
        break;
      case 'restart':
        this.hooks.restart();
        break;
    }
  }

  private execute(handler: Handler, body: Uint8Array, context: number, answer: boolean): void {
    const { dataplane, pid } = this.hooks.life;
    const send: Send = (message, value) => {
      if (answer) this.put(message, 0, context, value);
    };
    handler.run(body, { dataplane, pid, client: this }, send);
  }

  /** The reply with this retval and zeros for the rest, without having done anything. */
  private refuse(handler: Handler, context: number, retval: number): void {
    if (!handler.reply) return;
    this.put(handler.reply, 0, context, { ...zeroValue(handler.reply), retval });
  }

  private pause(ms: number, handler: Handler, body: Uint8Array, context: number): void {
    this.paused = true;
    setTimeout(() => {
      this.paused = false;
      // As with VPP, what a client sent and did not see done goes with its connection.
      if (this.socket.destroyed) return;
      this.execute(handler, body, context, true);
      for (const next of this.waiting.splice(0)) this.arrived(next);
      this.flush();
    }, ms);
  }

  private arrived(body: Uint8Array): void {
    if (this.paused) this.waiting.push(Uint8Array.from(body));
    else this.body(body);
  }

  private put<T>(message: Message<T> | AnyMessage, clientIndex: number, context: number, value: T): void {
    const id = this.hooks.life.ids.idOf(message);
    const start = beginFrame(this.writer);
    message.encodeInto(this.writer, id, clientIndex, context, value);
    endFrame(this.writer, start);
    if (this.writer.offset > FLUSH_BYTES) this.flush();
  }

  private flush(): void {
    if (this.writer.offset === 0) return;
    if (!this.socket.destroyed) this.socket.write(this.writer.finish());
    this.writer.reset();
  }
}

const FLUSH_BYTES = 256 * 1024;
