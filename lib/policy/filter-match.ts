import { formatIp4, formatIp6, parseIp4, parseIp6 } from '../vpp/ip-text.js';
import type { PolicyMistake } from './compiled.js';

export type Family = 4 | 6;
export type PortRange = readonly [first: number, last: number];
export const ALL_PORTS: PortRange = [0, 65_535];

/** A prefix in canonical text; family undefined stands for `any`. */
export interface PrefixMatch {
  family: Family | undefined;
  text: string;
}

type Parsed<T> = { value: T } | { mistake: string };

/** `any`, an address, or a prefix without host bits. */
export function parsePrefixMatch(text: string): Parsed<PrefixMatch> {
  if (text === 'any') return { value: { family: undefined, text } };
  const [address = '', lengthText, more] = text.split('/');
  const bytes = address.includes(':') ? parseIp6(address) : parseIp4(address);
  const bits = (bytes?.length ?? 0) * 8;
  const length = lengthText === undefined ? bits : Number(lengthText);
  if (!bytes || more !== undefined || !/^\d{1,3}$/.test(lengthText ?? '0') || length > bits)
    return { mistake: `"${text}" is no address, no prefix and not "any"` };
  const hasHostBits = clearHostBits(bytes, length);
  const format = bits === 128 ? formatIp6 : formatIp4;
  const canonical = `${format(bytes)}/${length}`;
  if (hasHostBits) return { mistake: `"${text}" has host bits set; ${canonical} would be the network` };
  return { value: { family: bits === 128 ? 6 : 4, text: canonical } };
}

/** Clears what lies beyond the first `length` bits; whether there was anything. */
function clearHostBits(bytes: Uint8Array, length: number): boolean {
  let found = false;
  for (let index = length >> 3; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0;
    const kept = index === length >> 3 ? byte & (0xff00 >> (length & 7)) & 0xff : 0;
    found ||= kept !== byte;
    bytes[index] = kept;
  }
  return found;
}

/** `80`, `"80"`, `"1024-65535"` or a list of them, in the order given; all ports when absent. */
export function parsePorts(
  field: string,
  given: string | number | readonly (string | number)[] | undefined,
  mistakes: PolicyMistake[],
): PortRange[] {
  if (given === undefined) return [ALL_PORTS];
  const list = typeof given === 'object' ? given : [given];
  if (list.length === 0) mistakes.push({ field, message: 'an empty list matches nothing' });
  return list.flatMap((item) => {
    const [, firstText, lastText] = /^\s*(\d{1,5})\s*(?:-\s*(\d{1,5})\s*)?$/.exec(String(item)) ?? [];
    const first = Number(firstText ?? -1);
    const last = Number(lastText ?? firstText ?? -1);
    if (first >= 0 && first <= last && last <= 65_535) return [[first, last] as const];
    const reversed = first > last ? `; ${last}-${first} is meant?` : '';
    mistakes.push({ field, message: `"${item}" is no port 0..65535 and no range first-last${reversed}` });
    return [];
  });
}

export const PROTOCOL = { any: 0, icmp: 1, tcp: 6, udp: 17, icmp6: 58 } as const;

const PROTOCOL_NUMBERS: ReadonlyMap<string, number> = new Map(Object.entries(PROTOCOL));

/** Protocol number of a name or number; undefined when it is neither. 0 is `any`. */
export function parseProtocol(given: string | number | undefined): number | undefined {
  const text = String(given ?? 'any').toLowerCase();
  const named = PROTOCOL_NUMBERS.get(text);
  const number = named ?? (/^\d{1,3}$/.test(text) ? Number(text) : -1);
  return number >= 0 && number <= 255 && (number > 0 || named === 0) ? number : undefined;
}
