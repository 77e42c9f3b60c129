import { VppClientError } from './client-error.js';
import { FrameParser, frame } from './framing.js';
import { MessageTable } from './message-table.js';
import { fixedIds, sockclntCreate, sockclntCreateReply } from './messages/memclnt.js';
import type { Connect, Transport, TransportHandlers } from './transport.js';

/** A connection that VPP has accepted. */
export interface Greeting {
  readonly transport: Transport;
  readonly table: MessageTable;
  /** Goes into every request; anything else is dropped without a reply. */
  readonly clientIndex: number;
  /** Hands the connection over to its user. */
  take(handlers: TransportHandlers): void;
}

const nobody: TransportHandlers = { onData: () => {}, onDrain: () => {}, onClose: () => {} };

/** Connects and sends `sockclnt_create`; rejects on nonsense, on a drop and after `timeoutMs`. */
export async function shakeHands(connect: Connect, name: string, timeoutMs: number): Promise<Greeting> {
  let handlers = nobody;
  const transport = await connect({
    onData: (chunk) => handlers.onData(chunk),
    onDrain: () => handlers.onDrain(),
    onClose: (error) => handlers.onClose(error),
  });
  const take = (next: TransportHandlers) => {
    handlers = next;
  };
  try {
    const body = await firstBody(transport, name, timeoutMs, take);
    return { transport, take, ...readGreeting(body) };
  } catch (error) {
    handlers = nobody;
    transport.destroy();
    throw error;
  }
}

function firstBody(
  transport: Transport,
  name: string,
  timeoutMs: number,
  take: (handlers: TransportHandlers) => void,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const refuse = (why: string, cause?: unknown) => {
      clearTimeout(timer);
      reject(new VppClientError('disconnected', `handshake with VPP: ${why}`, false, cause));
    };
    const timer = setTimeout(() => refuse(`no answer in ${timeoutMs} ms`), timeoutMs);
    const parser = new FrameParser();
    const accept = (body: Uint8Array) => {
      clearTimeout(timer);
      resolve(body);
    };
    take({
      onDrain: () => {},
      onClose: (error) => refuse('the socket dropped', error),
      onData: (chunk) => {
        const result = parser.push(chunk, accept);
        if (!result.ok) refuse(result.error);
      },
    });
    transport.write(frame(sockclntCreate.encode(fixedIds.sockclntCreate, 0, 0, { name: name.slice(0, 63) })));
  });
}

function readGreeting(body: Uint8Array): Pick<Greeting, 'table' | 'clientIndex'> {
  const id = new DataView(body.buffer, body.byteOffset, body.byteLength).getUint16(0);
  const decoded = sockclntCreateReply.decode(body);
  const why = decoded.ok ? `id ${id}, response ${decoded.value.response}` : decoded.error;
  if (!decoded.ok || id !== fixedIds.sockclntCreateReply || decoded.value.response !== 0)
    throw new VppClientError('decode', `handshake with VPP: ${why}`, false);
  return { table: new MessageTable(decoded.value.message_table), clientIndex: decoded.value.index };
}
