import type { GroupConfig } from '../config.js';
import type { AddressRefusal } from '../pool/allocator.js';
import type { Answer6, Kind6 } from '../pool/allocator6.js';
import type { SessionContext } from './context.js';
import type { SessionIp6 } from './ip6.js';
import type { Session } from './session.js';

/** What a DHCPv6 client would like; absent: it does not ask for that kind. */
export interface Want6 {
  /** Address it had, or empty. */
  address?: string | undefined;
  /** Prefix it had, or empty. */
  delegated?: string | undefined;
}

/** What a DHCPv6 server gives; empty: nothing of that kind. */
export type Given6 = Pick<SessionIp6, 'address' | 'delegated'>;

/** Takes what IPv6 addresses and prefixes a session is to have from RADIUS's answer and the pools of its group. */
export class Hold6 {
  /** What a session was told before: a client that asks on and on is not noted each time. */
  private readonly noted = new WeakMap<Session, Set<string>>();

  constructor(
    private readonly context: Pick<SessionContext, 'allocator6' | 'clock' | 'metrics' | 'log' | 'timeline'>,
  ) {}

  /** What is wanted and the session has not yet. What cannot be had is left out; its reason is counted, and noted in the timeline. */
  missing(session: Session, { ipv6 }: GroupConfig, want: Want6): Partial<SessionIp6> {
    const { granted, ip6 } = session;
    const changes: Partial<SessionIp6> = {};
    if (ipv6 === undefined) return changes;
    if (want.address !== undefined && ip6.address === '') {
      const pools = granted.ipv6.addressPool === '' ? ipv6.addressPools : [granted.ipv6.addressPool];
      const found = this.take(session, 'address', pools, granted.ipv6.framedAddress, want.address);
      if (found.ok) Object.assign(changes, { address: found.value, addressPool: found.pool });
    }
    if (want.delegated !== undefined && ip6.delegated === '') {
      const pools = granted.ipv6.delegatedPool === '' ? ipv6.delegatedPools : [granted.ipv6.delegatedPool];
      const found = this.take(session, 'delegated', pools, granted.ipv6.delegatedPrefix, want.delegated);
      if (found.ok) Object.assign(changes, { delegated: found.value, delegatedPool: found.pool });
    }
    return changes;
  }

  /** Takes what a DHCPv6 server gives, beside what the session has already; says why when one of them is not to be had. */
  given(session: Session, given: Given6): { ok: true; changes: Given6 } | { ok: false; reason: AddressRefusal } {
    const taken: Given6 = { address: '', delegated: '' };
    for (const kind of ['address', 'delegated'] as const) {
      if (given[kind] === '' || given[kind] === session.ip6[kind]) continue;
      const found = this.take(session, kind, [], given[kind], '');
      if (!found.ok) {
        this.release(session, taken);
        return { ok: false, reason: found.reason };
      }
      taken[kind] = found.value;
    }
    return { ok: true, changes: taken };
  }

  /** The prefix to advertise on the session's line, for a group with IPv6. */
  advertised(session: Session, { ipv6 }: GroupConfig): Partial<SessionIp6> {
    const { framedPrefix, framedPool } = session.granted.ipv6;
    const pools = framedPool === '' ? (ipv6?.advertisedPools ?? []) : [framedPool];
    if (ipv6 === undefined || (framedPrefix === '' && pools.length === 0)) return {};
    const found = this.take(session, 'advertised', pools, framedPrefix, '');
    return found.ok ? { framed: found.value, framedPool: found.pool } : {};
  }

  private take(session: Session, kind: Kind6, pools: readonly string[], framed: string, hint: string): Answer6 {
    const { allocator6, clock, metrics, log } = this.context;
    const { id: sessionId, addressKey: subscriber, vrf } = session;
    const answer = allocator6.reserve({ sessionId, subscriber, vrf, kind, pools, framed, hint }, clock.nowMs());
    const { reason } = answer.ok ? { reason: undefined } : answer;
    if (reason === undefined || (reason === 'unknown_pool' && pools.length === 0)) return answer;
    metrics.refused.inc({ reason });
    log.info({ sessionId, line: session.line, kind, pools, framed, reason }, 'no IPv6 of this kind for the session');
    this.note(session, reason, `IPv6 ${kind}: ${framed === '' ? `pools ${pools.join(', ')}` : `${framed} of RADIUS`}`);
    return answer;
  }

  /** Once for each reason, in the timeline: the session goes on without. */
  private note(session: Session, outcome: AddressRefusal, detail: string): void {
    const noted = this.noted.get(session) ?? new Set();
    this.noted.set(session, noted);
    const key = `${outcome} ${detail}`;
    if (noted.has(key)) return;
    noted.add(key);
    this.context.timeline.note(session, { step: 'address', outcome, detail });
  }

  /** Gives back what `missing` took and nobody used. */
  release({ id, vrf }: Session, { address = '', delegated = '' }: Partial<SessionIp6>): void {
    for (const value of [address, delegated]) this.context.allocator6.release(id, vrf, value);
  }
}
