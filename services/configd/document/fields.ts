import { z } from 'zod';
import { addressText, networkText, parseAddress, parsePrefix, prefixText } from './prefix.js';
import { shown } from './problem.js';
import { accept, type Read, refuse, scalar } from './scalar.js';

/** Names of ports, VRFs, policers and ACLs: they become parts of keys, where a dot joins port and VLAN. */
export const name = z
  .string({ error: (issue) => `a name is expected, not ${shown(issue.input)}` })
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,31}$/, {
    error: (issue) =>
      `${shown(issue.input)} is not a name: a letter, then letters, digits, "-" or "_", at most 32 in all` +
      (/^[\w-]+\.\d/.test(String(issue.input)) ? '; sub-interfaces stand under subInterfaces of their port' : ''),
  });

/** The key of any interface: `core`, `access.200`, `access.100.7`, `access.100.any` or `access.default`. */
export const interfaceKey = z
  .string({ error: (issue) => `the name of an interface is expected, not ${shown(issue.input)}` })
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,31}(\.(\d{1,4}|any|default)){0,2}$/, {
    error: (issue) => `${shown(issue.input)} is not the name of an interface (core, access.200 or access.100.7)`,
  });

/** Reads a unicast MAC address into lower case with colons. */
export function readMac(text: string): Read<string> {
  if (!/^[0-9a-fA-F]{2}([:-])[0-9a-fA-F]{2}(\1[0-9a-fA-F]{2}){4}$/.test(text))
    return refuse(`${shown(text)} is not a MAC address (six bytes: 02:ca:00:00:00:01)`);
  const mac = text.toLowerCase().replaceAll('-', ':');
  if (mac === '00:00:00:00:00:00') return refuse(`${mac} is no address of a station`);
  if (Number.parseInt(mac.slice(0, 2), 16) & 1)
    return refuse(`${mac} is a multicast MAC; the first byte of a port's address is even`);
  return accept(mac);
}

/** Unicast MAC in lower case with colons. */
export const mac = scalar(readMac, 'a MAC address');

function readAddress(text: string): Read<string> {
  const parsed = parseAddress(text);
  if (parsed) return accept(addressText(parsed.family, parsed.address));
  if (text.includes('/')) return refuse(`${shown(text)} has a length; only the address is expected here`);
  return refuse(`${shown(text)} is not an IPv4 or IPv6 address`);
}

/** IPv4 or IPv6 address without length, in canonical text. */
export const ipAddress = scalar(readAddress, 'an address');

function readInterfaceAddress(text: string): Read<string> {
  const prefix = parsePrefix(text);
  if (!prefix) {
    const host = parseAddress(text);
    const advice = host ? `; write the length too: ${text}/${host.family === 4 ? 24 : 64}` : '';
    return refuse(`${shown(text)} is not an address with its length (10.255.0.1/30)${advice}`);
  }
  const bits = prefix.family === 4 ? 32 : 128;
  const isMulticast = prefix.address >> BigInt(bits - 8) >= (prefix.family === 4 ? 224n : 255n);
  if (prefix.address === 0n || isMulticast) return refuse(`${text} cannot be the address of an interface`);
  if (prefix.length < bits - 1 && prefix.address === prefix.first)
    return refuse(`${text} is the network itself; write an address in it: ${hostExample(prefix)}`);
  if (prefix.family === 4 && prefix.length < 31 && prefix.address === prefix.last)
    return refuse(`${text} is the broadcast address; write an address in the network: ${hostExample(prefix)}`);
  return accept(prefixText(prefix));
}

const hostExample = (prefix: NonNullable<ReturnType<typeof parsePrefix>>): string =>
  `${addressText(prefix.family, prefix.first + 1n)}/${prefix.length}`;

/** Address of an interface with the length of its network, in canonical text. */
export const interfaceAddress = scalar(readInterfaceAddress, 'an address with its length');

/** Reads a prefix without host bits into canonical text. */
export function readNetwork(text: string): Read<string> {
  const prefix = parsePrefix(text);
  if (!prefix) return refuse(`${shown(text)} is not a prefix (192.0.2.0/24)`);
  if (prefix.address !== prefix.first) return refuse(`${text} has host bits set; write ${networkText(prefix)}`);
  return accept(networkText(prefix));
}

/** A prefix without host bits, in canonical text. */
export const networkPrefix = scalar(readNetwork, 'a prefix');

/** First and last VLAN id of a range, both in 1..4094; with a word both are 0. */
export interface VlanRange {
  readonly first: number;
  readonly last: number;
  /** Any VLAN, or what nobody else takes; for layer 2. */
  readonly word?: 'any' | 'default';
}

function readVlanRange(text: string): Read<VlanRange> {
  if (text === 'any' || text === 'default') return accept({ first: 0, last: 0, word: text });
  const parts = /^(\d{1,9})(?:\s*-\s*(\d{1,9}))?$/.exec(text.trim());
  if (!parts) return refuse(`${shown(text)} is not a VLAN (100) or a range of VLANs (1-100)`);
  const first = Number(parts[1]);
  const last = Number(parts[2] ?? parts[1]);
  const wrong = [first, last].find((vlan) => vlan < 1 || vlan > 4094);
  if (wrong !== undefined) return refuse(`VLAN ${wrong} does not exist; VLANs are 1 to 4094`);
  if (first > last) return refuse(`the range ${text} runs backwards; write ${last}-${first}`);
  return accept({ first, last });
}

const vlanRange = scalar(readVlanRange, 'a VLAN or a range of VLANs');

/** `100`, `1-100`, or a list of both; `any` and `default`. */
export const vlans = z.preprocess(
  (input) => (Array.isArray(input) ? input : [input]),
  z.array(vlanRange).min(1, { error: 'at least one VLAN is expected' }),
);

const multipliers: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** Reads `1G`, `500M`, `64k` or a plain number into whole `unit`s between `min` and `max`. */
function quantity(unit: string, example: string, min: number, max: number) {
  return scalar((text): Read<number> => {
    const parts = /^(\d{1,15}(?:\.\d{1,9})?)\s*([kMGT]?)$/.exec(text);
    if (!parts) return refuse(`${shown(text)} is no number of ${unit} (${example})`);
    const value = Math.round(Number(parts[1]) * (multipliers[parts[2] ?? ''] ?? 1));
    if (value < min || value > max) return refuse(`${text} is out of range; ${min} to ${max} ${unit}`);
    return accept(value);
  }, `a number of ${unit}`);
}

/** Bits per second; VPP counts in kbit/s and takes 400 Gbit/s at most. */
export const rateBps = quantity('bit/s', '500M, 1G or 1000000', 1000, 400e9);

/** Bytes of a burst; VPP caps at 4 GB silently. */
export const burstBytes = quantity('bytes', '64k or 1500000', 1, 4_294_967_295);

/** A whole number within bounds, with a message that names them. */
export const integer = (what: string, min: number, max: number) => {
  const error = (issue: { input?: unknown }) =>
    `${what} is a whole number from ${min} to ${max}, not ${shown(issue.input)}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};

export const flag = z.boolean({ error: ({ input }) => `true or false is expected, not ${shown(input)}` });

/** One of these words. */
export const oneOf = <const T extends readonly string[]>(...words: T) =>
  z.enum(words, {
    error: ({ input }) => `${words.slice(0, -1).join(', ')} or ${words.at(-1)} is expected, not ${shown(input)}`,
  });

/** Any one-line text for people. */
export const description = z
  .string({ error: 'a text is expected' })
  .max(255, { error: 'at most 255 characters' })
  .meta({ description: 'Text for people; VPP does not see it.' });

function readOfFamily(family: 4 | 6, example: string) {
  return (text: string): Read<string> => {
    const address = readAddress(text);
    if (!address.ok || (address.value.includes(':') ? 6 : 4) === family) return address;
    return refuse(`${text} is IPv${family === 4 ? 6 : 4}; an IPv${family} address is expected (${example})`);
  };
}

export const ip4Address = scalar(readOfFamily(4, '192.0.2.1'), 'an IPv4 address');
export const ip6Address = scalar(readOfFamily(6, '2001:db8::1'), 'an IPv6 address');

function readIp6Prefix(text: string): Read<string> {
  const prefix = readNetwork(text);
  if (!prefix.ok || prefix.value.includes(':')) return prefix;
  return refuse(`${text} is IPv4; router advertisements carry IPv6 prefixes (2001:db8:1::/64)`);
}

/** An IPv6 prefix without host bits, in canonical text. */
export const ip6Prefix = scalar(readIp6Prefix, 'a prefix');

/** `0xffffffff` in router advertisements. */
export const infiniteS = 4_294_967_295;

function readLifetime(text: string): Read<number> {
  if (text === 'infinite') return accept(infiniteS);
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value < infiniteS) return accept(value);
  return refuse(`${shown(text)} is no lifetime: infinite, or whole seconds from 0 to ${infiniteS - 1}`);
}

/** Seconds, or `infinite`. */
export const lifetimeS = scalar(readLifetime, 'a lifetime in seconds');

/** Names of RFC 2474, 2597, 3246 and 5865. */
function namedMark(word: string): number | undefined {
  const fixed: Readonly<Record<string, number>> = { be: 0, ef: 46, va: 44 };
  const own = Object.hasOwn(fixed, word) ? fixed[word] : undefined;
  const selector = /^cs([0-7])$/.exec(word);
  const assured = /^af([1-4])([1-3])$/.exec(word);
  if (selector) return Number(selector[1]) * 8;
  if (assured) return Number(assured[1]) * 8 + Number(assured[2]) * 2;
  return own;
}

const markOf = (word: string): number | undefined =>
  namedMark(word.toLowerCase()) ?? (/^\d{1,3}$/.test(word) ? Number(word) : undefined);

function readMark(text: string): Read<number> {
  const mark = markOf(text.trim());
  if (mark !== undefined && mark <= 63) return accept(mark);
  return refuse(`${shown(text)} is no mark: 0 to 63, or a name such as ef, af41 or cs3`);
}

/** A DSCP (0 to 63 or its name) or a priority (0 to 7). */
export const dscpMark = scalar(readMark, 'a mark');

function readMarkRange(text: string): Read<VlanRange> {
  const [low = '', high = low, more] = text.split('-').map((word) => word.trim());
  const [first, last] = [readMark(low), readMark(high)];
  if (more !== undefined || !first.ok || !last.ok)
    return refuse(`${shown(text)} is no mark and no range of marks (46, ef or 8-15)`);
  if (first.value > last.value) return refuse(`the range ${text} runs backwards; write ${high}-${low}`);
  return accept({ first: first.value, last: last.value });
}

/** A mark, a range of marks, or a list of both. */
export const markRange = (what: string) =>
  z.preprocess(
    (input) => (Array.isArray(input) ? input : [input]),
    z.array(scalar(readMarkRange, `a ${what}`)).min(1, { error: `at least one ${what} is expected` }),
  );
