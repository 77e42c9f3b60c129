import type { AnyMessage, Call, Dump, Message, Operation, Stream } from '#lib/vpp/message.js';
import { messagesOf } from '#lib/vpp/messages/all.js';
import { retvals } from '#lib/vpp/retval.js';
import type { Dataplane } from '../dataplane.js';

/** The connection a request came over, as far as a handler may know it. */
export interface ApiClient {
  /** Remembers a subscription; false when it is there already. */
  subscribe(topic: EventTopic, pid: number): boolean;
  /** False when there was none. */
  unsubscribe(topic: EventTopic): boolean;
}
export type EventTopic = 'interface' | 'neighbour' | 'vrrp' | 'ping';

/** What a handler works on. `instance` is the process as VPP would name it. */
export interface ApiContext {
  dataplane: Dataplane;
  client: ApiClient;
  pid: number;
}

export type Send = <T>(message: Message<T>, value: T) => void;

/** The answer to one request message. `run` is false when the body cannot be read, which VPP drops in silence. */
export interface Handler {
  readonly request: AnyMessage;
  /** Messages it may send. */
  readonly answers: readonly AnyMessage[];
  run(body: Uint8Array, context: ApiContext, send: Send): boolean;
  /** The reply with `retval` and everything else zero: what a fault makes VPP say. Undefined for dumps. */
  readonly reply?: AnyMessage;
}

/** Answers a request with its one reply. */
export function onCall<Q, A>(operation: Call<Q, A>, answer: (request: Q, context: ApiContext) => A): Handler {
  return {
    request: operation.request,
    reply: operation.reply,
    answers: [operation.reply],
    run(body, context, send) {
      const request = operation.request.decode(body);
      if (!request.ok) return false;
      send(operation.reply, answer(request.value, context));
      return true;
    },
  };
}

/** Answers a request whose reply is a bare retval. */
export const onAck = <Q>(
  operation: Call<Q, { retval: number }>,
  answer: (request: Q, context: ApiContext) => number,
): Handler => onCall(operation, (request, context) => ({ retval: answer(request, context) }));

/** Answers a dump with its details; the client's own control_ping ends it. */
export function onDump<Q, D>(operation: Dump<Q, D>, list: (request: Q, context: ApiContext) => Iterable<D>): Handler {
  return {
    request: operation.request,
    answers: [operation.details],
    run(body, context, send) {
      const request = operation.request.decode(body);
      if (!request.ok) return false;
      for (const details of list(request.value, context)) send(operation.details, details);
      return true;
    },
  };
}

/** Answers a stream with all its details in one page. */
export function onStream<Q, D>(
  operation: Stream<Q, D, { retval: number; cursor: number }>,
  list: (request: Q, context: ApiContext) => Iterable<D>,
): Handler {
  return {
    request: operation.request,
    reply: operation.reply,
    answers: [operation.details, operation.reply],
    run(body, context, send) {
      const request = operation.request.decode(body);
      if (!request.ok) return false;
      for (const details of list(request.value, context)) send(operation.details, details);
      send(operation.reply, { retval: 0, cursor: LAST_PAGE });
      return true;
    },
  };
}
const LAST_PAGE = 0xffffffff;

/** For a message of the gateway that the simulator does not model: -9 UNIMPLEMENTED, an empty dump. */
export function unimplemented(operation: Operation): Handler {
  const answers = messagesOf(operation).slice(1);
  const reply = operation.pattern === 'dump' ? undefined : operation.reply;
  return {
    request: operation.request,
    answers,
    ...(reply ? { reply } : {}),
    run(body, _context, send) {
      if (!operation.request.decode(body).ok) return false;
      if (reply) send(reply, { ...zeroValue(reply), retval: retvals.UNIMPLEMENTED });
      return true;
    },
  };
}

/** Longer than any message without its variable parts. */
const ZERO_BODY_BYTES = 4096;

/** A message's fields, all zero. */
export function zeroValue(message: AnyMessage): Record<string, unknown> {
  const zeros = message.decode(new Uint8Array(ZERO_BODY_BYTES));
  return zeros.ok ? zeros.value : {};
}

/** Text as it fits a field of `size` bytes with its NUL: a field filled to the brim loses its end, as in VPP. */
export function fitting(text: string, size: number): string {
  const bytes = Buffer.from(text);
  return bytes.length < size ? text : bytes.toString('latin1', 0, size - 1).replaceAll(/[^\x20-\x7e]/g, '?');
}
