import type { Counters } from '#gen/bng/v1/common.js';
import { type Session, SessionState, type SubscriberIp6 } from '#gen/bng/v1/subs.js';
import { readable } from '#lib/net/readable.js';
import { bytes, duration, instant, rate } from './format.js';
import { type Colour, type Paint, properties, safe, table } from './table.js';

/** State names as typed and shown. */
export const STATES = {
  authorizing: SessionState.AUTHORIZING,
  offered: SessionState.OFFERED,
  active: SessionState.ACTIVE,
  terminating: SessionState.TERMINATING,
  rejected: SessionState.REJECTED,
} as const;

const COLOURS: Partial<Record<SessionState, Colour>> = {
  [SessionState.ACTIVE]: 'green',
  [SessionState.REJECTED]: 'red',
};

export const stateName = (state: SessionState): string =>
  Object.entries(STATES).find(([, value]) => value === state)?.[0] ?? 'unknown';

const stateText = (state: SessionState, paint: Paint) => paint(COLOURS[state] ?? 'yellow', stateName(state));

/** `100.7`, `100`, empty when untagged. */
export function vlans(session: Session): string {
  const { outerVlan = 0, innerVlan = 0 } = session.identity?.line ?? {};
  return innerVlan > 0 ? `${outerVlan}.${innerVlan}` : outerVlan > 0 ? String(outerVlan) : '';
}

const uptime = (session: Session, nowMs: number) =>
  session.startedMs === 0n ? '' : duration(nowMs - Number(session.startedMs));

/** The address a subscriber is known by: IPv4, else what it has in IPv6. */
export const addressOf = ({ ipv4, ipv6 }: Session): string =>
  ipv4 || ipv6?.address || ipv6?.delegatedPrefix || ipv6?.framedPrefix || '';

/** A further column in front. */
export interface FirstColumn {
  title: string;
  cells: readonly string[];
}

/** One line a subscriber. */
export function sessionTable(sessions: readonly Session[], nowMs: number, paint: Paint, first?: FirstColumn): string {
  const rows = sessions.map((session, at) => [
    ...(first ? [first.cells[at] ?? ''] : []),
    stateText(session.state, paint),
    addressOf(session),
    session.identity?.mac ?? '',
    safe(session.userName),
    safe(session.identity?.line?.name ?? ''),
    vlans(session),
    rate(session.policy?.downloadBps),
    rate(session.policy?.uploadBps),
    uptime(session, nowMs),
    session.sessionId,
  ]);
  const heading = [
    ...(first ? [first.title] : []),
    'STATE',
    'ADDRESS',
    'MAC',
    'USER',
    'LINE',
    'VLAN',
    'DOWN',
    'UP',
    'UPTIME',
    'SESSION',
  ];
  return table(heading, rows, paint);
}

/** Everything known of one subscriber. */
export function sessionDetails(session: Session, nowMs: number, paint: Paint): string {
  const { identity, policy, counters } = session;
  const line = identity?.line;
  return properties(
    [
      ['session', session.sessionId],
      ['state', `${stateText(session.state, paint)}${session.reason && ` (${safe(session.reason)})`}`],
      ['user', safe(session.userName)],
      ['mac', identity?.mac ?? ''],
      ['ipv4', session.ipv4],
      ['pool', session.pool],
      ...ip6Details(session.ipv6),
      ['group', session.group],
      ['line', safe(line?.name ?? '')],
      ['vlan', vlans(session)],
      ['vrf', line?.vrf ?? ''],
      ['circuit-id', readable(identity?.circuitId ?? new Uint8Array())],
      ['remote-id', readable(identity?.remoteId ?? new Uint8Array())],
      ['host name', safe(identity?.hostName ?? '')],
      ['download', limit(policy?.downloadBps, policy?.downloadBurstBytes)],
      ['upload', limit(policy?.uploadBps, policy?.uploadBurstBytes)],
      ['profile', policy?.profile ?? ''],
      ['acl in', policy?.aclIn ?? ''],
      ['acl out', policy?.aclOut ?? ''],
      ['dscp', marks(policy?.uploadDscp, policy?.downloadDscp)],
      ['services', session.services.map(({ name }) => safe(name)).join(', ')],
      ['routes', session.routes.join(', ')],
      ['session timeout', seconds(policy?.sessionTimeoutS)],
      ['idle timeout', seconds(policy?.idleTimeoutS)],
      ['interim interval', seconds(policy?.interimIntervalS)],
      [
        'received',
        counters ? `${bytes(counters.inputOctets)}, ${counters.inputPackets} packets${families(counters)}` : '',
      ],
      ['sent', counters ? `${bytes(counters.outputOctets)}, ${counters.outputPackets} packets` : ''],
      ['created', instant(session.createdMs)],
      ['started', instant(session.startedMs)],
      ['up for', uptime(session, nowMs)],
      ['lease until', instant(session.leaseExpiresMs)],
    ],
    paint,
  );
}

function ip6Details(ipv6: SubscriberIp6 | undefined): [string, string][] {
  if (ipv6 === undefined) return [];
  const pooled = (text: string, pool: string) => (pool === '' ? text : `${text} (pool ${safe(pool)})`);
  return [
    ['ipv6', pooled(ipv6.address, ipv6.addressPool)],
    ['delegated', pooled(ipv6.delegatedPrefix, ipv6.delegatedPool)],
    ['advertised', pooled(ipv6.framedPrefix, ipv6.framedPool)],
    ['ipv6 routes', ipv6.routes.join(', ')],
    ['link-local', ipv6.linkLocal],
    ['duid', Buffer.from(ipv6.duid).toString('hex')],
    ['ipv6 lease until', instant(ipv6.leaseExpiresMs)],
  ];
}

const marks = (up: number | undefined, down: number | undefined) =>
  [up === undefined ? '' : `up ${up}`, down === undefined ? '' : `down ${down}`].filter(Boolean).join(', ');

const limit = (rateBps: bigint | undefined, burstBytes: bigint | undefined) =>
  rateBps === undefined
    ? 'not limited'
    : `${rate(rateBps)}${burstBytes === undefined ? '' : `, burst ${burstBytes} bytes`}`;

const seconds = (value: number | undefined) => (value === undefined ? '' : duration(value * 1000));

/** Where the dataplane tells. */
const families = ({ inputPacketsIp4: ip4, inputPacketsIp6: ip6 }: Counters): string =>
  ip4 === undefined || ip6 === undefined ? '' : ` (IPv4 ${ip4}, IPv6 ${ip6})`;
