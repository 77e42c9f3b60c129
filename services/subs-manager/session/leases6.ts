import { SessionState } from '#gen/bng/v1/subs.js';
import type { GroupConfig } from '../config.js';
import type { SessionContext } from './context.js';
import { scheduleEnd } from './context.js';
import { type Families, raise } from './families.js';
import type { Given6, Hold6, Want6 } from './hold6.js';
import type { SessionIp6 } from './ip6.js';
import { type LeaseOutcome, type Leases, storeLease } from './leases.js';
import { type Session, timeoutAtMs } from './session.js';

/** Who the client says it is, and under which IAIDs it keeps what it has. */
export type Client6 = Pick<SessionIp6, 'linkLocal' | 'duid'> &
  Partial<Pick<SessionIp6, 'iaNa' | 'iaPd' | 'server' | 'serverDuid'>>;

/** IPv6 leases: from offer to active, and on from renewal to renewal. */
export class Leases6 {
  constructor(
    private readonly context: SessionContext,
    private readonly leases: Leases,
    private readonly families: Families,
    private readonly hold: Hold6,
  ) {}

  /**
   * What the session would have for a client that only asks: nothing is changed, but what is not up yet is held for it.
   * The result shows addresses and prefixes, empty when there are none to have.
   */
  preview(session: Session, group: GroupConfig, client: Client6, want: Want6): SessionIp6 {
    const { clock, index, ends } = this.context;
    const missing = this.hold.missing(session, group, want);
    if (session.ip6.up) {
      this.hold.release(session, missing);
      return { ...session.ip6, ...missing };
    }
    const heldUntilMs = clock.nowMs() + group.offerHoldS * 1000;
    Object.assign(session.ip6, client, missing, { heldUntilMs });
    index.ip6.note(session);
    if (session.state === SessionState.OFFERED) ends.set(session, heldUntilMs);
    else scheduleEnd(this.context, session);
    return session.ip6;
  }

  /** Puts address and prefix into VPP and the store, or extends their lease: before the client is told. */
  take(session: Session, group: GroupConfig, client: Client6, want: Want6): Promise<LeaseOutcome> {
    return this.context.serial.run(session.id, async () => {
      if (session.state === SessionState.OFFERED) {
        this.preview(session, group, client, want);
        if (nothing(session.ip6)) return { held: true };
        session.ip6.ownLinkLocal = this.families.ownsLinkLocal(session, {});
        return this.leases.first(session, group, 'ip6');
      }
      if (session.state !== SessionState.ACTIVE) return { held: false, reason: 'terminating' };
      return this.takeMore(session, group, client, want);
    });
  }

  private async takeMore(session: Session, group: GroupConfig, client: Client6, want: Want6): Promise<LeaseOutcome> {
    const { ip6 } = session;
    const missing = this.hold.missing(session, group, want);
    if (nothing({ ...ip6, ...missing })) return { held: true };
    const same = ip6.up && ip6.linkLocal === client.linkLocal && Object.keys(missing).length === 0;
    if (same) return this.extend(session, group, client);
    const outcome = await this.families.join(session, group, 'ip6', { ...client, ...missing });
    if (!outcome.held) this.hold.release(session, missing);
    return outcome;
  }

  /**
   * Puts what a DHCPv6 server gave into VPP and the store, in the place of what the session had, or extends its lease:
   * before the client is told. Empty: the session has nothing of that kind any more.
   */
  adopt(session: Session, group: GroupConfig, client: Client6, { address, delegated }: Given6): Promise<LeaseOutcome> {
    return this.context.serial.run(session.id, async () => {
      const first = session.state === SessionState.OFFERED;
      if (!first && session.state !== SessionState.ACTIVE) return { held: false, reason: 'terminating' };
      const taken = this.hold.given(session, { address, delegated });
      if (!taken.ok) return { held: false, reason: taken.reason };
      const next = { ...client, address, delegated };
      const outcome = first ? await this.adoptFirst(session, group, next) : await this.adoptMore(session, group, next);
      if (!outcome.held) this.hold.release(session, taken.changes);
      return outcome;
    });
  }

  private async adoptFirst(session: Session, group: GroupConfig, next: Client6 & Given6): Promise<LeaseOutcome> {
    const { ip6 } = session;
    Object.assign(ip6, next, { ownLinkLocal: this.families.ownsLinkLocal(session, next) });
    this.context.index.ip6.note(session);
    const outcome = await this.leases.first(session, group, 'ip6');
    if (!outcome.held) Object.assign(ip6, { address: '', delegated: '' });
    this.context.index.ip6.note(session);
    return outcome;
  }

  private async adoptMore(session: Session, group: GroupConfig, next: Client6 & Given6): Promise<LeaseOutcome> {
    const { ip6 } = session;
    const same = ip6.up && (['linkLocal', 'address', 'delegated'] as const).every((name) => ip6[name] === next[name]);
    return same ? this.extend(session, group, next) : this.families.join(session, group, 'ip6', next);
  }

  /** In the store before the client hears of it, or later while nothing can be stored. */
  private async extend(session: Session, group: GroupConfig, client: Client6): Promise<LeaseOutcome> {
    const { clock } = this.context;
    const nowMs = clock.nowMs();
    if (timeoutAtMs(session) - nowMs < 1000) return { held: false, reason: 'terminating' };
    const next: Session = { ...session, ip6: { ...session.ip6, ...client } };
    raise(next, group, 'ip6', nowMs);
    const stored = await storeLease(this.context, session, { kind: 'lease6', sessionId: session.id, ip6: next.ip6 });
    if (stored !== 'held') return { held: false, reason: stored };
    if (session.state !== SessionState.ACTIVE) return { held: false, reason: 'terminating' };
    const heardMs = clock.nowMs();
    next.ip6.leaseExpiresMs = heardMs + next.ip6.leaseS * 1000;
    Object.assign(session, { ip6: next.ip6, heardMs });
    scheduleEnd(this.context, session);
    return { held: true };
  }
}

const nothing = ({ address, delegated }: SessionIp6): boolean => address === '' && delegated === '';
