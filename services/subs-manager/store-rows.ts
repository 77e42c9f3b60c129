import { AccessIdentity } from '#gen/bng/v1/aaa.js';
import { Counters, Policy } from '#gen/bng/v1/common.js';
import { SessionState, type TerminateCause } from '#gen/bng/v1/subs.js';
import type { Usage } from './session/counters.js';
import { type Granted, grantedFromJson, grantedJson, ip6FromJson, ip6Json, type SessionIp6 } from './session/ip6.js';
import { type ServiceStack, stackFromJson, stackJson } from './session/services.js';
import type { Session } from './session/session.js';
import { asSessionId } from './session/session-id.js';
import { subscriberKey } from './session/session-index.js';
import { noUpstream, type Upstream } from './session/upstream.js';

/** A row of `sessions`; bigints come as text from the driver. */
export interface SessionRow {
  session_id: string;
  state: string;
  line: string;
  place: string;
  mac: string;
  vrf: string;
  ipv4: string;
  pool: string;
  user_name: string;
  grp: string;
  identity: unknown;
  policy: unknown;
  upstream: Partial<Upstream>;
  services: Partial<ServiceStack>;
  ip6: Partial<SessionIp6>;
  granted: Partial<Record<keyof Granted, unknown>>;
  class: string[];
  usage: StoredUsage;
  created_ms: string;
  started_ms: string;
  lease_expires_ms: string;
  lease_s: number;
  sequence: number;
  cause: number;
  reason: string;
}

interface StoredUsage {
  total: unknown;
  generation?: string;
  last?: unknown;
}

export const usageJson = ({ total, last }: Usage) => ({
  total: Counters.toJSON(total),
  ...(last && { generation: String(last.generation), last: Counters.toJSON(last.counters) }),
});

function usageFromJson({ total, generation, last }: StoredUsage): Usage {
  return {
    total: Counters.fromJSON(total),
    ...(generation !== undefined && {
      last: { generation: BigInt(generation), counters: Counters.fromJSON(last) },
    }),
  };
}

export const policyJson = (policy: Policy): unknown => Policy.toJSON(policy);

/** The columns of both families, JSON as it is: what is in VPP. */
export const familyJson = (session: Session) => ({
  ipv4: session.up4 ? session.ipv4 : '',
  pool: session.up4 ? session.pool : '',
  upstream: session.up4 ? session.upstream : noUpstream(),
  ip6: ip6Json(session.ip6),
});

/** A session that has just become active, as its row; JSON columns as they are. */
export function toRow(session: Session) {
  return {
    session_id: session.id,
    state: 'active',
    line: session.line,
    place: session.place,
    mac: session.mac,
    vrf: session.vrf,
    ...familyJson(session),
    user_name: session.userName,
    grp: session.group,
    identity: AccessIdentity.toJSON(session.identity),
    granted: grantedJson(session.granted),
    policy: policyJson(session.policy),
    services: stackJson(session.services),
    class: session.class.map((value) => value.toString('base64')),
    usage: usageJson(session.usage),
    created_ms: session.createdMs,
    started_ms: session.startedMs,
    lease_expires_ms: session.leaseExpiresMs,
    lease_s: session.leaseS,
    sequence: 1,
  };
}

/** The session of a row; it counts as heard now, because nobody listened meanwhile. */
export function fromRow(row: SessionRow, nowMs: number): Session {
  return {
    id: asSessionId(row.session_id),
    state: row.state === 'terminating' ? SessionState.TERMINATING : SessionState.ACTIVE,
    reason: row.reason,
    identity: AccessIdentity.fromJSON(row.identity),
    mac: row.mac,
    line: row.line,
    place: row.place,
    addressKey: subscriberKey(row.place, row.mac),
    vrf: row.vrf,
    group: row.grp,
    userName: row.user_name,
    ipv4: row.ipv4,
    pool: row.pool,
    up4: row.ipv4 !== '',
    heldUntilMs: 0,
    upstream: { ...noUpstream(), ...row.upstream },
    ip6: ip6FromJson(row.ip6),
    granted: grantedFromJson(row.granted),
    policy: Policy.fromJSON(row.policy),
    services: stackFromJson(row.services),
    inForce: Policy.fromJSON(row.policy),
    class: row.class.map((value) => Buffer.from(value, 'base64')),
    usage: usageFromJson(row.usage),
    createdMs: Number(row.created_ms),
    startedMs: Number(row.started_ms),
    heardMs: nowMs,
    leaseExpiresMs: Number(row.lease_expires_ms),
    leaseS: row.lease_s,
    inVpp: true,
    cause: row.cause as TerminateCause,
  };
}
