import { VppClientError } from './client-error.js';
import { FrameParser } from './framing.js';
import { shakeHands } from './handshake.js';
import type { AnyMessage, Decoded, Operation } from './message.js';
import type { MessageTable } from './message-table.js';
import { controlPing, sockclntDelete } from './messages/memclnt.js';
import { Outbox } from './outbox.js';
import { type CallOptions, Pending } from './pending.js';
import type { MessageTrace } from './trace.js';
import type { Connect, Transport } from './transport.js';
import type { Reader } from './wire.js';

/** Something odd that no caller is waiting for. */
export interface VppWarning {
  readonly kind: 'unexpected-message' | 'event-decode' | 'handler-failed';
  readonly detail: string;
}

export interface SessionOptions {
  /** The client's name as VPP shows it. */
  readonly name: string;
  readonly windowRequests: number;
  readonly replyTimeoutMs: number;
  /** How long the last request may stay unanswered before a ping behind it asks whether it was dropped. */
  readonly lostProbeMs: number;
  readonly trace: MessageTrace | undefined;
  /** `retval` is undefined when the reply has none; not called for requests without an answer. */
  onRoundTrip(message: string, seconds: number, retval: number | undefined): void;
  onWarning(warning: VppWarning): void;
  onEvent(message: AnyMessage, value: unknown): void;
}

const contextBytes = 4;

/** One connection to one VPP, from the handshake until it drops. Not reused: the next connection is a new session. */
export class Session {
  /** Resolves once the connection has dropped, with the reason when there is one. */
  readonly closed: Promise<Error | undefined>;
  lastHeardMs = performance.now();
  /** When an answer, or a part of one, was last heard. */
  private lastProgressMs = performance.now();
  private readonly events = new Map<number, AnyMessage>();
  private readonly parser = new FrameParser();
  private readonly outbox: Outbox;
  private unsettled = 0;
  private flushScheduled = false;
  private open = true;
  private timer: NodeJS.Timeout | undefined;
  /** The ping behind silent requests. */
  private probe: Pending | undefined;
  private idleWaiters: (() => void)[] = [];
  private failure: Error | undefined;
  private settleClosed: (error: Error | undefined) => void = () => {};

  private constructor(
    private readonly transport: Transport,
    private readonly options: SessionOptions,
    readonly table: MessageTable,
    private readonly clientIndex: number,
  ) {
    this.closed = new Promise((resolve) => {
      this.settleClosed = resolve;
    });
    this.outbox = new Outbox(transport, clientIndex, options.windowRequests, {
      refused: (entry, error) => this.fail(entry, error),
      sent: (message, context, value) => this.trace('sent', message, context, value),
    });
  }

  /** Connects and shakes hands; rejects when VPP is not there, answers nonsense, or not within `timeoutMs`. */
  static async open(connect: Connect, options: SessionOptions, timeoutMs: number): Promise<Session> {
    const { transport, table, clientIndex, take } = await shakeHands(connect, options.name, timeoutMs);
    const session = new Session(transport, options, table, clientIndex);
    take({
      onData: (chunk) => session.receive(chunk),
      onDrain: () => session.outbox.unblock(),
      onClose: (error) => session.dropped(error),
    });
    return session;
  }

  /** Nobody waits for an answer. */
  get idle(): boolean {
    return this.unsettled === 0;
  }

  /**
   * Queues a request; it leaves with all others of this turn of the event loop in one write. It settles exactly once: a call with its
   * reply, a dump with its details, a stream with a `Page`. `endOf` is the dump this request is the end of.
   */
  ask<A>(
    operation: Operation,
    value: unknown,
    resolve: (answer: A) => void,
    reject: (error: Error) => void,
    options?: CallOptions,
    endOf?: Pending,
  ): Pending {
    const ids = this.table.idsOf(operation);
    const entry = new Pending(operation, value, ids, resolve, reject, options, endOf);
    this.unsettled++;
    if (!this.open) this.fail(entry, this.disconnected(entry, false));
    else if (ids.request === undefined) this.fail(entry, unsupported(entry));
    else this.enqueue(entry);
    return entry;
  }

  /** Delivers an event's messages from now on. */
  listen(event: AnyMessage): void {
    const id = this.table.idOf(event);
    if (id !== undefined) this.events.set(id, event);
  }

  /** Resolves when nobody waits for an answer any more. */
  whenIdle(): Promise<void> {
    if (this.idle) return Promise.resolve();
    return new Promise((resolve) => {
      this.idleWaiters.push(resolve);
    });
  }

  /** Drops the connection; what is in flight fails as `disconnected`. */
  abort(reason?: Error): void {
    this.failure ??= reason;
    this.transport.destroy();
  }

  /** Signs off as VPP likes it, then drops the connection. */
  leave(): void {
    this.askUnheard(sockclntDelete, { index: this.clientIndex });
    this.flush();
    this.transport.end();
  }

  private askUnheard(operation: Operation, value: unknown): Pending {
    return this.ask(
      operation,
      value,
      () => {},
      () => {},
    );
  }

  private enqueue(entry: Pending): void {
    this.outbox.add(entry);
    if (this.flushScheduled) return;
    this.flushScheduled = true;
    // After everything that was heard in this turn of the event loop: what all of it asks for shares the write.
    setImmediate(() => this.flush());
  }

  private flush(): void {
    this.flushScheduled = false;
    if (!this.open) return;
    this.outbox.flush();
    if (this.outbox.inFlight.size > 0 && this.timer === undefined) this.armTimer(this.options.lostProbeMs);
  }

  private receive(chunk: Uint8Array): void {
    this.lastHeardMs = performance.now();
    const result = this.parser.read(chunk, this.dispatch);
    if (!result.ok) this.abort(new VppClientError('decode', result.error, true));
    else if (this.outbox.hasWaiting) this.flush();
  }

  private readonly dispatch = (body: Reader): void => {
    const start = body.offset;
    const end = start + body.remaining;
    const id = body.u16();
    const word = body.remaining < contextBytes ? 0 : body.u32();
    const next = word !== 0 || body.remaining < contextBytes ? 0 : body.u32();
    body.window(start, end);
    const context = word === 0 && this.hasClientIndex(id, next) ? next : word;
    const event = this.events.get(id);
    const entry = event ? undefined : this.outbox.inFlight.get(context);
    if (event) this.dispatchEvent(event, body);
    else if (entry && id === entry.ids.reply) this.answer(entry, context, body);
    else if (entry && isDetails(entry.operation, id, entry.ids.details))
      this.collect(entry, entry.operation.details, context, body);
    else this.warn('unexpected-message', `id ${id}, context ${context}, ${end - start} bytes`);
  };

  /** A few details are laid out as requests are: a client index, always 0, before the context (vrrp.api, interface.api). */
  private hasClientIndex(id: number, context: number): boolean {
    const entry = this.outbox.inFlight.get(context);
    return entry?.ids.details === id && (entry.operation as { details?: AnyMessage }).details?.header === 'request';
  }

  private dispatchEvent(event: AnyMessage, body: Reader): void {
    const decoded: Decoded<unknown> = event.decodeFrom(body);
    if (!decoded.ok) {
      this.warn('event-decode', decoded.error);
      return;
    }
    this.trace('received', event, 0, decoded.value);
    this.options.onEvent(event, decoded.value);
  }

  private warn(kind: VppWarning['kind'], detail: string): void {
    this.options.onWarning({ kind, detail });
  }

  private collect(entry: Pending, details: AnyMessage, context: number, body: Reader): void {
    const item = this.decoded(entry, details, context, body);
    this.lastProgressMs = this.lastHeardMs;
    if (item !== undefined) entry.collect(item);
  }

  private answer(entry: Pending, context: number, body: Reader): void {
    const { inFlight } = this.outbox;
    this.lastProgressMs = this.lastHeardMs;
    for (let oldest = inFlight.shift(); oldest && oldest !== entry; oldest = inFlight.shift())
      if (oldest !== entry.endOf) this.lose(oldest);
    if (entry.endOf) this.finish(entry.endOf, undefined);
    const reply = (entry.operation as { reply?: AnyMessage }).reply;
    this.finish(entry, reply && this.decoded(entry, reply, context, body));
  }

  /** Undefined, and noted in the request, when the message does not follow its definition. */
  private decoded(entry: Pending, message: AnyMessage, context: number, body: Reader): unknown {
    const result: Decoded<unknown> = message.decodeFrom(body);
    if (!result.ok) {
      entry.broken ??= result.error;
      return undefined;
    }
    this.trace('received', message, context, result.value);
    return result.value;
  }

  private finish(entry: Pending, reply: unknown): void {
    if (entry.settled) return;
    const retval = (reply as { retval?: number } | undefined)?.retval;
    this.options.onRoundTrip(entry.message.name, (this.lastHeardMs - entry.sentAtMs) / 1000, retval);
    entry.complete(reply);
    this.settledOne();
  }

  private fail(entry: Pending, error: Error): void {
    if (entry.settled) return;
    entry.fail(error);
    this.settledOne();
  }

  private settledOne(): void {
    this.unsettled--;
    if (this.unsettled === 0) for (const wake of this.idleWaiters.splice(0)) wake();
  }

  private lose(entry: Pending): void {
    const { name } = entry.message;
    this.fail(entry, new VppClientError('lost', `${name}: VPP answered a later request, not this one`, true));
  }

  private armTimer(delayMs: number): void {
    this.timer = setTimeout(() => this.checkTimes(), Math.max(1, delayMs));
  }

  /** One timer for the oldest request; it looks again when that one's time is up, so that a reply never touches it. */
  private checkTimes(): void {
    this.timer = undefined;
    const now = performance.now();
    const { replyTimeoutMs, lostProbeMs } = this.options;
    const oldest = this.expire(now - replyTimeoutMs);
    if (!oldest) return;
    const age = now - oldest.sentAtMs;
    // A ping behind requests that stay silent: its reply proves them lost.
    if (age >= lostProbeMs && this.probe?.settled !== false) this.probe = this.askUnheard(controlPing, {});
    this.armTimer(Math.min(age < lostProbeMs ? lostProbeMs - age : lostProbeMs, replyTimeoutMs - age));
  }

  /**
   * Fails what was sent before `beforeMs`; the oldest of the rest. A VPP that made no progress since then answers nothing more
   * on this connection: it is dropped, with what waits for the window.
   */
  private expire(beforeMs: number): Pending | undefined {
    for (const entry of this.outbox.inFlight) {
      if (entry.sentAtMs > beforeMs) return entry;
      const text = `${entry.message.name}: no reply in ${this.options.replyTimeoutMs / 1000} s`;
      const timeout = new VppClientError('timeout', text, true);
      this.fail(entry, timeout);
      if (this.lastProgressMs < entry.sentAtMs) {
        this.abort(timeout);
        return undefined;
      }
    }
    return undefined;
  }

  private dropped(error: Error | undefined): void {
    this.open = false;
    clearTimeout(this.timer);
    this.failure ??= error;
    for (const entry of this.outbox.inFlight) this.fail(entry, this.disconnected(entry, true));
    for (const entry of this.outbox.drain()) this.fail(entry, this.disconnected(entry, false));
    this.settleClosed(this.failure);
  }

  private disconnected(entry: Pending, sent: boolean): VppClientError {
    const what = sent ? 'outcome unknown' : 'not sent';
    const text = `${entry.message.name}: VPP's socket dropped, ${what}`;
    return new VppClientError('disconnected', text, sent, this.failure);
  }

  private trace(direction: 'sent' | 'received', message: AnyMessage, context: number, value: unknown): void {
    this.options.trace?.record({ atMs: Date.now(), direction, message: message.name, context, value });
  }
}

function isDetails(
  operation: Operation,
  id: number,
  detailsId: number,
): operation is Exclude<Operation, { pattern: 'call' }> {
  if (operation.pattern === 'call') return false;
  return id === detailsId || (operation.pattern === 'dump' && operation.wrongId === true);
}

const unsupported = ({ message }: Pending) =>
  new VppClientError('unsupported', `${message.name}: not offered by this VPP`, false);
