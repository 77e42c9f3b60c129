import { Ip6Grant } from '#gen/bng/v1/aaa.js';
import type { SubscriberIp6 } from '#gen/bng/v1/subs.js';
import { ip6Number, ip6Prefix, ip6PrefixText } from '#lib/net/ip6.js';
import { type AttributeInput, type AttributeRow, attribute } from '#lib/radius/attribute-row.js';
import { attributes } from '#lib/radius/attributes.js';
import { erx } from '#lib/radius/vendors/erx.js';
import { huawei } from '#lib/radius/vendors/huawei.js';
import { mikrotik } from '#lib/radius/vendors/mikrotik.js';
import { nokia } from '#lib/radius/vendors/nokia.js';
import { type Grant, type Mistake, mistake, type Unit } from './grant.js';

type Apply<T> = (grant: Ip6Grant, value: T) => string | undefined;

/** One attribute and what it does to the IPv6 part of a grant. */
interface Ip6Attribute {
  readonly row: AttributeRow<unknown>;
  readonly unit: Unit;
  readonly apply: (grant: Grant, value: unknown) => Mistake | undefined;
}

function row<T>(attributeRow: AttributeRow<T>, unit: Unit, apply: Apply<T>): Ip6Attribute {
  return {
    row: attributeRow as AttributeRow<unknown>,
    unit,
    apply(grant, value) {
      grant.ipv6 ??= Ip6Grant.create();
      const wrong = apply(grant.ipv6, value as T);
      return wrong === undefined ? undefined : mistake('malformed', wrong);
    },
  };
}

type TextField = 'framedPrefix' | 'framedAddress' | 'delegatedPrefix' | 'framedPool' | 'addressPool' | 'delegatedPool';

const set =
  (field: TextField, check: (value: string) => string | undefined = () => undefined): Apply<string> =>
  (grant, value) => {
    const wrong = check(value);
    if (wrong === undefined) grant[field] = value;
    return wrong;
  };

/** Global unicast: neither unspecified, loopback, link-local nor multicast. */
function subscribersAddress(value: string): string | undefined {
  const number = ip6Number(value) ?? 0n;
  const special = number < 1n << 64n || number >> 118n === 0x3fan || number >> 120n === 0xffn;
  return special ? `${value} is no address for a subscriber` : undefined;
}

const prefixOf =
  (shortest: number, longest: number) =>
  (value: string): string | undefined => {
    const length = ip6Prefix(value)?.length ?? 0;
    if (length < shortest || length > longest) return `a prefix of ${shortest} to ${longest} bits is expected`;
    return subscribersAddress(value.split('/')[0] ?? '');
  };

/** RFC 3162 section 2.5: `prefix/length [gateway [metrics]]`; the gateway is the subscriber, so that only :: may be there. */
const framedRoute: Apply<string> = (grant, value) => {
  const [destination = '', gateway = '::'] = value.trim().split(/\s+/);
  const prefix = ip6Prefix(destination);
  if (prefix === undefined) return `"${value}" is not an IPv6 route`;
  if (ip6Number(gateway) !== 0n) return `"${value}": the gateway is the subscriber, :: is expected`;
  const wrong = prefixOf(1, 128)(destination);
  if (wrong === undefined) grant.routes.push(ip6PrefixText(prefix.first, prefix.length));
  return wrong;
};

const dnsServer: Apply<string> = (grant, value) => {
  grant.dns.push(value);
  return undefined;
};

/** Attributes of an Access-Accept that give IPv6 (RFC 3162, 4818, 6911, and the vendors' names for pools). */
export const ip6Attributes: readonly Ip6Attribute[] = [
  row(attributes.framedIpv6Prefix, 'prefix', set('framedPrefix', prefixOf(64, 64))),
  row(attributes.framedIpv6Address, 'address', set('framedAddress', subscribersAddress)),
  row(attributes.delegatedIpv6Prefix, 'prefix', set('delegatedPrefix', prefixOf(16, 64))),
  row(attributes.framedIpv6Pool, 'name', set('framedPool')),
  row(attributes.statefulIpv6AddressPool, 'name', set('addressPool')),
  row(attributes.delegatedIpv6PrefixPool, 'name', set('delegatedPool')),
  row(mikrotik.delegatedIpv6Pool, 'name', set('delegatedPool')),
  row(erx.ndRaPoolName, 'name', set('framedPool')),
  row(erx.delegatedPoolName, 'name', set('delegatedPool')),
  row(huawei.delegatedIpv6PrefixPool, 'name', set('delegatedPool')),
  row(nokia.slaacIpv6Pool, 'name', set('framedPool')),
  row(nokia.delegatedIpv6Pool, 'name', set('delegatedPool')),
  row(attributes.framedIpv6Route, 'route', framedRoute),
  row(attributes.dnsServerIpv6Address, 'address', dnsServer),
];

const INTERFACE_ID_HEX = 16;

/** The lower half of the subscriber's link-local address. */
function interfaceIdOf(linkLocal: string): string | undefined {
  const number = ip6Number(linkLocal);
  return number === undefined ? undefined : BigInt.asUintN(64, number).toString(16).padStart(INTERFACE_ID_HEX, '0');
}

/** What accounting says of a session's IPv6; what it has not is left out. */
export function ip6Record(ipv6: SubscriberIp6 | undefined): AttributeInput[] {
  if (ipv6 === undefined) return [];
  const interfaceId = interfaceIdOf(ipv6.linkLocal);
  return [
    ...(ipv6.framedPrefix === '' ? [] : [attribute(attributes.framedIpv6Prefix, ipv6.framedPrefix)]),
    ...(ipv6.address === '' ? [] : [attribute(attributes.framedIpv6Address, ipv6.address)]),
    ...(ipv6.delegatedPrefix === '' ? [] : [attribute(attributes.delegatedIpv6Prefix, ipv6.delegatedPrefix)]),
    ...(interfaceId === undefined ? [] : [attribute(attributes.framedInterfaceId, interfaceId)]),
  ];
}
