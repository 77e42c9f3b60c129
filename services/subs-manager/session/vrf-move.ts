import { BngError } from '#lib/kernel/errors.js';
import type { GroupConfig } from '../config.js';
import { isShared } from '../lines/place.js';
import type { AddressAnswer } from '../pool/allocator.js';
import type { Answer6 } from '../pool/allocator6.js';
import type { SessionContext } from './context.js';
import { ownsLinkLocal, type SessionIp6 } from './ip6.js';
import { routeConflict } from './routes.js';
import type { Session } from './session.js';

/** A session on its way into another VRF: it holds its addresses in both until one of the two is called. */
export interface VrfMove {
  /** What it has there. */
  readonly fields: Pick<Session, 'vrf' | 'pool' | 'ip6'>;
  /** It is there. */
  settle(): void;
  /** It stays where it was. */
  undo(): void;
}

/**
 * Begins to move an active session: it keeps its addresses, whatever pools the VRF has. `unimplemented` on a line of more
 * than one subscriber, `invalid_argument` for a VRF that the group may not use, `conflict` when somebody there has one of
 * its addresses or routes. Changes nothing when it throws.
 */
export function beginMove(context: SessionContext, session: Session, vrf: string): VrfMove {
  checkTarget(session, vrf, context.groups.get(session.group));
  const conflict = conflictThere(context, session, vrf);
  if (conflict !== undefined) throw new BngError('conflict', `VRF ${vrf}: ${conflict}`);
  const pools = keepAll(context, session, vrf);
  const [pool = '', addressPool = '', delegatedPool = '', framedPool = ''] = pools;
  const ownLinkLocal = ownsLinkLocal(context.index.ip6.find(session.ip6.linkLocal), session, vrf);
  const ip6: SessionIp6 = { ...session.ip6, addressPool, delegatedPool, framedPool, ownLinkLocal };
  const { vrf: from } = session;
  return {
    fields: { vrf, pool, ip6 },
    settle: () => leaveAll(context, session, from, vrf),
    undo: () => leaveAll(context, session, vrf, from),
  };
}

function checkTarget({ identity, group }: Session, vrf: string, config: GroupConfig | undefined): void {
  if (config === undefined || isShared(config) || config.sessionsPerLine > 1)
    throw new BngError('unimplemented', `VRF ${vrf}: the line is not of this subscriber alone`);
  if (vrf !== (identity.line?.vrf ?? '') && !config.vrfs.some(({ name }) => name === vrf))
    throw new BngError('invalid_argument', `VRF ${vrf}: it is none of group ${group}`, { field: 'vrf' });
}

function conflictThere({ index, pools }: SessionContext, session: Session, vrf: string): string | undefined {
  const there: Session = { ...session, vrf };
  const others = [...index.routed].filter((other) => other.id !== session.id);
  return routeConflict(there, () => index.all(), others, pools);
}

/** What it holds, in this order: IPv4 address, IPv6 address, delegated and advertised prefix; empty: none. */
const held = ({ ipv4, ip6 }: Session): readonly string[] => [ipv4, ip6.address, ip6.delegated, ip6.framed];

const nothingHeld = { ok: true, pool: '' } as const;

/** Names of the pools that the values are of, there; empty for none. All are kept or none. */
function keepAll(context: SessionContext, session: Session, vrf: string): string[] {
  return held(session).map((value) => {
    const answer = value === '' ? nothingHeld : keep(context, session, vrf, value);
    if (answer.ok) return answer.pool;
    leaveAll(context, session, vrf, session.vrf);
    throw new BngError('conflict', `VRF ${vrf}: ${value}: ${answer.reason}`);
  });
}

function keep(context: SessionContext, session: Session, vrf: string, value: string): AddressAnswer | Answer6 {
  const { allocator, allocator6, clock } = context;
  const wish = { sessionId: session.id, subscriber: session.addressKey, vrf };
  const family = value.includes(':') ? allocator6 : allocator;
  return family.keep(wish, session.vrf, value, clock.nowMs());
}

/** Gives back in one VRF what stays held in the other. */
function leaveAll(context: SessionContext, session: Session, vrf: string, stays: string): void {
  const { allocator, allocator6 } = context;
  for (const value of held(session).filter(Boolean))
    (value.includes(':') ? allocator6 : allocator).leave(session.id, vrf, stays, value);
}
