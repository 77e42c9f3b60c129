import type { OptionRow } from '../dhcp/options.js';
import { type Decoded, decoded, malformed } from '../net/decoded.js';
import { ip6At, ip6Bytes } from '../net/ip6.js';
import { MESSAGE6, option6Name, RELAY_MESSAGE } from './options.js';

/** One option instance as on the wire. */
export interface RawOption6 {
  code: number;
  /** A view into the received bytes after decoding: copy it to keep it beyond the buffer's life. */
  data: Uint8Array;
}

/** A message between client and server (RFC 8415 section 8). */
export interface Dhcp6Message {
  type: number;
  /** 24 bits. */
  transactionId: number;
  options: RawOption6[];
}

/** What one relay put around a message (RFC 8415 section 9); the relay-message option itself is left out. */
export interface Relay6 {
  type: number;
  hopCount: number;
  linkAddress: string;
  peerAddress: string;
  options: RawOption6[];
}

/** A UDP payload: the relays it came through, outermost first, and the message. */
export interface Dhcp6Packet {
  relays: Relay6[];
  message: Dhcp6Message;
}

/** HOP_COUNT_LIMIT of RFC 8415 section 7.6: no packet passes more relays. */
export const HOP_COUNT_LIMIT = 8;

const MESSAGE_HEAD = 4;
const RELAY_HEAD = 34;
const OPTION_HEAD = 4;

/**
 * Decodes a UDP payload. Refused with the place: cut off heads and options, a type that is no message, relays nested
 * deeper than HOP_COUNT_LIMIT, a relay without or with two relay-message options, a relay around the other direction's.
 */
export function decodeDhcp6(bytes: Uint8Array): Decoded<Dhcp6Packet> {
  const relays: Relay6[] = [];
  let at = 0;
  let end = bytes.length;
  for (;;) {
    const type = bytes[at];
    if (type === undefined || at >= end) return malformed(`no message at byte ${at}`);
    if (type !== MESSAGE6.relayForward && type !== MESSAGE6.relayReply) break;
    if (relays.length === HOP_COUNT_LIMIT) return malformed(`more than ${HOP_COUNT_LIMIT} relays at byte ${at}`);
    if (relays.some((outer) => outer.type !== type)) return malformed(`relay of the other direction at byte ${at}`);
    if (end - at < RELAY_HEAD) return malformed(`relay header at byte ${at} is cut off`);
    const options = readOptions6(bytes, at + RELAY_HEAD, end);
    if (!options.ok) return options;
    const inner = options.value.filter(({ code }) => code === RELAY_MESSAGE);
    const [first] = inner;
    if (first === undefined || inner.length > 1)
      return malformed(`${inner.length} relay-message options in the relay at byte ${at}, one is expected`);
    relays.push({
      type,
      hopCount: bytes[at + 1] ?? 0,
      linkAddress: ip6At(bytes, at + 2),
      peerAddress: ip6At(bytes, at + 18),
      options: options.value.filter(({ code }) => code !== RELAY_MESSAGE),
    });
    at = first.data.byteOffset - bytes.byteOffset;
    end = at + first.data.length;
  }
  const message = decodeMessage(bytes, at, end);
  return message.ok ? decoded({ relays, message: message.value }) : message;
}

function decodeMessage(bytes: Uint8Array, at: number, end: number): Decoded<Dhcp6Message> {
  const type = bytes[at] ?? 0;
  if (type === 0 || type > MESSAGE6.informationRequest) return malformed(`message type ${type} at byte ${at}`);
  if (end - at < MESSAGE_HEAD) return malformed(`message header at byte ${at} is cut off`);
  const options = readOptions6(bytes, at + MESSAGE_HEAD, end);
  if (!options.ok) return options;
  const transactionId = ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
  return decoded({ type, transactionId, options: options.value });
}

/** The options of `bytes[at..end)`, or which of them is cut off. */
export function readOptions6(bytes: Uint8Array, at: number, end: number): Decoded<RawOption6[]> {
  const options: RawOption6[] = [];
  while (at < end) {
    if (end - at < OPTION_HEAD) return malformed(`option header at byte ${at} is cut off`);
    const code = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    const dataAt = at + OPTION_HEAD;
    const next = dataAt + (((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
    if (next > end) return malformed(`${option6Name(code)} at byte ${at} is cut off`);
    options.push({ code, data: bytes.subarray(dataAt, next) });
    at = next;
  }
  return decoded(options);
}

/** Options on the wire, in their order. Throws RangeError for data above 65535 bytes. */
export function writeOptions6(options: readonly RawOption6[]): Uint8Array {
  const size = options.reduce((sum, { data }) => sum + OPTION_HEAD + data.length, 0);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const { code, data } of options) {
    if (data.length > 0xffff || code < 0 || code > 0xffff)
      throw new RangeError(`${option6Name(code)} of ${data.length} bytes`);
    bytes.set([code >> 8, code & 255, data.length >> 8, data.length & 255], at);
    bytes.set(data, at + OPTION_HEAD);
    at += OPTION_HEAD + data.length;
  }
  return bytes;
}

function encodeMessage({ type, transactionId, options }: Dhcp6Message): Uint8Array {
  const head = Uint8Array.of(type, transactionId >> 16, transactionId >> 8, transactionId);
  return Buffer.concat([head, writeOptions6(options)]);
}

/**
 * Encodes a packet. In each relay the relay-message option comes last: VPP's relay takes what follows it for the
 * message when it meets the interface-id behind it.
 */
export function encodeDhcp6({ relays, message }: Dhcp6Packet): Uint8Array {
  let bytes = encodeMessage(message);
  for (const relay of [...relays].reverse()) {
    const options = writeOptions6([...relay.options, { code: RELAY_MESSAGE, data: bytes }]);
    const addresses = [ip6Bytes(relay.linkAddress), ip6Bytes(relay.peerAddress)];
    bytes = Buffer.concat([Uint8Array.of(relay.type, relay.hopCount), ...addresses, options]);
  }
  return bytes;
}

type WithOptions = Pick<Dhcp6Message | Relay6, 'options'>;

/** Value of the first option of this row; undefined when absent or when its bytes do not fit the row's type. */
export function option6<T>({ options }: WithOptions, row: OptionRow<T>): T | undefined {
  const found = options.find(({ code }) => code === row.code);
  return found === undefined ? undefined : row.read(found.data);
}

/** Whether the option is there, readable or not. */
export const has6 = ({ options }: WithOptions, code: number): boolean => options.some((one) => one.code === code);

/** An option ready for `options`. */
export const withValue6 = <T>(row: OptionRow<T>, value: T): RawOption6 => ({ code: row.code, data: row.write(value) });
