import { ip4Number, ip4Text } from '#lib/net/address.js';
import { ip6Number, ip6Text } from '#lib/net/ip6.js';
import { addressRange } from '../pool/address-text.js';
import { ip6Pattern } from '../session/ip6-index.js';

/** How a text is recognised in one name of sessions. */
export interface Fragment {
  /**
   * Stands in every value that fits, in lower case, with a line feed in front when values that fit begin with it: cheap to
   * look for before `fits` is asked.
   */
  readonly hint: string;
  fits(value: string): boolean;
}

const MAC_GROUPS = /^[0-9a-f]{0,2}(?:[:-][0-9a-f]{0,2}){1,5}$/;
const HEX_DIGITS = /^[0-9a-f]{6,12}$/;
const CISCO = /^[0-9a-f]{0,4}(?:\.[0-9a-f]{0,4}){1,2}$/;

/** MAC address without its colons. */
export const macDigits = (mac: string): string => mac.replaceAll(':', '');

/** A part of a MAC address, as we keep it, in the usual writings: `aa:bb:cc`, `aa-bb`, `aabb.cc`, `aabbcc`. Texts are in lower case. */
export function macFragment(text: string): Fragment | undefined {
  if (MAC_GROUPS.test(text)) {
    const hint = text.replaceAll('-', ':');
    return { hint, fits: (mac) => mac.includes(hint) };
  }
  const hint = CISCO.test(text) ? text.replaceAll('.', '') : text;
  if (!HEX_DIGITS.test(hint)) return undefined;
  return { hint, fits: (mac) => macDigits(mac).includes(hint) };
}

/** What all texts from `first` to `last` have in common up to their last whole number. */
function commonOctets(first: string, last: string): string {
  const to = last.split('.');
  const octets = first.split('.');
  const differs = octets.findIndex((octet, at) => octet !== to[at]);
  return octets
    .slice(0, differs < 0 ? 3 : differs)
    .map((octet) => `${octet}.`)
    .join('');
}

/** The beginning of an IPv4 address, to a dot or within a number; a range or prefix that it lies in. */
export function ip4Fragment(text: string): Fragment | undefined {
  if (/^\d{1,3}\.(?:\d{1,3}\.){0,2}\d{0,3}$/.test(text))
    return { hint: `\n${text}`, fits: (ipv4) => ipv4.startsWith(text) };
  const range = /[/-]/.test(text) ? addressRange(text) : undefined;
  if (range === undefined) return undefined;
  const [from, to] = range;
  return {
    hint: `\n${commonOctets(ip4Text(from), ip4Text(to))}`,
    fits(ipv4) {
      const address = ip4Number(ipv4);
      return address !== undefined && address >= from && address <= to;
    },
  };
}

/** All eight groups of an address or prefix in RFC 5952 text, without leading zeros. */
function expanded(value: string): string {
  const [head = '', tail] = (value.split('/')[0] ?? '').split('::');
  if (tail === undefined) return head;
  const [before, after] = [head, tail].map((part) => (part === '' ? [] : part.split(':'))) as [string[], string[]];
  return [...before, ...new Array<string>(8 - before.length - after.length).fill('0'), ...after].join(':');
}

/** Groups up to the first that is zero, which may be written as `::`. */
const beforeZero = (groups: string): string => /^(?:(?!0:|0$|:)[0-9a-f]+:?)*/.exec(groups)?.[0] ?? '';

/**
 * The beginning of an IPv6 address or prefix, to a colon or within a group, written with or without `::`; a prefix that
 * it lies in. Texts are in lower case, values in RFC 5952 form.
 */
export function ip6Fragment(text: string): Fragment | undefined {
  const within = text.includes('/') ? ip6Pattern(text) : undefined;
  if (within) return { hint: `\n${beforeZero(wholeGroups(text))}`, fits: (value) => within([value]) };
  if (!/^[0-9a-f]{1,4}:[0-9a-f:]*$/.test(text) || /:::|::.*::/.test(text)) return undefined;
  const part = text.replace(/(^|:)0+(?=[0-9a-f])/g, '$1');
  const open = part.endsWith('::') ? part.slice(0, -1) : part;
  const begin = beforeZero(part);
  return {
    hint: `\n${begin}`,
    fits: (value) => value.startsWith(part) || (value.startsWith(begin) && expanded(value).startsWith(open)),
  };
}

/** The groups of a prefix that are the same in all its addresses. */
function wholeGroups(prefix: string): string {
  const [address = '', length = ''] = prefix.split('/');
  const groups = expanded(ip6Text(ip6Number(address) ?? 0n))
    .split(':')
    .slice(0, Math.floor(Number(length) / 16));
  return groups.map((group) => `${group}:`).join('');
}

/** A part of a name, whatever the case. The text is in lower case. */
export const nameFragment = (text: string): Fragment => ({
  hint: text,
  fits: (value) => value.toLowerCase().includes(text),
});

/** A part of a session id. */
export const idFragment = (text: string): Fragment | undefined =>
  /^[0-9a-f]{6,32}$/.test(text) ? nameFragment(text) : undefined;
