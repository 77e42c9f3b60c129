import { formatIp4, formatIp6, parseIp4, parseIp6 } from '#lib/vpp/ip-text.js';

export const isIp6 = (address: string): boolean => address.includes(':');

export const addressBytes = (address: string): Uint8Array =>
  parseIp4(address) ?? parseIp6(address) ?? new Uint8Array(4);

export const addressText = (bytes: Uint8Array): string => (bytes.length === 4 ? formatIp4(bytes) : formatIp6(bytes));

export interface SplitPrefix {
  address: string;
  length: number;
}

export function splitPrefix(prefix: string): SplitPrefix {
  const at = prefix.lastIndexOf('/');
  return { address: prefix.slice(0, at), length: Number(prefix.slice(at + 1)) };
}

/** The first `length` bits of an address, the rest zero. */
export function maskBytes(bytes: Uint8Array, length: number): Uint8Array {
  return bytes.map((byte, i) => byte & (0xff00 >> Math.min(8, Math.max(0, length - 8 * i))) & 0xff);
}

/** The address with its host bits cleared. */
export const maskAddress = (address: string, length: number): string =>
  addressText(maskBytes(addressBytes(address), length));

/** The prefix with its host bits cleared, as VPP does silently with routes. */
export function maskPrefix(prefix: string): string {
  const { address, length } = splitPrefix(prefix);
  return `${maskAddress(address, length)}/${length}`;
}

export const hostPrefix = (address: string): string => `${address}/${isIp6(address) ? 128 : 32}`;

/** Whether two prefixes of any lengths share an address. */
export function overlap(left: string, right: string): boolean {
  const a = splitPrefix(left);
  const b = splitPrefix(right);
  if (isIp6(a.address) !== isIp6(b.address)) return false;
  const length = Math.min(a.length, b.length);
  return maskAddress(a.address, length) === maskAddress(b.address, length);
}

/** -1, 0 or 1 by the bytes of two addresses of one family. */
export const compareAddress = (left: string, right: string): number =>
  Buffer.compare(addressBytes(left), addressBytes(right));

/** An IPv4 address as a number in host order. */
export const ip4Number = (address: string): number => Buffer.from(addressBytes(address)).readUInt32BE();

/** The other way; what is beyond 32 bits is cut off. */
export function ip4Text(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return addressText(bytes);
}
