import type { AccessIdentity } from '#gen/bng/v1/aaa.js';
import type { Counters } from '#gen/bng/v1/common.js';
import { type SessionEvent, SessionEvent_Kind, TerminateCause } from '#gen/bng/v1/subs.js';
import { type AttributeInput, attribute } from '#lib/radius/attribute-row.js';
import { AcctAuthentic, AcctStatusType, AcctTerminateCause, attributes } from '#lib/radius/attributes.js';
import type { CausewayAttributes } from '#lib/radius/vendors/causeway.js';
import { erx } from '#lib/radius/vendors/erx.js';
import type { AaaConfig } from './config.js';
import { ip6Record } from './ip6-attributes.js';
import { lineAttributes, nasAttributes } from './request-attributes.js';

const statusTypes = new Map<SessionEvent_Kind, number>([
  [SessionEvent_Kind.UP, AcctStatusType.start],
  [SessionEvent_Kind.CHANGED, AcctStatusType.interimUpdate],
  [SessionEvent_Kind.INTERIM, AcctStatusType.interimUpdate],
  [SessionEvent_Kind.DOWN, AcctStatusType.stop],
]);

/**
 * The Accounting-Request of a session event (RFC 2866, 2869); undefined when the event is not accounted for.
 * A change of policy is an Interim-Update, so that billing sees the counters at that moment.
 */
export function accountingRecord(
  event: SessionEvent,
  config: Pick<AaaConfig, 'nas'>,
  causeway: CausewayAttributes,
  nowMs: number,
): AttributeInput[] | undefined {
  const status = statusTypes.get(event.kind);
  const session = event.session;
  if (status === undefined || !session) return undefined;
  return [
    attribute(attributes.acctStatusType, status),
    attribute(attributes.acctSessionId, session.sessionId),
    ...multiSession(session.identity, config),
    ...(event.service ? [attribute(causeway.service, event.service)] : []),
    ...(session.userName ? [attribute(attributes.userName, session.userName)] : []),
    ...nasAttributes(config),
    ...lineAttributes(session.identity, causeway),
    ...(session.ipv4 ? [attribute(attributes.framedIpAddress, session.ipv4)] : []),
    ...ip6Record(session.ipv6),
    ...session.class.filter((value) => value.length > 0).map((value) => attribute(attributes.class, value)),
    attribute(attributes.acctAuthentic, AcctAuthentic.radius),
    attribute(attributes.eventTimestamp, seconds(Number(event.atMs))),
    attribute(attributes.acctDelayTime, seconds(nowMs - Number(event.atMs))),
    ...(status === AcctStatusType.start ? [] : usage(event, causeway)),
    ...(status === AcctStatusType.stop
      ? [attribute(attributes.acctTerminateCause, terminateCause(event.terminateCause))]
      : []),
  ];
}

/** Acct-Multi-Session-Id: the same for all sessions of a line, one after another and side by side (RFC 2866 section 5.11). */
function multiSession(identity: AccessIdentity | undefined, { nas }: Pick<AaaConfig, 'nas'>): AttributeInput[] {
  const line = identity?.line?.name;
  return line ? [attribute(attributes.acctMultiSessionId, `${nas.identifier}/${line}`)] : [];
}

/** Octets with gigawords; packets have none in the standard, so that all four stand whole in our own attributes too. */
function usage({ atMs, session }: SessionEvent, causeway: CausewayAttributes): AttributeInput[] {
  const counters = session?.counters;
  const startedMs = Number(session?.startedMs ?? 0n);
  const input = counters?.inputOctets ?? 0n;
  const output = counters?.outputOctets ?? 0n;
  return [
    attribute(attributes.acctSessionTime, startedMs === 0 ? 0 : seconds(Number(atMs) - startedMs)),
    attribute(attributes.acctInputOctets, low32(input)),
    attribute(attributes.acctInputGigawords, low32(input >> 32n)),
    attribute(attributes.acctOutputOctets, low32(output)),
    attribute(attributes.acctOutputGigawords, low32(output >> 32n)),
    attribute(attributes.acctInputPackets, low32(counters?.inputPackets ?? 0n)),
    attribute(attributes.acctOutputPackets, low32(counters?.outputPackets ?? 0n)),
    attribute(causeway.inputOctets, input),
    attribute(causeway.outputOctets, output),
    attribute(causeway.inputPackets, counters?.inputPackets ?? 0n),
    attribute(causeway.outputPackets, counters?.outputPackets ?? 0n),
    ...families(counters, causeway),
  ];
}

/** What VPP tells by family; nothing is said where it does not. */
function families(counters: Counters | undefined, causeway: CausewayAttributes): AttributeInput[] {
  const { inputPacketsIp4: ip4, inputPacketsIp6: ip6 } = counters ?? {};
  return [
    ...(ip4 === undefined ? [] : [attribute(causeway.ip4InputPackets, ip4)]),
    ...(ip6 === undefined
      ? []
      : [attribute(causeway.ip6InputPackets, ip6), attribute(erx.ip6AcctInputPackets, low32(ip6))]),
  ];
}

/** Acct-Terminate-Cause; the contract uses the RFC's numbers, and a cause nobody gave is a NAS-Error. */
function terminateCause(cause: TerminateCause): number {
  return cause === TerminateCause.UNSPECIFIED ? AcctTerminateCause.nasError : cause;
}

const low32 = (value: bigint): number => Number(BigInt.asUintN(32, value));
const seconds = (ms: number): number => Math.min(0xffffffff, Math.max(0, Math.floor(ms / 1000)));
