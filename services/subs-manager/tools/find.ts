import { setImmediate as nextTurn } from 'node:timers/promises';
import { SessionState } from '#gen/bng/v1/subs.js';
import { BngError } from '#lib/kernel/errors.js';
import { ip4Number } from '#lib/net/address.js';
import { ip6Prefix } from '#lib/net/ip6.js';
import { normalMac } from '../session/select.js';
import type { Session } from '../session/session.js';
import { asSessionId } from '../session/session-id.js';
import type { SessionIndex } from '../session/session-index.js';
import type { Fragment } from './fragments.js';
import { NameTexts, names } from './names.js';

/** A session, and what the text was found in. */
export interface Finding {
  session: Session;
  keys: readonly string[];
  /** One of its names is the text, or holds the address. */
  whole: boolean;
}

export interface Findings {
  found: Finding[];
  /** How many match, beyond the limit too. */
  total: number;
}

/** Sessions looked at before others get their turn. */
const SLICE = 2000;
/** The same where the texts of most have to be made. */
const MAKING_SLICE = 200;
const MIN_TEXT = 2;
const MAX_TEXT = 255;

/**
 * Finds sessions by any of their names, whole or in part. What is whole by its form (a session id, a MAC address, an address or a
 * prefix) and known is looked up; everything else is searched for in slices, so that nobody waits for it. Whole names come
 * first, then those that begin with the text, then the rest; of each, active sessions first.
 */
export class Finder {
  private readonly texts = new NameTexts();

  constructor(private readonly index: SessionIndex) {}

  /** At most `limit` sessions. `invalid_argument` for a text that is too short or too long to be a name. */
  async find(text: string, limit: number): Promise<Findings> {
    const wanted = text.trim();
    if (wanted.length < MIN_TEXT || wanted.length > MAX_TEXT)
      throw new BngError('invalid_argument', `a text of ${MIN_TEXT} to ${MAX_TEXT} characters is looked for`);
    const known = lookUp(this.index, wanted);
    if (known.length > 0) return { found: known.slice(0, limit), total: known.length };
    return search(this.index, this.texts, wanted, limit);
  }

  /** Makes ready what a search reads of each session, so that the first one is not slower than others. Never rejects. */
  async prepare(signal: AbortSignal): Promise<void> {
    let seen = 0;
    for (const session of this.index.all()) {
      if (signal.aborted) return;
      this.texts.of(session);
      if (++seen % MAKING_SLICE === 0) await nextTurn();
    }
  }
}

/** Sessions that a text which is whole by its form stands for. */
function lookUp(index: SessionIndex, text: string): Finding[] {
  const mac = normalMac(text);
  const found = new Map<Session, string[]>();
  const note = (sessions: readonly Session[], key: (session: Session) => string) => {
    for (const session of sessions) found.set(session, [...(found.get(session) ?? []), key(session)]);
  };
  const byId = index.get(asSessionId(text.toLowerCase()));
  if (byId) note([byId], () => 'session_id');
  if (mac.length === 17) note(index.find('mac', mac), () => 'mac');
  if (ip4Number(text) !== undefined) note(index.find('ipv4', text), () => 'ipv4');
  note(index.ip6.find(text), (session) => ip6Key(session, text));
  return [...found].map(([session, keys]) => ({ session, keys, whole: true }));
}

/** Under which of its names a session holds an address or prefix. */
function ip6Key(session: Session, text: string): string {
  const wanted = ip6Prefix(text.includes('/') ? text : `${text}/128`);
  const holds = (value: string) => {
    const own = ip6Prefix(value.includes('/') ? value : `${value}/128`);
    return own !== undefined && wanted !== undefined && own.first <= wanted.first && wanted.last <= own.last;
  };
  const { ip6, granted } = session;
  if (holds(ip6.address)) return 'ipv6';
  if (holds(ip6.delegated)) return 'delegated_prefix';
  if (holds(ip6.framed)) return 'framed_prefix';
  return granted.ipv6.routes.some(holds) ? 'route' : 'link_local';
}

interface Test {
  key: string;
  read(session: Session): readonly string[];
  fragment: Fragment;
}

/** The names that the text can stand in, and how each is tested for it. The text is in lower case. */
const testsFor = (text: string): Test[] =>
  names.flatMap(({ key, read, fragment }) => {
    const found = fragment(text);
    return found ? [{ key, read, fragment: found }] : [];
  });

const matches = (tests: readonly Test[], session: Session): boolean =>
  tests.some(({ read, fragment }) => read(session).some((value) => fragment.fits(value)));

const RANKS = 6;

/** 0: a whole name of an active session ... 5: within a name of one that is not active. Texts are in lower case. */
function rankOf(text: string, lower: string, { state }: Session): number {
  const place = text.includes(`\n${lower}\n`) ? 0 : text.includes(`\n${lower}`) ? 1 : 2;
  return 2 * place + (state === SessionState.ACTIVE ? 0 : 1);
}

async function search(index: SessionIndex, texts: NameTexts, wanted: string, limit: number): Promise<Findings> {
  const lower = wanted.toLowerCase();
  const tests = testsFor(lower);
  const hints = [...new Set(tests.map(({ fragment }) => fragment.hint))];
  const byRank: Session[][] = Array.from({ length: RANKS }, () => []);
  let [total, seen] = [0, 0];
  for (const session of index.all()) {
    if (++seen % SLICE === 0) await nextTurn();
    const text = texts.of(session);
    if (!hints.some((hint) => text.includes(hint)) || !matches(tests, session)) continue;
    total++;
    const rank = byRank[rankOf(text, lower, session)];
    if (rank && rank.length < limit) rank.push(session);
  }
  const found = byRank.flatMap((sessions, rank) =>
    sessions.map((session) => ({
      session,
      keys: tests.filter((test) => matches([test], session)).map(({ key }) => key),
      whole: rank < 2,
    })),
  );
  return { found: found.slice(0, limit), total };
}
