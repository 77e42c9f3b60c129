import { SessionEvent_Kind, SessionState } from '#gen/bng/v1/subs.js';
import { BngError } from '#lib/kernel/errors.js';
import type { GroupConfig } from '../config.js';
import type { DropReason } from '../dhcp/drops.js';
import { serviceEvents, sessionEvent } from '../events.js';
import type { Fact } from '../fact.js';
import { leaseSeconds, type SessionContext, scheduleEnd, scheduleFirstInterim } from './context.js';
import { causeOf } from './end-reasons.js';
import { type Families, type Family, lower, raise } from './families.js';
import { startedAt } from './services.js';
import { type Session, timeoutAtMs, toBundle } from './session.js';
import type { Terminator } from './terminator.js';

/** `held`: the lease stands, tell the client. Otherwise why it does not; the client may try again. */
export type LeaseOutcome = { held: true } | { held: false; reason: DropReason };

const held: LeaseOutcome = { held: true };
const failed = (reason: DropReason): LeaseOutcome => ({ held: false, reason });

/** Why a session is not stored. */
export const storeReason = ({ code }: BngError): DropReason =>
  code === 'exhausted' ? 'store_full' : 'store_unavailable';

/** Writes an extended lease. `held` also when the store is away or full: then it hears of it later. */
export async function storeLease(
  { ledger, late, log }: SessionContext,
  session: Session,
  fact: Fact,
): Promise<'held' | DropReason> {
  if (late.storeFault === undefined) {
    try {
      await ledger.write(fact);
      return 'held';
    } catch (thrown) {
      const error = BngError.from(thrown);
      log.warn({ sessionId: session.id, err: error }, 'lease extended, not stored yet');
      if (error.code !== 'unavailable' && error.code !== 'exhausted') return 'store_unavailable';
    }
  }
  late.add(session);
  return 'held';
}

/** Leases: from offer to active, and on from renewal to renewal. */
export class Leases {
  constructor(
    private readonly context: SessionContext,
    private readonly terminator: Terminator,
    private readonly families: Families,
  ) {}

  /** Puts an offered session into VPP, then into the store. An active one is extended (the client asked twice). */
  activate(session: Session, group: GroupConfig): Promise<LeaseOutcome> {
    return this.context.serial.run(session.id, async () => {
      if (session.state === SessionState.ACTIVE)
        return session.up4 ? this.extend(session, group) : this.families.join(session, group, 'ip4', {});
      if (session.state !== SessionState.OFFERED) return failed('terminating');
      return this.first(session, group, 'ip4');
    });
  }

  /** The first family of an offered session. Runs within the session's own series. */
  async first(session: Session, group: GroupConfig, family: Family): Promise<LeaseOutcome> {
    raise(session, group, family, this.context.clock.nowMs());
    const applied = await this.apply(session, group);
    const outcome = applied.held ? await this.store(session, group, family) : applied;
    if (!outcome.held) lower(session, family);
    return outcome;
  }

  private async apply(session: Session, group: GroupConfig): Promise<LeaseOutcome> {
    const { context } = this;
    const beganMs = context.clock.monotonicMs();
    this.keepOffer(session, group);
    try {
      const policy = await context.profiles.resolve(session.inForce);
      session.inVpp = true;
      await context.dataplane.apply(toBundle(session, policy, context.owner, group));
      const tookMs = context.clock.monotonicMs() - beganMs;
      context.metrics.step('configd', tookMs);
      context.timeline.note(session, { step: 'dataplane', peer: 'configd', tookMs });
      await context.counters.read(session);
      return held;
    } catch (thrown) {
      const error = BngError.from(thrown);
      session.reason = `not in the dataplane: ${error.message}`;
      context.log.warn({ sessionId: session.id, line: session.line, err: error }, 'session not applied');
      const reason = error.row.retry ? 'configd_unavailable' : 'apply_failed';
      const tookMs = context.clock.monotonicMs() - beganMs;
      context.timeline.note(session, {
        step: 'dataplane',
        outcome: reason,
        detail: error.message,
        peer: 'configd',
        tookMs,
      });
      return failed(reason);
    } finally {
      this.keepOffer(session, group);
    }
  }

  /** The address stays with the client while it is being worked for, and for its next try. */
  private keepOffer(session: Session, group: GroupConfig): void {
    this.context.ends.set(session, this.context.clock.nowMs() + group.offerHoldS * 1000);
  }

  private async store(session: Session, group: GroupConfig, family: Family): Promise<LeaseOutcome> {
    const { context } = this;
    const nowMs = context.clock.nowMs();
    session.startedMs ||= nowMs;
    session.services = startedAt(session.services, session.startedMs);
    session.heardMs = nowMs;
    raise(session, group, family, nowMs);
    const told = { ...session, ip6: { ...session.ip6 }, state: SessionState.ACTIVE, reason: '' };
    const event = sessionEvent(told, SessionEvent_Kind.UP, session.startedMs);
    const services = serviceEvents(told, SessionEvent_Kind.UP, session.startedMs);
    try {
      await context.ledger.write({ kind: 'up', session: told, event, services });
    } catch (thrown) {
      const error = BngError.from(thrown);
      session.reason = `not stored: ${error.message}`;
      context.log.warn({ sessionId: session.id, err: error }, 'session not stored');
      context.timeline.note(session, { step: 'store', outcome: error.code, detail: error.message });
      return error.code === 'conflict' ? this.addressTaken(session, group) : failed(storeReason(error));
    }
    context.index.move(session, 'activate');
    scheduleEnd(context, session);
    scheduleFirstInterim(context, session, nowMs);
    context.metrics.step('attach', nowMs - session.createdMs);
    context.timeline.note(session, { step: 'active', detail: family, tookMs: nowMs - session.createdMs });
    return held;
  }

  /** The store knows better who has the address: the session is given up, and nobody here gets the address for a while. */
  private addressTaken(session: Session, group: GroupConfig): LeaseOutcome {
    const untilMs = this.context.clock.nowMs() + group.declineHoldS * 1000;
    this.terminator.end(session, causeOf('address_conflict'), session.reason, untilMs).catch(() => {});
    return failed('address_in_use');
  }

  /**
   * Extends the lease of an active session: in the store before the client hears of it, or, while nothing can be stored,
   * as soon as something can.
   */
  async extend(session: Session, group: GroupConfig): Promise<LeaseOutcome> {
    const { context } = this;
    if (!session.up4) return this.activate(session, group);
    const nowMs = context.clock.nowMs();
    if (timeoutAtMs(session) - nowMs < 1000) return failed('terminating');
    const leaseS = leaseSeconds(session, group, nowMs);
    const leaseExpiresMs = nowMs + leaseS * 1000;
    const stored = await storeLease(context, session, { kind: 'lease', sessionId: session.id, leaseExpiresMs, leaseS });
    if (stored !== 'held') return failed(stored);
    if (session.state !== SessionState.ACTIVE) return failed('terminating');
    const heardMs = context.clock.nowMs();
    Object.assign(session, { leaseS, leaseExpiresMs: heardMs + leaseS * 1000, heardMs });
    scheduleEnd(context, session);
    return held;
  }
}
