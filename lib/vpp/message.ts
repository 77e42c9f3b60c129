import { type Fields, type FieldValues, fieldList, fieldsText, foldFields, u32 } from './codec.js';
import { crc32 } from './crc.js';
import { Reader, Writer } from './wire.js';

export type Decoded<T> = { ok: true; value: T } | { ok: false; error: string };

/** What stands between the message id and the fields. */
export type Header = 'request' | 'reply' | 'event' | 'bare';

const headerFields: Record<Header, Fields> = {
  request: { client_index: u32, context: u32 },
  reply: { context: u32 },
  event: { client_index: u32 },
  bare: {},
};

/** One VPP API message: name and CRC as in VPP's message table, and both directions of its body. */
export interface Message<T = unknown> {
  readonly name: string;
  /** 8 hex digits as in VPP's JSON, without `0x`. */
  readonly crc: string;
  /** The key of VPP's message table: `name_crc`. */
  readonly key: string;
  readonly header: Header;
  /** The fields, for tests and tools that compare definitions. */
  readonly fields: Fields;
  /** Body from the message id on. `clientIndex` and `context` are written where the header has them. */
  encode(id: number, clientIndex: number, context: number, value: T): Uint8Array;
  /** The same, appended to a writer that the caller owns; throws RangeError when a value does not fit its field. */
  encodeInto(writer: Writer, id: number, clientIndex: number, context: number, value: T): void;
  /** Fields of a whole body (message id included); bytes beyond the last field are ignored, as VPP does. */
  decode(body: Uint8Array): Decoded<T>;
  /** The same at a reader that stands at the message id and is narrowed to the body. */
  decodeFrom(reader: Reader): Decoded<T>;
  /** The CRC recomputed from the fields: equals `crc` unless the definition is wrong. */
  computeCrc(): string;
}

export type Infer<M> = M extends Message<infer T> ? T : never;

const headerSize: Record<Header, number> = { request: 10, reply: 6, event: 6, bare: 2 };

function message<F extends Fields>(header: Header, name: string, crc: string, fields: F): Message<FieldValues<F>> {
  const list = fieldList(fields);
  const hasClientIndex = header === 'request' || header === 'event';
  const hasContext = header === 'request' || header === 'reply';
  const encodeInto = (w: Writer, id: number, clientIndex: number, context: number, value: FieldValues<F>) => {
    w.u16(id);
    if (hasClientIndex) w.u32(clientIndex);
    if (hasContext) w.u32(context);
    list.write(w, value);
  };
  const decodeFrom = (reader: Reader): Decoded<FieldValues<F>> => {
    try {
      reader.take(headerSize[header]);
      return { ok: true, value: list.read(reader) };
    } catch (error) {
      return { ok: false, error: `${name}: ${error instanceof Error ? error.message : String(error)}` };
    }
  };
  const writer = new Writer();
  return {
    name,
    crc,
    key: `${name}_${crc}`,
    header,
    fields,
    encodeInto,
    decodeFrom,
    encode(id, clientIndex, context, value) {
      writer.reset();
      encodeInto(writer, id, clientIndex, context, value);
      return writer.finish();
    },
    decode: (body) => decodeFrom(new Reader(body)),
    computeCrc() {
      const all = { ...headerFields[header], ...fields };
      return foldFields(all, crc32(fieldsText(all)))
        .toString(16)
        .padStart(8, '0');
    },
  };
}

export const request = <F extends Fields>(name: string, crc: string, fields: F) =>
  message('request', name, crc, fields);
export const reply = <F extends Fields>(name: string, crc: string, fields: F) => message('reply', name, crc, fields);
export const event = <F extends Fields>(name: string, crc: string, fields: F) => message('event', name, crc, fields);
/** @public */
export const bare = <F extends Fields>(name: string, crc: string, fields: F) => message('bare', name, crc, fields);

/** One request, one reply. */
export interface Call<Q = unknown, A = unknown> {
  readonly pattern: 'call';
  readonly request: Message<Q>;
  readonly reply: Message<A>;
}
/** One request, 0..n details, ended by the reply of a `control_ping` sent behind it. */
export interface Dump<Q = unknown, D = unknown> {
  readonly pattern: 'dump';
  readonly request: Message<Q>;
  readonly details: Message<D>;
  /** VPP 26.06 answers a few dumps under a wrong message id: such details are taken by context alone. */
  readonly wrongId?: boolean;
}
/** `X_get{cursor}` -> details, then `X_get_reply{retval, cursor}`; -165 EAGAIN asks to go on from the cursor. */
export interface Stream<Q = unknown, D = unknown, A = unknown> {
  readonly pattern: 'stream';
  readonly request: Message<Q>;
  readonly details: Message<D>;
  readonly reply: Message<A>;
}
// biome-ignore lint/suspicious/noExplicitAny: a list of messages holds values of every type
export type AnyMessage = Message<any>;
// biome-ignore lint/suspicious/noExplicitAny: as above
export type Operation = Call<any, any> | Dump<any, any> | Stream<any, any, any>;

export const call = <Q, A>(req: Message<Q>, rep: Message<A>): Call<Q, A> => ({
  pattern: 'call',
  request: req,
  reply: rep,
});
export const dump = <Q, D>(req: Message<Q>, details: Message<D>, quirk: { wrongId?: boolean } = {}): Dump<Q, D> => ({
  pattern: 'dump',
  request: req,
  details,
  ...quirk,
});
export const stream = <Q, D, A>(req: Message<Q>, details: Message<D>, rep: Message<A>): Stream<Q, D, A> => ({
  pattern: 'stream',
  request: req,
  details,
  reply: rep,
});
