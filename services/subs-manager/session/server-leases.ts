import { SessionState } from '#gen/bng/v1/subs.js';
import { ip4Number } from '#lib/net/address.js';
import { ip6Prefix } from '#lib/net/ip6.js';
import type { GroupConfig } from '../config.js';
import type { RelayConfig } from '../config-relay.js';
import { prefixRange } from '../pool/address-text.js';
import type { AddressRefusal } from '../pool/allocator.js';
import { type SessionContext, scheduleEnd } from './context.js';
import type { Given6 } from './hold6.js';
import type { Session } from './session.js';
import type { TimelineNote } from './timeline.js';
import type { Upstream } from './upstream.js';

export type ServerRefusal = AddressRefusal | 'address_not_allowed' | 'address_changed';

function isAllowed(ipv4: string, { prefixes }: RelayConfig): boolean {
  const address = ip4Number(ipv4);
  return prefixes.some((prefix) => {
    const [first = 1, last = 0] = prefixRange(prefix) ?? [];
    return address !== undefined && address >= first && address <= last;
  });
}

/** Whether an address or a prefix lies within a prefix. */
function isWithin6(value: string, prefix: string): boolean {
  const [inner, outer] = [ip6Prefix(value.includes('/') ? value : `${value}/128`), ip6Prefix(prefix)];
  return inner !== undefined && outer !== undefined && inner.first >= outer.first && inner.last <= outer.last;
}

/** Addresses that DHCP servers of the operator give to sessions: each is checked before the client hears of it. */
export class ServerLeases {
  constructor(private readonly context: SessionContext) {}

  /** Holds what the server offers for the session, in the place of what it offered before; or says why it must not. */
  hold(
    session: Session,
    group: GroupConfig,
    rules: RelayConfig,
    ipv4: string,
    upstream: Upstream,
  ): ServerRefusal | undefined {
    const refused = this.take(session, rules, ipv4);
    if (refused !== undefined) return refused;
    const { clock, ends } = this.context;
    session.upstream = upstream;
    session.heldUntilMs = clock.nowMs() + group.offerHoldS * 1000;
    if (session.state === SessionState.OFFERED) ends.set(session, session.heldUntilMs);
    else scheduleEnd(this.context, session);
    return undefined;
  }

  private take(session: Session, rules: RelayConfig, ipv4: string): ServerRefusal | undefined {
    const { allocator, index, clock, timeline } = this.context;
    const { id: sessionId, vrf, addressKey: subscriber } = session;
    if (session.ipv4 === ipv4) return undefined;
    if (!isAllowed(ipv4, rules)) return 'address_not_allowed';
    if (session.up4) return 'address_changed';
    const taken = allocator.reserve({ sessionId, subscriber, vrf, pools: [], framed: ipv4 }, clock.nowMs());
    if (!taken.ok) return taken.reason;
    allocator.release(sessionId, vrf, session.ipv4);
    index.rename(session, 'ipv4', ipv4);
    timeline.note(session, { step: 'address', detail: `${ipv4} of the DHCP server` });
    return undefined;
  }

  /** Why a session may not have what a DHCPv6 server gives; what it has already may stay. */
  refusal6({ id, vrf }: Session, { prefixes }: RelayConfig, given: Given6): ServerRefusal | undefined {
    const { allocator6 } = this.context;
    for (const value of [given.address, given.delegated].filter((text) => text !== '')) {
      if (!prefixes.some((prefix) => isWithin6(value, prefix))) return 'address_not_allowed';
      const holder = allocator6.holderOf(vrf, value);
      if (holder !== undefined && holder !== id) return 'address_in_use';
    }
    return undefined;
  }

  note(session: Session, note: Omit<TimelineNote, 'step'>): void {
    this.context.timeline.note(session, { step: 'server', ...note });
  }
}
