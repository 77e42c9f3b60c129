import { SessionEvent_Kind, SessionState, TerminateCause } from '#gen/bng/v1/subs.js';
import { backoffMs, sleep } from '#lib/kernel/clock.js';
import { BngError } from '#lib/kernel/errors.js';
import { serviceEvents, sessionEvent } from '../events.js';
import { freeAddresses, type SessionContext } from './context.js';
import { causeOf } from './end-reasons.js';
import { type Session, toMessage } from './session.js';

/** Ends sessions: out of VPP first, then DOWN is written and the address is free. */
export class Terminator {
  private readonly abort = new AbortController();
  private readonly ending = new Map<Session, Promise<void>>();

  constructor(private readonly context: SessionContext) {}

  /**
   * Ends an offered or active session, or goes on ending one that is terminating. Tries until it is done: resolves
   * then, rejects with `cancelled` when the service stops before.
   */
  end(session: Session, cause: TerminateCause, reason: string, quarantineUntilMs = 0): Promise<void> {
    const before = this.ending.get(session);
    if (before) return before;
    const work = this.context.serial
      .run(session.id, () => this.finish(session, cause, reason, quarantineUntilMs))
      .finally(() => this.ending.delete(session));
    work.catch((error) => this.context.log.info({ sessionId: session.id, err: error }, 'end of session is left over'));
    this.ending.set(session, work);
    return work;
  }

  /** Gives up an offer that was not taken; a no-op when it was taken meanwhile. */
  async lapse(session: Session, reason: string): Promise<void> {
    await this.context.serial.run(session.id, async () => {});
    if (session.state === SessionState.OFFERED) await this.end(session, causeOf('offer_lapsed'), reason);
  }

  private async finish(session: Session, cause: TerminateCause, reason: string, untilMs: number): Promise<void> {
    const known = this.context.index.get(session.id) === session;
    if (!known) return;
    if (session.state === SessionState.OFFERED && !session.inVpp) return this.drop(session, untilMs);
    if (session.state === SessionState.OFFERED) this.leave(session, 'withdraw', cause, reason);
    if (session.state === SessionState.ACTIVE) {
      this.leave(session, 'end', cause, reason);
      await this.mark(session);
    }
    if (session.state !== SessionState.TERMINATING) return;
    await this.retry('dataplane', () => this.takeOut(session));
    const endedMs = this.context.clock.nowMs();
    if (session.startedMs > 0) await this.retry('store', () => this.writeDown(session, endedMs, untilMs));
    this.forget(session, untilMs);
  }

  /** Nobody took the offer and VPP never heard of it. */
  private drop(session: Session, untilMs: number): void {
    this.context.ends.cancel(session);
    freeAddresses(this.context, session, untilMs);
    this.context.index.move(session, 'lapse');
  }

  private leave(session: Session, step: 'end' | 'withdraw', cause: TerminateCause, reason: string): void {
    session.cause = cause;
    this.context.ends.cancel(session);
    this.context.interims.cancel(session);
    this.context.index.move(session, step, reason);
  }

  /** So that a restart goes on with the end. Without the store the end goes on all the same. */
  private async mark({ id, cause, reason }: Session): Promise<void> {
    await this.context.ledger.write({ kind: 'terminating', sessionId: id, cause, reason }).catch(() => {});
  }

  private async takeOut(session: Session): Promise<void> {
    await this.context.counters.read(session);
    await this.context.dataplane.remove(session.id);
    session.inVpp = false;
  }

  private async writeDown(session: Session, atMs: number, quarantineUntilMs: number): Promise<void> {
    const event = sessionEvent(session, SessionEvent_Kind.DOWN, atMs, session.reason);
    const services = serviceEvents(session, SessionEvent_Kind.DOWN, atMs);
    await this.context.ledger.write({ kind: 'down', session, atMs, quarantineUntilMs, event, services });
  }

  private forget(session: Session, untilMs: number): void {
    const { index, metrics, log, timeline } = this.context;
    freeAddresses(this.context, session, untilMs);
    if (session.startedMs > 0) metrics.ended.inc({ cause: TerminateCause[session.cause].toLowerCase() });
    log.info(
      { sessionId: session.id, line: session.line, cause: session.cause, reason: session.reason },
      'session down',
    );
    const detail = `${TerminateCause[session.cause].toLowerCase()}: ${session.reason}`;
    timeline.note(session, { step: 'down', detail });
    index.move(session, 'remove', session.reason);
  }

  private async retry(what: string, work: () => Promise<void>): Promise<void> {
    for (let attempt = 0; !this.abort.signal.aborted; attempt++) {
      try {
        return await work();
      } catch (error) {
        const level = attempt === 0 ? 'warn' : 'debug';
        this.context.log[level]({ what, attempt, err: BngError.from(error) }, 'end of session is tried again');
        await sleep(backoffMs(attempt, 100, 10_000), this.abort.signal);
      }
    }
    throw new BngError('cancelled', 'the service stops');
  }

  /**
   * Ends an active session in one try: when VPP cannot be told, nothing has changed and the error says so. Resolves
   * with the session as it was last, after DOWN is written.
   */
  disconnect(session: Session, cause: TerminateCause, reason: string) {
    return this.context.serial.run(session.id, async () => {
      if (session.state !== SessionState.ACTIVE) throw new BngError('not_found', 'the session is not active');
      await this.takeOut(session);
      this.leave(session, 'end', cause, reason);
      const endedMs = this.context.clock.nowMs();
      try {
        await this.writeDown(session, endedMs, 0);
      } catch (error) {
        this.end(session, cause, reason).catch(() => {});
        throw error;
      }
      const last = toMessage(session);
      this.forget(session, 0);
      return last;
    });
  }

  /**
   * Ends what only the store knows of: out of VPP, its addresses free, DOWN written. In one try; rejects when it cannot be
   * done, and then nothing is lost. Not for sessions of the index.
   */
  async bury(row: Session, reason: string): Promise<void> {
    const ended: Session = { ...row, cause: causeOf('row_left_over'), reason };
    await this.context.dataplane.remove(row.id);
    await this.writeDown(ended, this.context.clock.nowMs(), 0);
    freeAddresses(this.context, ended);
  }

  /** Gives up what is being tried; the rows say what is left to do at the next start. */
  stop(): void {
    this.abort.abort();
  }
}
