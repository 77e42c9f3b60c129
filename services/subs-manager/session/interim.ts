import { SessionEvent_Kind, SessionState } from '#gen/bng/v1/subs.js';
import { serviceEvents, sessionEvent } from '../events.js';
import type { SessionContext } from './context.js';
import type { Session } from './session.js';

const RETRY_MS = 5000;

/** Writes what a session has used so far, at its interim interval. */
export class Interims {
  constructor(private readonly context: SessionContext) {}

  /** One interim of `session`, and sets the next. Without the store it is tried again shortly. */
  write(session: Session): Promise<void> {
    const { context } = this;
    return context.serial.run(session.id, async () => {
      const { interimIntervalS } = session.policy;
      if (session.state !== SessionState.ACTIVE || interimIntervalS === undefined) return;
      await context.counters.read(session);
      const nowMs = context.clock.nowMs();
      const event = sessionEvent(session, SessionEvent_Kind.INTERIM, nowMs);
      const { id: sessionId, usage } = session;
      const services = serviceEvents(session, SessionEvent_Kind.INTERIM, nowMs);
      const stored = await context.ledger.write({ kind: 'interim', sessionId, usage, event, services }).then(
        () => true,
        () => false,
      );
      context.interims.set(session, context.clock.nowMs() + (stored ? interimIntervalS * 1000 : RETRY_MS));
    });
  }
}
