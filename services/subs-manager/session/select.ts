import type { SessionSelector, SubscriberFilter } from '#gen/bng/v1/subs.js';
import { SessionState } from '#gen/bng/v1/subs.js';
import { BngError } from '#lib/kernel/errors.js';
import { ip4Number } from '#lib/net/address.js';
import { glob } from '../lines/groups.js';
import { addressRange } from '../pool/address-text.js';
import { ip6Message, ip6Values } from './ip6.js';
import { ip6Pattern } from './ip6-index.js';
import type { Session } from './session.js';
import { asSessionId } from './session-id.js';
import type { SessionIndex } from './session-index.js';

/** MAC address in any usual writing as we keep it; text that is none stays as it is. */
export function normalMac(text: string): string {
  const digits = text.toLowerCase().replace(/[^0-9a-f]/g, '');
  if (digits.length !== 12 || /[^0-9a-f:.\- ]/i.test(text)) return text;
  return digits.replace(/(..)(?!$)/g, '$1:');
}

const held = (session: Session): boolean => session.state !== SessionState.REJECTED;

/** For each key that is given, the sessions that have it. */
function byEachKey(index: SessionIndex, selector: SessionSelector): (readonly Session[])[] {
  const { sessionId, userName, ipv4, line } = selector;
  const mac = selector.mac === '' ? '' : normalMac(selector.mac);
  const sets: (readonly Session[])[] = [];
  if (sessionId !== '') sets.push([index.get(asSessionId(sessionId.toLowerCase()))].flatMap((found) => found ?? []));
  if (ipv4 !== '') sets.push(index.find('ipv4', ipv4));
  if (mac !== '') sets.push(index.find('mac', mac));
  if (selector.ipv6 !== '') sets.push(index.ip6.find(selector.ipv6));
  for (const ipv6 of selector.alsoIpv6) sets.push(index.ip6.find(ipv6));
  if (line !== '') sets.push(index.find('line', line));
  if (userName !== '') sets.push(index.find('userName', userName));
  return sets;
}

/** Every session that one of the keys names: they need not agree. */
export function selectAny(index: SessionIndex, selector: SessionSelector): Session[] {
  return [...new Set(byEachKey(index, selector).flat())];
}

/**
 * The one session that all given keys belong to (RFC 5176 section 3). `missing_attribute` without any key,
 * `not_found` when none fits all keys, `ambiguous` when several do.
 */
export function selectOne(index: SessionIndex, selector: SessionSelector): Session {
  const [first, ...others] = byEachKey(index, selector);
  if (first === undefined) throw new BngError('missing_attribute', 'nothing says which session is meant');
  const both = first.filter((session) => others.every((set) => set.includes(session)));
  const matching = both.length > 1 ? both.filter(held) : both;
  const [found, ...more] = matching;
  if (found === undefined) throw new BngError('not_found', 'no session matches');
  if (more.length > 0)
    throw new BngError('ambiguous', `${matching.length} sessions match`, { matches: matching.length });
  return found;
}

/** The session with this id, MAC, address (also one within its prefixes), prefix, line name or user name. */
export function findByKey(index: SessionIndex, key: string): Session {
  const found = findAll(index, key);
  const sessions = found.length > 1 ? found.filter(held) : found;
  const [first, ...more] = sessions;
  if (first === undefined) throw new BngError('not_found', `no session "${key}"`);
  if (more.length > 0) throw new BngError('ambiguous', `${sessions.length} sessions match "${key}"`);
  return first;
}

/** Every session with this id, MAC, address, line, part of a shared line, or user name. */
export function findAll(index: SessionIndex, key: string): Session[] {
  const byId = index.get(asSessionId(key.toLowerCase()));
  if (byId) return [byId];
  const found = new Set([
    ...index.find('mac', normalMac(key)),
    ...index.find('ipv4', key),
    ...index.ip6.find(key),
    ...index.find('line', key),
    ...index.find('place', key),
    ...index.find('userName', key),
  ]);
  return [...found];
}

/** What a filter looks at, in a session and in its message alike. */
export interface Filterable {
  state: SessionState;
  mac: string;
  ipv4: string;
  /** Addresses and prefixes. */
  ipv6: readonly string[];
  userName: string;
  line: string;
  outerVlan: number;
  innerVlan: number;
}

/** What a filter looks at in a session. */
export const filterable = (session: Session): Filterable => ({
  state: session.state,
  mac: session.mac,
  ipv4: session.ipv4,
  ipv6: ip6Values(ip6Message(session, true)),
  userName: session.userName,
  line: session.line,
  outerVlan: session.identity.line?.outerVlan ?? 0,
  innerVlan: session.identity.line?.innerVlan ?? 0,
});

const namePattern = (pattern: string) => (pattern === '' ? () => true : glob(pattern));

function macPattern(pattern: string): (mac: string) => boolean {
  if (pattern === '') return () => true;
  return glob(pattern.includes('*') ? pattern.toLowerCase().replaceAll('-', ':') : normalMac(pattern));
}

function addressPattern(pattern: string): (ipv4: string) => boolean {
  if (pattern === '') return () => true;
  const range = addressRange(pattern);
  if (range === undefined) throw new BngError('invalid_argument', `"${pattern}" is no IPv4 address or prefix`);
  return (ipv4) => {
    const address = ip4Number(ipv4);
    return address !== undefined && address >= range[0] && address <= range[1];
  };
}

function ip6Test(text: string): (values: readonly string[]) => boolean {
  if (text === '') return () => true;
  const test = ip6Pattern(text);
  if (test === undefined) throw new BngError('invalid_argument', `"${text}" is no IPv6 address or prefix`);
  return test;
}

/** The filter as a test; empty fields take everything. `invalid_argument` for an address that is none. */
export function compileFilter(filter: SubscriberFilter | undefined): (session: Filterable) => boolean {
  if (filter === undefined) return () => true;
  const mac = macPattern(filter.mac);
  const ipv4 = addressPattern(filter.ipv4);
  const ipv6 = ip6Test(filter.ipv6);
  const userName = namePattern(filter.userName);
  const line = namePattern(filter.line);
  const { state, outerVlan, innerVlan } = filter;
  return (session) =>
    (state === SessionState.UNSPECIFIED || session.state === state) &&
    (outerVlan === 0 || session.outerVlan === outerVlan) &&
    (innerVlan === 0 || session.innerVlan === innerVlan) &&
    mac(session.mac) &&
    ipv4(session.ipv4) &&
    ipv6(session.ipv6) &&
    userName(session.userName) &&
    line(session.line);
}
