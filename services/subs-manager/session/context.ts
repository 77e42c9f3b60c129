import type { Clock } from '#lib/kernel/clock.js';
import type { Log } from '#lib/kernel/log.js';
import type { Dataplane } from '../clients/configd.js';
import type { Profiles } from '../clients/profiles.js';
import type { Groups } from '../lines/groups.js';
import type { SubsMetrics } from '../metrics.js';
import type { Allocator } from '../pool/allocator.js';
import type { Allocator6 } from '../pool/allocator6.js';
import type { CounterReader } from './counter-reader.js';
import type { Deadlines } from './deadlines.js';
import type { LateTimes } from './late-times.js';
import type { Ledger } from './ledger.js';
import type { PoolPrefix } from './routes.js';
import type { Serial } from './serial.js';
import type { Services } from './services.js';
import { type Session, timeoutAtMs } from './session.js';
import type { SessionId } from './session-id.js';
import type { SessionIndex } from './session-index.js';
import type { Timeline } from './timeline.js';

/** What the steps of a session's life share. */
export interface SessionContext {
  index: SessionIndex;
  allocator: Allocator;
  allocator6: Allocator6;
  ledger: Ledger;
  dataplane: Pick<Dataplane, 'apply' | 'remove'>;
  counters: CounterReader;
  profiles: Pick<Profiles, 'resolve'>;
  services: Services;
  /** Every pool, for what may not be routed to anybody. */
  pools: readonly PoolPrefix[];
  groups: Groups;
  /** Work on one session, one piece after the other. */
  serial: Serial<SessionId>;
  /** When an offer, a hold, a lease or a session ends. */
  ends: Deadlines<Session>;
  /** When the next interim is due. */
  interims: Deadlines<Session>;
  /** Owner of our sessions in configd. */
  readonly owner: string;
  clock: Clock;
  log: Log;
  metrics: SubsMetrics;
  timeline: Pick<Timeline, 'note'>;
  late: LateTimes;
}

/** Lease for a session from now: the group's, or what Session-Timeout leaves; at least one second. */
export function leaseSeconds(session: Session, { leaseS }: { leaseS: number }, nowMs: number): number {
  if (session.startedMs === 0) return leaseS;
  return Math.max(1, Math.min(leaseS, Math.floor((timeoutAtMs(session) - nowMs) / 1000)));
}

/** When something of an active session ends: a lease, a hold for the family that is not up yet, Session-Timeout. */
export function scheduleEnd({ ends }: SessionContext, session: Session): void {
  const { ip6 } = session;
  const times = [timeoutAtMs(session)];
  if (session.up4) times.push(session.leaseExpiresMs);
  else if (session.ipv4 !== '') times.push(session.heldUntilMs);
  if (ip6.up) times.push(ip6.leaseExpiresMs);
  else if (ip6.address !== '' || ip6.delegated !== '') times.push(ip6.heldUntilMs);
  ends.set(session, Math.min(...times));
}

/** 0..1, fixed per session, so that sessions that began together do not report together. */
const phase = (session: Session): number => Number.parseInt(session.id.slice(-4), 16) / 0x10000;

/** Sets the first interim: within the second half of the first interval. None without an interval. */
export function scheduleFirstInterim({ interims }: SessionContext, session: Session, fromMs: number): void {
  const { interimIntervalS } = session.policy;
  if (interimIntervalS === undefined) interims.cancel(session);
  else interims.set(session, fromMs + interimIntervalS * 1000 * (0.5 + phase(session) / 2));
}

/** Gives back all that a session holds. */
export function freeAddresses({ allocator, allocator6 }: SessionContext, session: Session, untilMs = 0): void {
  const { id, vrf, ip6 } = session;
  allocator.release(id, vrf, session.ipv4, untilMs);
  for (const value of [ip6.address, ip6.delegated, ip6.framed]) allocator6.release(id, vrf, value, untilMs);
}
