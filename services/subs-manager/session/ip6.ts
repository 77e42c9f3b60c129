import { Ip6Grant } from '#gen/bng/v1/aaa.js';
import { SessionIp6 as BundleIp6 } from '#gen/bng/v1/configd.js';
import { SubscriberIp6 } from '#gen/bng/v1/subs.js';
import { linkLocalOf } from '#lib/net/ip6.js';

/** The IPv6 half of a session. Texts are empty until there is something. */
export interface SessionIp6 {
  /** Of the subscriber: next hop of its address and prefixes. */
  linkLocal: string;
  /** The client's DUID in hex. */
  duid: string;
  address: string;
  addressPool: string;
  delegated: string;
  delegatedPool: string;
  /** Advertised on the line for SLAAC, as long as the session is in VPP. */
  framed: string;
  framedPool: string;
  /** IAIDs under which the client has them. */
  iaNa: number | undefined;
  iaPd: number | undefined;
  /** Address and delegated prefix are in VPP and the client was told. */
  up: boolean;
  leaseExpiresMs: number;
  leaseS: number;
  /** Until when what is not up is held for the client. */
  heldUntilMs: number;
  /** No other session had the link-local address when it came up. */
  ownLinkLocal: boolean;
  /** The DHCPv6 server of the operator that gave them, and its DUID in hex; empty when we did. */
  server: string;
  serverDuid: string;
}

export const noIp6 = (): SessionIp6 => ({
  linkLocal: '',
  duid: '',
  address: '',
  addressPool: '',
  delegated: '',
  delegatedPool: '',
  framed: '',
  framedPool: '',
  iaNa: undefined,
  iaPd: undefined,
  up: false,
  leaseExpiresMs: 0,
  leaseS: 0,
  heldUntilMs: 0,
  ownLinkLocal: true,
  server: '',
  serverDuid: '',
});

/** What RADIUS gave at the one time it was asked, for the family that comes later. */
export interface Granted {
  framedIpv4: string;
  /** Subnet mask that the client is told; empty: that of its group or pool. */
  framedNetmask: string;
  framedPool: string;
  /** IPv4 prefixes routed to it. */
  routes: readonly string[];
  ipv6: Ip6Grant;
}

export const nothingGranted = (): Granted => ({
  framedIpv4: '',
  framedNetmask: '',
  framedPool: '',
  routes: [],
  ipv6: Ip6Grant.create(),
});

/** For the row. */
export const grantedJson = ({ ipv6, ...plain }: Granted) => ({ ...plain, ipv6: Ip6Grant.toJSON(ipv6) });

export function grantedFromJson(value: Partial<Record<keyof Granted, unknown>>): Granted {
  const { framedIpv4 = '', framedNetmask = '', framedPool = '', routes = [], ipv6 = {} } = value;
  const texts = (routes as unknown[]).map(String);
  return {
    framedIpv4: String(framedIpv4),
    framedNetmask: String(framedNetmask),
    framedPool: String(framedPool),
    routes: texts,
    ipv6: Ip6Grant.fromJSON(ipv6),
  };
}

/** For the row: only what is in VPP. */
export const ip6Json = (ip6: SessionIp6): SessionIp6 =>
  ip6.up ? ip6 : { ...noIp6(), framed: ip6.framed, framedPool: ip6.framedPool };

export const ip6FromJson = (value: Partial<SessionIp6>): SessionIp6 => ({ ...noIp6(), ...value });

interface Holder {
  readonly mac: string;
  ip6: SessionIp6;
  granted: Granted;
}

/** The IPv6 part for events and the API: what is in VPP, and with `held` also what waits for the client. */
export function ip6Message({ ip6, granted }: Holder, held: boolean): SubscriberIp6 | undefined {
  const leased = ip6.up || held;
  if (ip6.framed === '' && !(leased && (ip6.address !== '' || ip6.delegated !== ''))) return undefined;
  const shown = leased ? ip6 : noIp6();
  return SubscriberIp6.fromPartial({
    linkLocal: shown.linkLocal,
    address: shown.address,
    delegatedPrefix: shown.delegated,
    framedPrefix: ip6.framed,
    routes: ip6.up ? granted.ipv6.routes : [],
    addressPool: shown.addressPool,
    delegatedPool: shown.delegatedPool,
    framedPool: ip6.framedPool,
    leaseExpiresMs: BigInt(shown.leaseExpiresMs),
    leaseS: shown.leaseS,
    duid: Buffer.from(shown.duid, 'hex'),
  });
}

/**
 * The IPv6 part of what VPP has to hold; undefined for none. Without DHCPv6 the link-local address is that of the MAC
 * address (RFC 4291 appendix A), as routers make it.
 */
export function ip6Bundle({ ip6, granted, mac }: Holder): BundleIp6 | undefined {
  if (!ip6.up && ip6.framed === '') return undefined;
  const advertised = ip6.framed;
  const linkLocal = ip6.linkLocal || linkLocalOf(mac);
  if (!ip6.up) return BundleIp6.fromPartial({ linkLocal, advertised, guardLinkLocal: ip6.ownLinkLocal });
  return BundleIp6.fromPartial({
    linkLocal,
    addresses: ip6.address === '' ? [] : [ip6.address],
    prefixes: [...(ip6.delegated === '' ? [] : [ip6.delegated]), ...granted.ipv6.routes],
    advertised,
    guardLinkLocal: ip6.ownLinkLocal,
  });
}

/** Addresses and prefixes of a session as events and the API show it. */
export const ip6Values = (ipv6: SubscriberIp6 | undefined): string[] =>
  ipv6 === undefined ? [] : [ipv6.address, ipv6.delegatedPrefix, ipv6.framedPrefix, ...ipv6.routes].filter(Boolean);

/** What of it stands in the store's table of addresses. */
export const ip6Places = (ip6: SessionIp6): string[] =>
  [...(ip6.up ? [ip6.address, ip6.delegated] : []), ip6.framed].filter((text) => text !== '');

/** Whether none of those that have a link-local address has it in this VRF: one line alone can have it in the source check. */
export const ownsLinkLocal = (
  others: Iterable<{ readonly id: string; readonly vrf: string; readonly ip6: SessionIp6 }>,
  { id }: { readonly id: string },
  vrf: string,
): boolean => ![...others].some((other) => other.id !== id && other.vrf === vrf && other.ip6.ownLinkLocal);
