import { SessionEvent_Kind, SessionState, type TerminateCause } from '#gen/bng/v1/subs.js';
import { BngError } from '#lib/kernel/errors.js';
import type { GroupConfig } from '../config.js';
import { sessionEvent } from '../events.js';
import { leaseSeconds, type SessionContext, scheduleEnd } from './context.js';
import { causeOf } from './end-reasons.js';
import { ip6Places, noIp6, ownsLinkLocal, type SessionIp6 } from './ip6.js';
import type { LeaseOutcome } from './leases.js';
import { type Session, timeoutAtMs, toBundle } from './session.js';
import type { Terminator } from './terminator.js';

/** Each may come and go alone; the session lives as long as one of them is up. */
export type Family = 'ip4' | 'ip6';

/** How long until what could not be taken out of VPP is tried again. */
const RETRY_MS = 5000;

export const isUp = (session: Session, family: Family): boolean => (family === 'ip4' ? session.up4 : session.ip6.up);

const otherOf = (family: Family): Family => (family === 'ip4' ? 'ip6' : 'ip4');

/** Marks a family as being in VPP, with a lease that begins now. */
export function raise(session: Session, group: GroupConfig, family: Family, nowMs: number): void {
  const settings = family === 'ip4' ? group : (group.ipv6 ?? group);
  const leaseS = leaseSeconds(session, settings, nowMs);
  Object.assign(family === 'ip4' ? session : session.ip6, { leaseS, leaseExpiresMs: nowMs + leaseS * 1000 });
  if (family === 'ip4') session.up4 = true;
  else session.ip6.up = true;
}

export function lower(session: Session, family: Family): void {
  if (family === 'ip4') session.up4 = false;
  else session.ip6.up = false;
}

const placesOf = (session: Session): string[] => [...(session.up4 ? [session.ipv4] : []), ...ip6Places(session.ip6)];

/** Brings the second family of an active session into VPP and into the store, or takes one out and leaves the other. */
export class Families {
  constructor(
    private readonly context: SessionContext,
    private readonly terminator: Terminator,
  ) {}

  /** Puts a family of an active session into VPP, then into the store. Runs within the session's own series. */
  async join(
    session: Session,
    group: GroupConfig,
    family: Family,
    changes: Partial<SessionIp6>,
  ): Promise<LeaseOutcome> {
    const { clock, log } = this.context;
    try {
      await this.amend(session, `${family} joined`, 0, (next) => {
        Object.assign(next.ip6, changes, { ownLinkLocal: this.ownsLinkLocal(session, changes) });
        raise(next, group, family, clock.nowMs());
      });
      return { held: true };
    } catch (thrown) {
      const error = BngError.from(thrown);
      log.warn({ sessionId: session.id, family, err: error }, 'family not applied');
      if (error.code === 'conflict') return this.taken(session, group, family, changes);
      return { held: false, reason: error.row.retry ? 'configd_unavailable' : 'apply_failed' };
    }
  }

  /** The store knows better who has it: nobody here gets it for a while, and the client may ask again. */
  private taken(session: Session, group: GroupConfig, family: Family, changes: Partial<SessionIp6>): LeaseOutcome {
    const { clock, index } = this.context;
    const untilMs = clock.nowMs() + group.declineHoldS * 1000;
    const { address, delegated } = { ...session.ip6, ...changes };
    if (family === 'ip4') {
      this.free(session, [session.ipv4], untilMs);
      index.rename(session, 'ipv4', '');
    } else if (!session.ip6.up) {
      this.free(session, [address, delegated], untilMs);
      Object.assign(session.ip6, { address: '', delegated: '' });
      index.ip6.note(session);
    }
    return { held: false, reason: 'address_in_use' };
  }

  /** False when another session has the link-local address: only one line can have it in the source check. */
  ownsLinkLocal(session: Session, { linkLocal = session.ip6.linkLocal }: Partial<SessionIp6>): boolean {
    return ownsLinkLocal(linkLocal === '' ? [] : this.context.index.ip6.find(linkLocal), session, session.vrf);
  }

  /** The client gave the family up, or lost it: it leaves, and with the last one the session ends. */
  async leave(session: Session, family: Family, cause: TerminateCause, reason: string, untilMs = 0): Promise<void> {
    const isLast = await this.context.serial.run(session.id, async () => {
      if (session.state !== SessionState.ACTIVE || !isUp(session, otherOf(family))) return true;
      if (isUp(session, family))
        await this.amend(session, `${family}: ${reason}`, untilMs, (next) => withoutFamily(next, family));
      return false;
    });
    if (isLast) await this.terminator.end(session, cause, reason, untilMs);
  }

  /** Changes what an active session has in IPv6: all or nothing. */
  change6(session: Session, reason: string, changes: Partial<SessionIp6>, untilMs = 0): Promise<void> {
    return this.context.serial.run(session.id, async () => {
      if (session.state !== SessionState.ACTIVE || !session.ip6.up) return;
      await this.amend(session, reason, untilMs, (next) => Object.assign(next.ip6, changes));
    });
  }

  /** Something of an active session ends now: Session-Timeout ends it, a lease its family, a hold what was offered. */
  async expire(session: Session, nowMs: number): Promise<void> {
    if (timeoutAtMs(session) <= nowMs)
      return this.terminator.end(session, causeOf('session_timeout'), 'session timeout');
    this.dropOffers(session, nowMs);
    try {
      if (session.up4 && session.leaseExpiresMs <= nowMs) await this.expired(session, 'ip4');
      if (session.ip6.up && session.ip6.leaseExpiresMs <= nowMs) await this.expired(session, 'ip6');
      if (session.state === SessionState.ACTIVE) scheduleEnd(this.context, session);
    } catch (error) {
      this.context.log.warn({ sessionId: session.id, err: BngError.from(error) }, 'expired family still in VPP');
      if (session.state === SessionState.ACTIVE) this.context.ends.set(session, nowMs + RETRY_MS);
    }
  }

  private expired(session: Session, family: Family): Promise<void> {
    return this.leave(session, family, causeOf('lease_expired'), 'lease expired');
  }

  /** What was offered to a client whose other family is up, and was not taken. */
  private dropOffers(session: Session, nowMs: number): void {
    const { allocator, allocator6, index } = this.context;
    const { ip6 } = session;
    if (!session.up4 && session.ipv4 !== '' && session.heldUntilMs <= nowMs) {
      allocator.release(session.id, session.vrf, session.ipv4);
      session.pool = '';
      index.rename(session, 'ipv4', '');
    }
    if (ip6.up || ip6.heldUntilMs > nowMs) return;
    for (const value of [ip6.address, ip6.delegated]) allocator6.release(session.id, session.vrf, value);
    Object.assign(ip6, { address: '', addressPool: '', delegated: '', delegatedPool: '' });
    index.ip6.note(session);
  }

  /** VPP first, then the store with its event, then memory. On any error the session is as before. */
  private async amend(session: Session, reason: string, untilMs: number, change: (next: Session) => void) {
    const { index, ledger, clock } = this.context;
    const next: Session = { ...session, ip6: { ...session.ip6 }, reason: '' };
    change(next);
    const gone = placesOf(session).filter((value) => !placesOf(next).includes(value));
    await this.push(next);
    const atMs = clock.nowMs();
    const event = sessionEvent(next, SessionEvent_Kind.CHANGED, atMs, reason);
    try {
      await ledger.write({ kind: 'family', session: next, gone, atMs, untilMs, event });
    } catch (thrown) {
      await this.push(session).catch((error) => this.notPutBack(session, error));
      throw thrown;
    }
    const { up4, pool, leaseS, leaseExpiresMs, ip6 } = next;
    Object.assign(session, { up4, pool, leaseS, leaseExpiresMs, ip6, heardMs: atMs });
    if (next.ipv4 !== session.ipv4) index.rename(session, 'ipv4', next.ipv4);
    index.ip6.note(session);
    this.free(session, gone, untilMs);
    scheduleEnd(this.context, session);
  }

  private free({ id, vrf }: Session, gone: readonly string[], untilMs: number): void {
    const { allocator, allocator6 } = this.context;
    for (const value of gone.filter(Boolean))
      if (value.includes(':')) allocator6.release(id, vrf, value, untilMs);
      else allocator.release(id, vrf, value, untilMs);
  }

  private async push(session: Session): Promise<void> {
    const { profiles, dataplane, owner, groups } = this.context;
    const policy = await profiles.resolve(session.inForce);
    await dataplane.apply(toBundle(session, policy, owner, groups.get(session.group)));
  }

  private notPutBack({ id }: Session, error: unknown): void {
    this.context.log.error({ sessionId: id, err: error }, 'families could not be put back in VPP');
  }
}

function withoutFamily(next: Session, family: Family): void {
  lower(next, family);
  if (family === 'ip4') Object.assign(next, { ipv4: '', pool: '', leaseS: 0, leaseExpiresMs: 0 });
  else next.ip6 = { ...noIp6(), framed: next.ip6.framed, framedPool: next.ip6.framedPool };
}
