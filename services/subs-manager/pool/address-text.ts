import { ip4Number } from '#lib/net/address.js';
import type { AddressRange } from './pool.js';

/** `a.b.c.d/length` as its first and last address; undefined when the text is no IPv4 prefix. */
export function prefixRange(text: string): AddressRange | undefined {
  const [addressText = '', lengthText = '', ...rest] = text.split('/');
  const address = ip4Number(addressText);
  const length = Number(lengthText);
  if (address === undefined || !/^\d{1,2}$/.test(lengthText) || length > 32 || rest.length > 0) return undefined;
  const size = 2 ** (32 - length);
  const first = address - (address % size);
  return [first, first + size - 1];
}

/** `a.b.c.d`, `a.b.c.d-e.f.g.h` or a prefix as a range; undefined for anything else. */
export function addressRange(text: string): AddressRange | undefined {
  if (text.includes('/')) return prefixRange(text);
  const [first, last = first, ...rest] = text.split('-').map((part) => ip4Number(part.trim()));
  if (first === undefined || last === undefined || first > last || rest.length > 0) return undefined;
  return [first, last];
}

/** Length of `a.b.c.d/length`; the text was checked before. */
export const prefixLength = (prefix: string): number => Number(prefix.split('/')[1]);

/** Mask number of a prefix length. */
export const maskNumber = (length: number): number => (length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0);
