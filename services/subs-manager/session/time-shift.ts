import { SessionState } from '#gen/bng/v1/subs.js';
import type { SessionContext } from './context.js';
import type { Session } from './session.js';

/** Moves a time that is known; 0 stays "not yet". */
const moved = (atMs: number, stepMs: number): number => (atMs === 0 ? 0 : atMs + stepMs);

function shiftSession(session: Session, stepMs: number): Session {
  const { ip6 } = session;
  ip6.leaseExpiresMs = moved(ip6.leaseExpiresMs, stepMs);
  ip6.heldUntilMs = moved(ip6.heldUntilMs, stepMs);
  const active = session.services.active.map((one) => ({ ...one, sinceMs: one.sinceMs + stepMs }));
  return Object.assign(session, {
    services: { ...session.services, active },
    createdMs: moved(session.createdMs, stepMs),
    startedMs: moved(session.startedMs, stepMs),
    heardMs: moved(session.heardMs, stepMs),
    leaseExpiresMs: moved(session.leaseExpiresMs, stepMs),
    heldUntilMs: moved(session.heldUntilMs, stepMs),
  });
}

/**
 * The wall clock was set by `stepMs`: what sessions, leases and timeouts have left stays what it was, and the times of
 * the rows follow. What was told before (the Event-Timestamp of a Start) stays as it was told.
 */
export function shiftTimes(context: SessionContext, stepMs: number): void {
  const { index, ends, interims, late, log } = context;
  log.warn({ stepMs, sessions: index.size }, 'the clock was set; leases and timeouts go on as they were');
  ends.shift(stepMs);
  interims.shift(stepMs);
  for (const session of index.all()) {
    shiftSession(session, stepMs);
    if (session.state === SessionState.ACTIVE) late.add(session);
  }
}
