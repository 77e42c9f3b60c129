import { ip4At, ip4Bytes, macAt, macBytes } from '../net/address.js';
import { type Decoded, decoded, malformed } from '../net/decoded.js';
import { END, OPTION, type OptionRow, PAD, RELAY_AGENT } from './options.js';
import { decodeRelayAgent, type RelayAgentInfo } from './relay-agent.js';

export const BOOTREQUEST = 1;
export const BOOTREPLY = 2;
/** The one bit of `flags` that has a meaning (RFC 2131 section 2). */
export const BROADCAST_FLAG = 0x8000;

const COOKIE = 0x63825363;
const FIXED_SIZE = 240;
const SNAME = { start: 44, end: 108 };
const FILE = { start: 108, end: 236 };
/** RFC 1542 section 2.1: agents may drop shorter ones. */
const MIN_SIZE = 300;

/** One option instance as on the wire: instances of one code stay apart and in order. */
export interface RawOption {
  code: number;
  /** A view into the received bytes after decoding: copy it to keep it beyond the buffer's life. */
  data: Uint8Array;
}

/** A DHCPv4 packet (RFC 2131 section 2). Addresses are dotted text, `0.0.0.0` when unset. */
export interface DhcpPacket {
  op: number;
  htype: number;
  hops: number;
  xid: number;
  secs: number;
  flags: number;
  ciaddr: string;
  yiaddr: string;
  siaddr: string;
  giaddr: string;
  /** Hardware address: `aa:bb:..` for six-byte addresses (htype 1). */
  mac: string;
  /** Fixed text fields; empty when unused or when overloaded with options. */
  sname: string;
  file: string;
  /** In wire order: options, then an overloaded `file`, then an overloaded `sname` (RFC 3396 section 5). */
  options: RawOption[];
}

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * Decodes a UDP payload. Refused: shorter than 240 bytes, no magic cookie, a hardware address that is not six bytes,
 * an option that runs beyond its field. A missing END is accepted, as servers in the field do.
 */
export function decodeDhcp(bytes: Uint8Array): Decoded<DhcpPacket> {
  if (bytes.length < FIXED_SIZE) return malformed(`DHCP packet of ${bytes.length} bytes`);
  const input = view(bytes);
  if (input.getUint32(236) !== COOKIE) return malformed('no DHCP magic cookie');
  if (bytes[2] !== 6) return malformed(`hardware address of ${bytes[2]} bytes`);
  const options: RawOption[] = [];
  const error = readOptions(bytes, FIXED_SIZE, bytes.length, options);
  if (error !== undefined) return malformed(error);
  const overload = overloadOf(options);
  const overloadError = readOverload(bytes, overload, options);
  if (overloadError !== undefined) return malformed(overloadError);
  return decoded({
    op: bytes[0] ?? 0,
    htype: bytes[1] ?? 0,
    hops: bytes[3] ?? 0,
    xid: input.getUint32(4),
    secs: input.getUint16(8),
    flags: input.getUint16(10),
    ciaddr: ip4At(bytes, 12),
    yiaddr: ip4At(bytes, 16),
    siaddr: ip4At(bytes, 20),
    giaddr: ip4At(bytes, 24),
    mac: macAt(bytes, 28),
    sname: overload & 2 ? '' : fixedText(bytes, SNAME),
    file: overload & 1 ? '' : fixedText(bytes, FILE),
    options,
  });
}

/** Appends the options of `bytes[at..end)` to `into`; returns what is wrong with them. */
function readOptions(bytes: Uint8Array, at: number, end: number, into: RawOption[]): string | undefined {
  while (at < end) {
    const code = bytes[at] ?? 0;
    if (code === END) return undefined;
    if (code === PAD) {
      at++;
      continue;
    }
    const dataAt = at + 2;
    const next = dataAt + (bytes[at + 1] ?? 0);
    if (dataAt > end || next > end) return `option ${code} at byte ${at} is cut off`;
    into.push({ code, data: bytes.subarray(dataAt, next) });
    at = next;
  }
  return undefined;
}

function overloadOf(options: readonly RawOption[]): number {
  for (const { code, data } of options) if (code === OPTION.overload.code && data.length === 1) return data[0] ?? 0;
  return 0;
}

/** RFC 2131 section 4.1: `file` is read first, then `sname`. */
function readOverload(bytes: Uint8Array, overload: number, into: RawOption[]): string | undefined {
  const error = overload & 1 ? readOptions(bytes, FILE.start, FILE.end, into) : undefined;
  if (error !== undefined || !(overload & 2)) return error;
  return readOptions(bytes, SNAME.start, SNAME.end, into);
}

function fixedText(bytes: Uint8Array, { start, end }: { start: number; end: number }): string {
  if (bytes[start] === 0) return '';
  const nul = bytes.indexOf(0, start);
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, (nul < 0 || nul > end ? end : nul) - start).toString();
}

/**
 * Encodes a packet, padded to 300 bytes. Options go out in their order; data above 255 bytes is split (RFC 3396),
 * except option 82, of which each instance must fit. Overloading is never used, so an option 52 is left out.
 * Throws RangeError for values the wire cannot hold.
 */
export function encodeDhcp(packet: DhcpPacket): Uint8Array {
  const options = packet.options.filter(({ code }) => code !== OPTION.overload.code);
  const size = FIXED_SIZE + options.reduce((sum, option) => sum + wireSize(option), 0) + 1;
  const bytes = new Uint8Array(Math.max(size, MIN_SIZE));
  writeFixed(bytes, packet);
  let at = FIXED_SIZE;
  for (const option of options) at = writeOption(bytes, at, option);
  bytes[at] = END;
  return bytes;
}

function wireSize({ code, data }: RawOption): number {
  if (code <= PAD || code >= END) throw new RangeError(`option code ${code}`);
  if (code === RELAY_AGENT && data.length > 255) throw new RangeError(`option 82 of ${data.length} bytes`);
  return data.length + 2 * Math.max(1, Math.ceil(data.length / 255));
}

function writeOption(bytes: Uint8Array, at: number, { code, data }: RawOption): number {
  let from = 0;
  do {
    const part = data.subarray(from, from + 255);
    bytes[at] = code;
    bytes[at + 1] = part.length;
    bytes.set(part, at + 2);
    at += 2 + part.length;
    from += 255;
  } while (from < data.length);
  return at;
}

function writeFixed(bytes: Uint8Array, packet: DhcpPacket): void {
  const out = view(bytes);
  bytes.set([packet.op, packet.htype, 6, packet.hops]);
  out.setUint32(4, packet.xid);
  out.setUint16(8, packet.secs);
  out.setUint16(10, packet.flags);
  [packet.ciaddr, packet.yiaddr, packet.siaddr, packet.giaddr].forEach((address, index) => {
    bytes.set(ip4Bytes(address), 12 + 4 * index);
  });
  bytes.set(macBytes(packet.mac), 28);
  writeFixedText(bytes, SNAME, packet.sname);
  writeFixedText(bytes, FILE, packet.file);
  out.setUint32(236, COOKIE);
}

function writeFixedText(bytes: Uint8Array, { start, end }: { start: number; end: number }, value: string): void {
  const text = Buffer.from(value);
  if (text.length > end - start) throw new RangeError(`"${value}" is longer than ${end - start} bytes`);
  bytes.set(text, start);
}

/** All data of a code in one piece (RFC 3396); undefined when the option is absent. Not for option 82. */
export function optionData(packet: DhcpPacket, code: number): Uint8Array | undefined {
  let first: Uint8Array | undefined;
  let more: Uint8Array[] | undefined;
  for (const option of packet.options) {
    if (option.code !== code) continue;
    if (first === undefined) first = option.data;
    else more = [...(more ?? [first]), option.data];
  }
  return more === undefined ? first : Buffer.concat(more);
}

/** Value of an option by its row; undefined when absent or when its bytes do not fit the row's type. */
export function option<T>(packet: DhcpPacket, row: OptionRow<T>): T | undefined {
  const data = optionData(packet, row.code);
  return data === undefined ? undefined : row.read(data);
}

/** An option ready for `DhcpPacket.options`. */
export const withValue = <T>(row: OptionRow<T>, value: T): RawOption => ({ code: row.code, data: row.write(value) });

/** Option 53 of the packet, 0 when absent. */
export const messageType = (packet: DhcpPacket): number => option(packet, OPTION.messageType) ?? 0;

/** The option 82 instances in wire order, bytes untouched: the access node's first, VPP's last. */
export const relayAgentOptions = (packet: DhcpPacket): RawOption[] =>
  packet.options.filter(({ code }) => code === RELAY_AGENT);

/** The option 82 instances decoded, in wire order; one that is malformed makes the whole result an error. */
export function relayAgents(packet: DhcpPacket): Decoded<RelayAgentInfo[]> {
  const agents: RelayAgentInfo[] = [];
  for (const { data } of relayAgentOptions(packet)) {
    const agent = decodeRelayAgent(data);
    if (!agent.ok) return agent;
    agents.push(agent.value);
  }
  return decoded(agents);
}
