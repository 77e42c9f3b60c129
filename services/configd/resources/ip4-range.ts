import { formatIp4, parseIp4 } from '#lib/vpp/ip-text.js';

/** Number of an IPv4 address; throws RangeError when the text is none. */
export function ip4Number(text: string): number {
  const bytes = parseIp4(text);
  if (!bytes) throw new RangeError(`'${text}' is not an IPv4 address`);
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** Text of an IPv4 address. */
export const ip4Text = (number: number): string =>
  formatIp4(Uint8Array.from([number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255]));

/** First and last address, as numbers. */
export interface Ip4Range {
  readonly first: number;
  readonly last: number;
}

/** Addresses as ranges without gaps, in order. */
export function rangesOf(addresses: Iterable<number>): Ip4Range[] {
  const ranges: { first: number; last: number }[] = [];
  for (const address of [...addresses].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && address <= last.last + 1) last.last = Math.max(last.last, address);
    else ranges.push({ first: address, last: address });
  }
  return ranges;
}
