import type { SessionState } from '#gen/bng/v1/subs.js';
import { Ip6Index } from './ip6-index.js';
import { routesOf } from './routes.js';
import type { Session } from './session.js';
import type { SessionId } from './session-id.js';
import { nextState, type SessionStep, sessionStates } from './state-machine.js';

/** Who attaches: one MAC address at one place (a line, or a part of a shared one). */
export const subscriberKey = (place: string, mac: string): string => `${place}|${mac}`;

const names = ['mac', 'ipv4', 'line', 'place', 'userName'] as const;
/** What sessions can be found by, beside their id. */
export type SessionName = (typeof names)[number];

/** All sessions this instance knows, findable by each of their names. */
export class SessionIndex {
  /** By what a session has in IPv6; told of each change. */
  readonly ip6 = new Ip6Index<Session>();
  /** Sessions that RADIUS routes prefixes to; told by `noteRoutes`. */
  readonly routed = new Set<Session>();
  private readonly byId = new Map<SessionId, Session>();
  private readonly bySubscriber = new Map<string, Session>();
  private readonly byName = {
    mac: new Map<string, Set<Session>>(),
    ipv4: new Map<string, Set<Session>>(),
    line: new Map<string, Set<Session>>(),
    place: new Map<string, Set<Session>>(),
    userName: new Map<string, Set<Session>>(),
  };
  private readonly counts = new Map<SessionState, number>(sessionStates.map((state) => [state, 0]));

  get size(): number {
    return this.byId.size;
  }

  get(id: SessionId): Session | undefined {
    return this.byId.get(id);
  }

  /** The one session of a MAC address at a place. */
  ofSubscriber(place: string, mac: string): Session | undefined {
    return this.bySubscriber.get(subscriberKey(place, mac));
  }

  /** The session of a MAC address wherever on the line it is; undefined when there is none, or more than one. */
  onLine(line: string, mac: string): Session | undefined {
    const [found, ...more] = this.find('mac', mac).filter((session) => session.line === line);
    return more.length === 0 ? found : undefined;
  }

  /** Sessions with this value; MAC in lower case with colons. */
  find(name: SessionName, value: string): readonly Session[] {
    const found = this.byName[name].get(value);
    return found === undefined ? [] : [...found];
  }

  all(): IterableIterator<Session> {
    return this.byId.values();
  }

  inState(state: SessionState): Session[] {
    return [...this.byId.values()].filter((session) => session.state === state);
  }

  count(state: SessionState): number {
    return this.counts.get(state) ?? 0;
  }

  add(session: Session): void {
    this.byId.set(session.id, session);
    this.bySubscriber.set(subscriberKey(session.place, session.mac), session);
    this.note(session, 1);
    for (const name of names) this.link(name, session);
    this.ip6.note(session);
    this.noteRoutes(session);
  }

  /** What was granted has changed. */
  noteRoutes(session: Session): void {
    if (routesOf(session).length > 0) this.routed.add(session);
    else this.routed.delete(session);
  }

  /** Sets a name that becomes known, or changes, while the session lives. */
  rename(session: Session, name: 'ipv4' | 'userName', value: string): void {
    this.unlink(name, session);
    session[name] = value;
    this.link(name, session);
  }

  /** Moves the session by its state table; a session that goes is taken out of every index. */
  move(session: Session, step: SessionStep, reason = ''): void {
    const next = nextState(session.state, step);
    session.reason = reason;
    if (next === 'gone') this.remove(session);
    else {
      this.note(session, -1);
      session.state = next;
      this.note(session, 1);
    }
  }

  private remove(session: Session): void {
    if (!this.byId.delete(session.id)) return;
    const key = subscriberKey(session.place, session.mac);
    if (this.bySubscriber.get(key) === session) this.bySubscriber.delete(key);
    this.note(session, -1);
    for (const name of names) this.unlink(name, session);
    this.ip6.drop(session);
    this.routed.delete(session);
  }

  private note(session: Session, change: 1 | -1): void {
    this.counts.set(session.state, this.count(session.state) + change);
  }

  private link(name: SessionName, session: Session): void {
    const value = session[name];
    if (value === '') return;
    const sessions = this.byName[name].get(value) ?? new Set();
    this.byName[name].set(value, sessions.add(session));
  }

  private unlink(name: SessionName, session: Session): void {
    const sessions = this.byName[name].get(session[name]);
    if (sessions?.delete(session) && sessions.size === 0) this.byName[name].delete(session[name]);
  }
}
