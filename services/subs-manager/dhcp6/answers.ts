import type { Association, Lease6 } from '#lib/dhcp6/association.js';
import { status6 } from '#lib/dhcp6/message.js';
import { OPTION6 } from '#lib/dhcp6/options.js';
import { type RawOption6, withValue6 } from '#lib/dhcp6/packet.js';
import type { StatusCode } from '#lib/dhcp6/values.js';
import type { Group6Config } from '../config6.js';
import type { Want6 } from '../session/hold6.js';
import type { SessionIp6 } from '../session/ip6.js';

type Kind = Association['kind'];

/** What the client asks for: the first association of each kind; a session has one address and one prefix. */
export const firstOf = (asked: readonly Association[], kind: Kind): Association | undefined =>
  asked.find((one) => one.kind === kind);

export function wantOf(asked: readonly Association[]): Want6 {
  const [na, pd] = [firstOf(asked, 'na'), firstOf(asked, 'pd')];
  return {
    ...(na && { address: na.leases[0]?.value ?? '' }),
    ...(pd && { delegated: pd.leases[0]?.value ?? '' }),
  };
}

/** The IAIDs under which the client asks. */
export function iaidsOf(asked: readonly Association[]): Partial<Pick<SessionIp6, 'iaNa' | 'iaPd'>> {
  const [na, pd] = [firstOf(asked, 'na'), firstOf(asked, 'pd')];
  return { ...(na && { iaNa: na.iaid }), ...(pd && { iaPd: pd.iaid }) };
}

const heldOf = (ip6: SessionIp6, kind: Kind): string => (kind === 'na' ? ip6.address : ip6.delegated);

const noneLeft: Record<Kind, StatusCode> = {
  na: status6('noAddrsAvail', 'no address is available'),
  pd: status6('noPrefixAvail', 'no prefix is available'),
};

/** The client's associations with what the session has; a lease the client names and has not gets lifetimes of 0. */
export function granted(
  asked: readonly Association[],
  ip6: SessionIp6,
  leaseS: number,
  settings: Pick<Group6Config, 'preferred' | 't1' | 't2'>,
): Association[] {
  return asked.map((one) => {
    const held = one === firstOf(asked, one.kind) ? heldOf(ip6, one.kind) : '';
    const void0 = one.leases.filter(({ value }) => value !== held && !isHint(value)).map(({ value }) => expired(value));
    const empty = { kind: one.kind, iaid: one.iaid, t1S: 0, t2S: 0 };
    if (held === '') return { ...empty, leases: [], status: noneLeft[one.kind] };
    const preferredS = Math.floor(leaseS * settings.preferred);
    const leases = [{ value: held, preferredS, validS: leaseS }, ...void0];
    return { ...empty, t1S: Math.floor(leaseS * settings.t1), t2S: Math.floor(leaseS * settings.t2), leases };
  });
}

/** `::` and `::/56` say only that something is wanted, or of which length. */
const isHint = (value: string): boolean => value === '::' || value.startsWith('::/');

const expired = (value: string): Lease6 => ({ value, preferredS: 0, validS: 0 });

/** The same associations, each with this status and nothing else. */
export const withStatus = (asked: readonly Association[], status: StatusCode): Association[] =>
  asked.map(({ kind, iaid }) => ({ kind, iaid, t1S: 0, t2S: 0, leases: [], status }));

/** True when the session has what this association names, under the same IAID. */
export function isBound(one: Association, ip6: SessionIp6): boolean {
  const held = heldOf(ip6, one.kind);
  const iaid = one.kind === 'na' ? ip6.iaNa : ip6.iaPd;
  return ip6.up && held !== '' && iaid === one.iaid && one.leases.every(({ value }) => value === held);
}

/** Configuration options: name servers of RADIUS before those of the group. */
export function configuration({ dns, domains }: Group6Config, fromRadius: readonly string[]): RawOption6[] {
  const servers = fromRadius.length > 0 ? [...fromRadius] : dns;
  return [
    ...(servers.length > 0 ? [withValue6(OPTION6.dnsServers, servers)] : []),
    ...(domains.length > 0 ? [withValue6(OPTION6.domainList, domains)] : []),
  ];
}
