import type { AccessIdentity } from '#gen/bng/v1/aaa.js';
import type { Policy } from '#gen/bng/v1/common.js';
import { SessionBundle } from '#gen/bng/v1/configd.js';
import { type Session as SessionMessage, SessionState, TerminateCause } from '#gen/bng/v1/subs.js';
import type { ResolvedPolicy } from '../clients/profiles.js';
import type { GroupConfig } from '../config.js';
import { isShared } from '../lines/place.js';
import { newUsage, type Usage } from './counters.js';
import { type Granted, ip6Bundle, ip6Message, noIp6, nothingGranted, type SessionIp6 } from './ip6.js';
import { emptyPolicy } from './policy-merge.js';
import { noServices, type ServiceStack, serviceMessages } from './services.js';
import type { SessionId } from './session-id.js';
import { noUpstream, type Upstream } from './upstream.js';
import { vrfOf } from './vrf.js';

/** One subscriber's session. Only its owner, the code under `session/`, changes it. */
export interface Session {
  readonly id: SessionId;
  state: SessionState;
  /** Why it is in this state, when not active. */
  reason: string;
  readonly identity: AccessIdentity;
  readonly mac: string;
  /** Name of the line, stable across restarts of VPP. */
  readonly line: string;
  /** Where the subscriber is: the line, or its part of a shared one (lines/place.ts). */
  readonly place: string;
  /** Under which the address it gets is remembered. */
  readonly addressKey: string;
  vrf: string;
  readonly group: string;
  userName: string;
  /** Empty until an address is held. */
  ipv4: string;
  /** Empty when the address is in no pool. */
  pool: string;
  /** The IPv4 address is in VPP, or is being put there, and the client was told. */
  up4: boolean;
  /** Until when an IPv4 address that is not up is held for the client. */
  heldUntilMs: number;
  upstream: Upstream;
  ip6: SessionIp6;
  granted: Granted;
  /** As RADIUS, the group and changes made it, without services; profiles by name. */
  policy: Policy;
  services: ServiceStack;
  /** What holds: the policy with its services. */
  inForce: Policy;
  class: Buffer[];
  usage: Usage;
  createdMs: number;
  /** 0 before it is active. */
  startedMs: number;
  /** When the subscriber was last known to send, for Idle-Timeout. */
  heardMs: number;
  leaseExpiresMs: number;
  leaseS: number;
  /** True from the first try to put it into VPP until it is confirmed out. */
  inVpp: boolean;
  /** UNSPECIFIED until its end was decided. */
  cause: TerminateCause;
}

/** A session whose client has just been heard. */
export function newSession(
  id: SessionId,
  {
    identity,
    place,
    addressKey,
    group,
  }: { identity: AccessIdentity; place: string; addressKey: string; group: string },
  nowMs: number,
): Session {
  return {
    id,
    state: SessionState.AUTHORIZING,
    reason: '',
    identity,
    mac: identity.mac,
    line: identity.line?.name ?? '',
    place,
    addressKey,
    vrf: identity.line?.vrf ?? '',
    group,
    userName: '',
    ipv4: '',
    pool: '',
    up4: false,
    heldUntilMs: 0,
    upstream: noUpstream(),
    ip6: noIp6(),
    granted: nothingGranted(),
    policy: emptyPolicy(),
    services: noServices(),
    inForce: emptyPolicy(),
    class: [],
    usage: newUsage(),
    createdMs: nowMs,
    startedMs: 0,
    heardMs: nowMs,
    leaseExpiresMs: 0,
    leaseS: 0,
    inVpp: false,
    cause: TerminateCause.UNSPECIFIED,
  };
}

/** The session as events and the API show it: a copy. */
export function toMessage(session: Session): SessionMessage {
  const waits = session.state !== SessionState.ACTIVE;
  return {
    sessionId: session.id,
    state: session.state,
    identity: session.identity,
    userName: session.userName,
    ipv4: session.up4 || waits ? session.ipv4 : '',
    pool: session.up4 || waits ? session.pool : '',
    policy: { ...session.inForce },
    services: serviceMessages(session.id, session.services, session.usage.total),
    counters: { ...session.usage.total },
    class: session.class,
    createdMs: BigInt(session.createdMs),
    startedMs: BigInt(session.startedMs),
    leaseExpiresMs: BigInt(session.leaseExpiresMs),
    leaseS: session.leaseS,
    group: session.group,
    reason: session.reason,
    ipv6: ip6Message(session, session.state === SessionState.OFFERED),
    routes: session.up4 ? [...session.granted.routes] : [],
    vrf: session.vrf,
  };
}

/** What VPP has to hold for the session under a policy of its own or a new one. */
export function toBundle(
  session: Session,
  resolved: ResolvedPolicy,
  owner: string,
  group: GroupConfig | undefined,
): SessionBundle {
  return SessionBundle.fromPartial({
    sessionId: session.id,
    line: session.line,
    mac: session.mac,
    ipv4: session.up4 ? session.ipv4 : '',
    routes: session.up4 ? [...session.granted.routes] : [],
    core: group?.core ?? [],
    vrf: vrfOf(session, group),
    ip6: ip6Bundle(session),
    policy: resolved.policy,
    profileDownload: resolved.download,
    profileUpload: resolved.upload,
    sourceGuard: group?.sourceGuard ?? true,
    owner,
    shared: group && isShared(group) ? { core: group.core, isolated: group.isolate } : undefined,
  });
}

/** When it has to end by Session-Timeout, Unix ms; Infinity without one. */
export function timeoutAtMs(session: Session): number {
  const { sessionTimeoutS } = session.policy;
  return sessionTimeoutS === undefined ? Number.POSITIVE_INFINITY : session.startedMs + sessionTimeoutS * 1000;
}
