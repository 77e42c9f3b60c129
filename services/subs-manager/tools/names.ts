import { readable } from '#lib/net/readable.js';
import type { Session } from '../session/session.js';
import {
  type Fragment,
  idFragment,
  ip4Fragment,
  ip6Fragment,
  macDigits,
  macFragment,
  nameFragment,
} from './fragments.js';

/** One name of sessions: where its values are read, and how a text is recognised in them. */
interface Name {
  readonly key: string;
  read(session: Session): readonly string[];
  /** Undefined where the text cannot stand in such a name. The text is in lower case. */
  fragment(text: string): Fragment | undefined;
}

const one = (value: string): readonly string[] => (value === '' ? [] : [value]);
const octets = (bytes: Uint8Array): readonly string[] => (bytes.length === 0 ? [] : [readable(bytes)]);

/** Everything a session can be found by, in the order it is shown. */
export const names: readonly Name[] = [
  { key: 'session_id', read: ({ id }) => [id], fragment: idFragment },
  { key: 'mac', read: ({ mac }) => [mac], fragment: macFragment },
  { key: 'ipv4', read: ({ ipv4 }) => one(ipv4), fragment: ip4Fragment },
  { key: 'ipv6', read: ({ ip6 }) => one(ip6.address), fragment: ip6Fragment },
  { key: 'delegated_prefix', read: ({ ip6 }) => one(ip6.delegated), fragment: ip6Fragment },
  { key: 'framed_prefix', read: ({ ip6 }) => one(ip6.framed), fragment: ip6Fragment },
  { key: 'route', read: ({ granted }) => granted.ipv6.routes, fragment: ip6Fragment },
  { key: 'link_local', read: ({ ip6 }) => one(ip6.linkLocal), fragment: ip6Fragment },
  { key: 'user_name', read: ({ userName }) => one(userName), fragment: nameFragment },
  { key: 'circuit_id', read: ({ identity }) => octets(identity.circuitId), fragment: nameFragment },
  { key: 'remote_id', read: ({ identity }) => octets(identity.remoteId), fragment: nameFragment },
  { key: 'line', read: ({ line }) => one(line), fragment: nameFragment },
  { key: 'place', read: ({ place, line }) => one(place === line ? '' : place), fragment: nameFragment },
  { key: 'host_name', read: ({ identity }) => one(identity.hostName), fragment: nameFragment },
];

/** What of a session can change while it lives. */
const changing = ({ ipv4, userName, ip6, granted }: Session) =>
  [ipv4, userName, ip6.address, ip6.delegated, ip6.framed, ip6.linkLocal, granted.ipv6.routes] as const;

/** All names of a session as one text in lower case, each with a line feed before and behind it, kept until one of them changes; a few hundred bytes a session. */
export class NameTexts {
  private readonly known = new WeakMap<Session, { text: string; of: ReturnType<typeof changing> }>();

  of(session: Session): string {
    const now = changing(session);
    const kept = this.known.get(session);
    if (kept && now.every((value, at) => value === kept.of[at])) return kept.text;
    const values = names.flatMap(({ read }) => read(session));
    const text = `\n${[...values, macDigits(session.mac)].join('\n').toLowerCase()}\n`;
    this.known.set(session, { text, of: now });
    return text;
  }
}
