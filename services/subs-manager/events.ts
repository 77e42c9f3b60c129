import { SessionEvent, SessionEvent_Kind, TerminateCause } from '#gen/bng/v1/subs.js';
import type { OutboxEvent } from '#lib/kernel/outbox.js';
import { partitionOf } from '#lib/kernel/partition.js';
import { type ActiveService, serviceSessionId, serviceUsage } from './session/services.js';
import { type Session, toMessage } from './session/session.js';

const subjects = {
  [SessionEvent_Kind.UP]: 'up',
  [SessionEvent_Kind.CHANGED]: 'changed',
  [SessionEvent_Kind.INTERIM]: 'interim',
  [SessionEvent_Kind.DOWN]: 'down',
  [SessionEvent_Kind.UNSPECIFIED]: 'unknown',
} as const satisfies Record<SessionEvent_Kind, string>;

/** A fact about the session as it is now. It has no number before `numbered`. */
export function sessionEvent(session: Session, kind: SessionEvent_Kind, atMs: number, reason = ''): SessionEvent {
  return {
    id: '',
    kind,
    atMs: BigInt(atMs),
    sequence: 0n,
    session: toMessage(session),
    terminateCause: kind === SessionEvent_Kind.DOWN ? session.cause : TerminateCause.UNSPECIFIED,
    reason,
    service: '',
  };
}

/** A fact about a service of a session, which is accounted for as one of its own. */
export function serviceEvent(
  session: Session,
  service: ActiveService,
  kind: SessionEvent_Kind,
  atMs: number,
  cause = session.cause,
): SessionEvent {
  const event = sessionEvent(session, kind, atMs);
  const own = {
    sessionId: serviceSessionId(session.id, service),
    startedMs: BigInt(service.sinceMs),
    counters: serviceUsage(service, session.usage.total),
    services: [],
  };
  const terminateCause = kind === SessionEvent_Kind.DOWN ? cause : TerminateCause.UNSPECIFIED;
  return { ...event, service: service.name, terminateCause, session: { ...toMessage(session), ...own } };
}

/** The same of every service that is on. */
export const serviceEvents = (session: Session, kind: SessionEvent_Kind, atMs: number): SessionEvent[] =>
  session.services.active.map((service) => serviceEvent(session, service, kind, atMs));

/**
 * Gives the event its place within its session, 1, 2, 3 ... without holes, and an id made of both: the same fact written
 * twice is stored by JetStream once.
 */
export function numbered(event: SessionEvent, sequence: number): SessionEvent {
  return Object.assign(event, { id: `${event.session?.sessionId}-${sequence}`, sequence: BigInt(sequence) });
}

/** The event as it leaves: subject `bng.session.<kind>.<partition of the group>.<session id>`, payload in protobuf's binary form. */
export function toOutbox(event: SessionEvent): OutboxEvent {
  const sessionId = event.session?.sessionId ?? '';
  return {
    id: event.id,
    orderKey: sessionId,
    subject: `bng.session.${subjects[event.kind]}.${partitionOf(event.session?.group ?? '')}.${sessionId}`,
    payload: SessionEvent.encode(event).finish(),
  };
}
