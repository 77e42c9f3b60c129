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
  const network = bytes.map((byte, index) => byte & (0xff00 >> Math.min(8, Math.max(0, length - 8 * index))) & 0xff);
  const format = bits === 128 ? formatIp6 : formatIp4;
  const canonical = `${format(network)}/${length}`;
  if (network.some((byte, index) => byte !== bytes[index]))
    return { mistake: `"${text}" has host bits set; ${canonical} would be the network` };
  return { value: { family: bits === 128 ? 6 : 4, text: canonical } };
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

/** Protocol number of a name or number; undefined when it is neither. 0 is `any`. */
export function parseProtocol(given: string | number | undefined): number | undefined {
  const text = String(given ?? 'any').toLowerCase();
  const named = Object.entries(PROTOCOL).find(([name]) => name === text)?.[1];
  const number = named ?? (/^\d{1,3}$/.test(text) ? Number(text) : -1);
  return number >= 0 && number <= 255 && (number > 0 || named === 0) ? number : undefined;
}
