import { type Decoded, decoded, malformed } from '../net/decoded.js';
import { ip6At, ip6Bytes, ip6Prefix } from '../net/ip6.js';
import { IA_ADDRESS, IA_NA, IA_PD, IA_PREFIX, OPTION6, option6Name } from './options.js';
import { type Dhcp6Message, type RawOption6, readOptions6, withValue6, writeOptions6 } from './packet.js';
import type { StatusCode } from './values.js';

/** One address (`2001:db8::1`) or one delegated prefix (`2001:db8:a000::/56`) with its lifetimes in seconds. */
export interface Lease6 {
  value: string;
  preferredS: number;
  validS: number;
  status?: StatusCode | undefined;
}

/** Identity association: `na` for addresses (RFC 8415 section 21.4), `pd` for prefixes (section 21.21). */
export interface Association {
  kind: 'na' | 'pd';
  iaid: number;
  /** Seconds; 0: left to the client. */
  t1S: number;
  t2S: number;
  leases: Lease6[];
  status?: StatusCode | undefined;
}

/** All ones: does not end. */
export const FOREVER = 0xffffffff;

const kinds = { na: { code: IA_NA, lease: IA_ADDRESS, head: 24 }, pd: { code: IA_PD, lease: IA_PREFIX, head: 25 } };
const ASSOCIATION_HEAD = 12;

/**
 * The associations of a message in wire order; IA_TA is passed over. One that is malformed makes the whole result an
 * error that names it. Host bits of prefixes are cleared.
 */
export function associations({ options }: Pick<Dhcp6Message, 'options'>): Decoded<Association[]> {
  const found: Association[] = [];
  for (const { code, data } of options) {
    if (code !== IA_NA && code !== IA_PD) continue;
    const one = decodeAssociation(code === IA_NA ? 'na' : 'pd', data);
    if (!one.ok) return malformed(`${option6Name(code)}: ${one.error}`);
    found.push(one.value);
  }
  return decoded(found);
}

function decodeAssociation(kind: 'na' | 'pd', data: Uint8Array): Decoded<Association> {
  if (data.length < ASSOCIATION_HEAD) return malformed(`${data.length} bytes, at least ${ASSOCIATION_HEAD} expected`);
  const options = readOptions6(data, ASSOCIATION_HEAD, data.length);
  if (!options.ok) return options;
  const leases: Lease6[] = [];
  for (const option of options.value) {
    if (option.code !== kinds[kind].lease) continue;
    const lease = decodeLease(kind, option.data);
    if (!lease.ok) return malformed(`${option6Name(option.code)}: ${lease.error}`);
    leases.push(lease.value);
  }
  const view = new DataView(data.buffer, data.byteOffset);
  return decoded({
    kind,
    iaid: view.getUint32(0),
    t1S: view.getUint32(4),
    t2S: view.getUint32(8),
    leases,
    ...statusOf(options.value),
  });
}

function decodeLease(kind: 'na' | 'pd', data: Uint8Array): Decoded<Lease6> {
  const { head } = kinds[kind];
  if (data.length < head) return malformed(`${data.length} bytes, at least ${head} expected`);
  const options = readOptions6(data, head, data.length);
  if (!options.ok) return options;
  const view = new DataView(data.buffer, data.byteOffset);
  const timesAt = kind === 'na' ? 16 : 0;
  const value = kind === 'na' ? ip6At(data, 0) : prefixAt(data, 8);
  if (value === undefined) return malformed(`prefix length ${data[8]}, at most 128 expected`);
  const [preferredS, validS] = [view.getUint32(timesAt), view.getUint32(timesAt + 4)];
  return decoded({ value, preferredS, validS, ...statusOf(options.value) });
}

/** Length at `at`, the prefix's sixteen bytes behind it; host bits are cleared. */
function prefixAt(data: Uint8Array, at: number): string | undefined {
  const length = data[at] ?? 0;
  if (length > 128) return undefined;
  const whole = length >> 3;
  const prefix = new Uint8Array(16);
  prefix.set(data.subarray(at + 1, at + 1 + whole));
  if (length % 8 > 0) prefix[whole] = (data[at + 1 + whole] ?? 0) & (0xff00 >> (length % 8));
  return `${ip6At(prefix, 0)}/${length}`;
}

function statusOf(options: readonly RawOption6[]): { status?: StatusCode } {
  const found = options.find(({ code }) => code === OPTION6.status.code);
  const status = found && OPTION6.status.read(found.data);
  return status === undefined ? {} : { status };
}

const statusOption = (status: StatusCode | undefined): RawOption6[] =>
  status === undefined ? [] : [withValue6(OPTION6.status, status)];

/** The association as an option. Throws RangeError for addresses and prefixes that are none. */
export function encodeAssociation({ kind, iaid, t1S, t2S, leases, status }: Association): RawOption6 {
  const head = Buffer.alloc(ASSOCIATION_HEAD);
  for (const [index, value] of [iaid, t1S, t2S].entries()) head.writeUInt32BE(value, 4 * index);
  const inner = [...leases.map((lease) => encodeLease(kind, lease)), ...statusOption(status)];
  return { code: kinds[kind].code, data: Buffer.concat([head, writeOptions6(inner)]) };
}

function encodeLease(kind: 'na' | 'pd', { value, preferredS, validS, status }: Lease6): RawOption6 {
  const times = Buffer.alloc(8);
  times.writeUInt32BE(preferredS, 0);
  times.writeUInt32BE(validS, 4);
  const head = kind === 'na' ? [ip6Bytes(value), times] : [times, prefixBytes(value)];
  return { code: kinds[kind].lease, data: Buffer.concat([...head, writeOptions6(statusOption(status))]) };
}

function prefixBytes(text: string): Uint8Array {
  const [address = '', length = ''] = text.split('/');
  if (ip6Prefix(text) === undefined) throw new RangeError(`"${text}" is not an IPv6 prefix`);
  return Buffer.concat([Uint8Array.of(Number(length)), ip6Bytes(address)]);
}
