import type { SessionBundle } from '#gen/bng/v1/configd.js';
import { SessionState } from '#gen/bng/v1/subs.js';
import { backoffMs, sleep } from '#lib/kernel/clock.js';
import type { Dataplane } from '../clients/configd.js';
import type { Stored } from '../store.js';
import { type SessionContext, scheduleEnd, scheduleFirstInterim } from './context.js';
import { type Session, timeoutAtMs, toBundle } from './session.js';
import type { Terminator } from './terminator.js';

/** Sessions applied side by side when configd is back. */
const AT_ONCE = 64;

/** Puts sessions back: from the rows into memory, and from memory into VPP. */
export class Restore {
  constructor(
    private readonly context: SessionContext,
    private readonly dataplane: Pick<Dataplane, 'applyMany'>,
    private readonly terminator: Terminator,
    private readonly graceMs: number,
  ) {}

  /**
   * Indexes, addresses and deadlines from the rows. Leases last at least the grace time from now, and a whole lease: one
   * may have been promised that the store did not hear of.
   */
  load(stored: Stored): void {
    const nowMs = this.context.clock.nowMs();
    const isIp6 = ({ ipv4 }: { ipv4: string }) => ipv4.includes(':');
    this.context.allocator.restore(
      stored.addresses.filter((row) => !isIp6(row)),
      nowMs,
    );
    this.context.allocator6.restore(stored.addresses.filter(isIp6), nowMs);
    for (const session of stored.sessions) {
      session.inForce = this.context.services.inForce(session.policy, session.services);
      this.context.index.add(session);
      if (session.state !== SessionState.ACTIVE) continue;
      const atLeast = (leaseS: number) => Math.min(nowMs + Math.max(this.graceMs, leaseS * 1000), timeoutAtMs(session));
      session.leaseExpiresMs = Math.max(session.leaseExpiresMs, atLeast(session.leaseS));
      session.ip6.leaseExpiresMs = Math.max(session.ip6.leaseExpiresMs, atLeast(session.ip6.leaseS));
      scheduleEnd(this.context, session);
      scheduleFirstInterim(this.context, session, nowMs - (session.policy.interimIntervalS ?? 0) * 500);
    }
    this.context.log.info(
      { sessions: stored.sessions.length, addresses: stored.addresses.length },
      'sessions restored',
    );
  }

  /** At start: VPP gets all that is active and nothing else of ours. Tries until it is done or `signal` aborts. */
  async pushAll(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        return await this.push(this.context.index.inState(SessionState.ACTIVE), this.context.owner);
      } catch (error) {
        this.context.log.warn({ err: error }, 'sessions not in VPP yet');
        await sleep(backoffMs(attempt, 100, 2000), signal);
      }
    }
  }

  /** Goes on with the ends a former run began. */
  endLeftovers(): void {
    for (const session of this.context.index.inState(SessionState.TERMINATING))
      this.terminator.end(session, session.cause, session.reason).catch(() => {});
  }

  /** After configd came back it may have lost what it held: active sessions are applied again, nothing is removed. */
  async pushAgain(sessions = this.context.index.inState(SessionState.ACTIVE)): Promise<void> {
    const left = sessions[Symbol.iterator]();
    const worker = async () => {
      for (const session of left) await this.context.serial.run(session.id, () => this.applyOne(session));
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, sessions.length) }, worker));
  }

  /** A line came into being: what is active on it may be missing in VPP. */
  async lineAppeared(line: string): Promise<void> {
    const active = this.context.index.find('line', line).filter(({ state }) => state === SessionState.ACTIVE);
    await this.pushAgain(active);
  }

  private async applyOne(session: Session): Promise<void> {
    if (session.state !== SessionState.ACTIVE) return;
    const bundle = await this.bundle(session);
    if (bundle === undefined) return;
    await this.context.dataplane.apply(bundle).catch((error) => this.notPutBack(session.id, error));
  }

  private notPutBack(sessionId: string, error: unknown): void {
    this.context.log.error({ sessionId, err: error }, 'session not put back into VPP');
  }

  private async push(sessions: readonly Session[], pruneOwner?: string): Promise<void> {
    const bundles = await Promise.all(sessions.map((session) => this.bundle(session)));
    const known = bundles.flatMap((bundle) => (bundle === undefined ? [] : [bundle]));
    const results = await this.dataplane.applyMany(known, known.length === sessions.length ? pruneOwner : undefined);
    const failed = results.filter(({ error }) => error !== undefined);
    for (const { sessionId, error } of failed) this.notPutBack(sessionId, error);
    this.context.log.info({ sessions: known.length, failed: failed.length }, 'sessions pushed to VPP');
  }

  /** What configd has to hold for the session. Undefined when the profile cannot be looked up now: configd's own copy then stays as it is. */
  async bundle(session: Session): Promise<SessionBundle | undefined> {
    const { profiles, owner, groups, log } = this.context;
    try {
      const policy = await profiles.resolve(session.inForce);
      return toBundle(session, policy, owner, groups.get(session.group));
    } catch (error) {
      log.error({ sessionId: session.id, err: error }, 'policy of the session cannot be compiled');
      return undefined;
    }
  }
}
