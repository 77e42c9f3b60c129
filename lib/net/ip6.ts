import { formatIp6, parseIp6 } from '../vpp/ip-text.js';
import { macBytes } from './address.js';

/** RFC 5952 text of the sixteen bytes at `at`; the caller has checked that they are there. */
export const ip6At = (bytes: Uint8Array, at: number): string => formatIp6(bytes, at);

/** Sixteen bytes of an address text; throws RangeError on anything else, because the caller made the text. */
export function ip6Bytes(text: string): Uint8Array {
  const bytes = parseIp6(text);
  if (bytes === undefined) throw new RangeError(`"${text}" is not an IPv6 address`);
  return bytes;
}

/** The 128-bit number of an address text, undefined when the text is no IPv6 address. */
export function ip6Number(text: string): bigint | undefined {
  const bytes = parseIp6(text);
  if (bytes === undefined) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return (view.getBigUint64(0) << 64n) | view.getBigUint64(8);
}

/** RFC 5952 text of a 128-bit number. */
export function ip6Text(value: bigint): string {
  const view = new DataView(new ArrayBuffer(16));
  view.setBigUint64(0, value >> 64n);
  view.setBigUint64(8, value);
  return formatIp6(new Uint8Array(view.buffer));
}

/** Addresses that share the first `length` bits of `first`. */
export interface Ip6Prefix {
  first: bigint;
  last: bigint;
  length: number;
}

/** `address/length` without its host bits; undefined when the text is no IPv6 prefix. */
export function ip6Prefix(text: string): Ip6Prefix | undefined {
  const [host = '', lengthText = '', ...rest] = text.split('/');
  const address = ip6Number(host);
  const length = Number(lengthText);
  if (address === undefined || !/^\d{1,3}$/.test(lengthText) || length > 128 || rest.length > 0) return undefined;
  const size = 1n << BigInt(128 - length);
  const first = address - (address % size);
  return { first, last: first + size - 1n, length };
}

/** `address/length` in its usual form: RFC 5952, host bits clear. */
export const ip6PrefixText = (first: bigint, length: number): string => `${ip6Text(first)}/${length}`;

/** The link-local address with the modified EUI-64 of a MAC address (RFC 4291 appendix A). */
export function linkLocalOf(mac: string): string {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = macBytes(mac);
  return formatIp6(Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, a ^ 2, b, c, 0xff, 0xfe, d, e, f));
}

export const isLinkLocal = (address: string): boolean => {
  const value = ip6Number(address);
  return value !== undefined && value >> 118n === 0x3fan;
};
