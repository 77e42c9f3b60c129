import { formatIp4, formatIp6, parseIp4, parseIp6 } from '#lib/vpp/ip-text.js';

/** An address with a prefix length, as numbers that can be compared. */
export interface Prefix {
  readonly family: 4 | 6;
  /** The address as written, host bits included. */
  readonly address: bigint;
  readonly length: number;
  /** First and last address of the network. */
  readonly first: bigint;
  readonly last: bigint;
}

const toNumber = (bytes: Uint8Array): bigint => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

/** Family and number of an address, undefined when the text is none. */
export function parseAddress(text: string): Pick<Prefix, 'family' | 'address'> | undefined {
  const four = parseIp4(text);
  if (four) return { family: 4, address: toNumber(four) };
  const six = text.includes(':') ? parseIp6(text) : undefined;
  return six && { family: 6, address: toNumber(six) };
}

/** `192.0.2.1/24` or `2001:db8::1/64`; undefined when the text is neither. */
export function parsePrefix(text: string): Prefix | undefined {
  const parts = /^([0-9a-fA-F:.]+)\/(\d{1,3})$/.exec(text);
  const parsed = parseAddress(parts?.[1] ?? '');
  const length = Number(parts?.[2]);
  if (!parsed || length > (parsed.family === 4 ? 32 : 128)) return undefined;
  return network(parsed.family, parsed.address, length);
}

/** The network of `length` bits around an address. */
export function network(family: 4 | 6, address: bigint, length: number): Prefix {
  const hostMask = (1n << BigInt((family === 4 ? 32 : 128) - length)) - 1n;
  const first = address - (address & hostMask);
  return { family, address, length, first, last: first + hostMask };
}

export const contains = (prefix: Prefix, family: 4 | 6, address: bigint): boolean =>
  prefix.family === family && prefix.first <= address && address <= prefix.last;

/** Text of an address number, IPv6 in the form of RFC 5952. */
export function addressText(family: 4 | 6, address: bigint): string {
  const bytes = new Uint8Array(family === 4 ? 4 : 16);
  let rest = address;
  for (let i = bytes.length - 1; i >= 0; i--) {
    bytes[i] = Number(rest & 255n);
    rest >>= 8n;
  }
  return family === 4 ? formatIp4(bytes) : formatIp6(bytes);
}

/** The network part with its length: what should have been written where host bits were set. */
export const networkText = (prefix: Prefix): string => `${addressText(prefix.family, prefix.first)}/${prefix.length}`;

/** Canonical text with host bits kept. */
export const prefixText = (prefix: Prefix): string => `${addressText(prefix.family, prefix.address)}/${prefix.length}`;
