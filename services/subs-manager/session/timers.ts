import { SessionState, type TerminateCause } from '#gen/bng/v1/subs.js';
import type { Component } from '#lib/kernel/lifecycle.js';
import type { SessionContext } from './context.js';
import { causeOf } from './end-reasons.js';
import type { Families } from './families.js';
import type { Interims } from './interim.js';
import { type Session, timeoutAtMs } from './session.js';
import type { Terminator } from './terminator.js';

const TICK_MS = 250;

/** Lets time pass: offers lapse, holds end, leases and sessions expire, interims and counter reads fall due. */
export class Timers implements Component {
  readonly name = 'timers';
  private timer: NodeJS.Timeout | undefined;
  private polling = false;
  private nextPollMs = 0;

  constructor(
    private readonly context: SessionContext,
    private readonly terminator: Terminator,
    private readonly families: Families,
    private readonly interims: Interims,
    private readonly counterPollMs: number,
    /** Further housekeeping at each counter poll. */
    private readonly sweep: () => void,
  ) {}

  async start(): Promise<void> {
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  /** Everything that is due now; also for tests with a clock of their own. */
  tick(): void {
    const nowMs = this.context.clock.nowMs();
    for (const session of this.context.ends.takeDue(nowMs)) this.ended(session, nowMs);
    for (const session of this.context.interims.takeDue(nowMs)) this.guard(this.interims.write(session), session);
    this.context.late.tick(this.context.clock.monotonicMs());
    if (this.polling || this.context.clock.monotonicMs() < this.nextPollMs) return;
    this.polling = true;
    this.nextPollMs = this.context.clock.monotonicMs() + this.counterPollMs;
    this.sweep();
    void this.poll().finally(() => {
      this.polling = false;
    });
  }

  private ended(session: Session, nowMs: number): void {
    if (session.state === SessionState.OFFERED)
      this.guard(this.terminator.lapse(session, 'the offer was not taken'), session);
    if (session.state === SessionState.REJECTED) this.context.index.move(session, 'forget', session.reason);
    if (session.state !== SessionState.ACTIVE) return;
    if (timeoutAtMs(session) <= nowMs) this.end(session, causeOf('session_timeout'), 'session timeout');
    else this.guard(this.families.expire(session, nowMs), session);
  }

  private end(session: Session, cause: TerminateCause, reason: string): void {
    this.guard(this.terminator.end(session, cause, reason), session);
  }

  private async poll(): Promise<void> {
    await this.context.counters.readAll();
    const nowMs = this.context.clock.nowMs();
    for (const session of this.context.index.all()) {
      const { idleTimeoutS } = session.policy;
      if (session.state !== SessionState.ACTIVE || idleTimeoutS === undefined) continue;
      if (nowMs - session.heardMs >= idleTimeoutS * 1000)
        this.end(session, causeOf('idle_timeout'), `silent for ${idleTimeoutS} s`);
    }
  }

  /** What fails here is logged where it failed and tried again by whoever did it. */
  private guard(work: Promise<void>, { id }: Session): void {
    work.catch((error) => this.context.log.debug({ sessionId: id, err: error }, 'timed work ended early'));
  }

  async drain(): Promise<void> {
    clearInterval(this.timer);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
  }
}
