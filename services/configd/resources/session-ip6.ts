import type { SessionBundle, SessionIp6 } from '#gen/bng/v1/configd.js';
import { BngError } from '#lib/kernel/errors.js';
import { ip6Number, ip6Prefix, ip6PrefixText, ip6Text, isLinkLocal } from '#lib/net/ip6.js';
import type { Resource } from '../reconcile/resource.js';
import { macText } from './fields.js';
import { neighbour } from './neighbour.js';
import { raPrefix } from './ra-prefix.js';
import { route } from './route.js';
import { urpf } from './urpf.js';

type Where = { readonly interface: string; readonly vrf?: string };

const refuse = (what: string, field: string): never => {
  throw new BngError('invalid_argument', what, { field });
};

/** In the form VPP gives back. */
function address(text: string, field: string): string {
  const value = ip6Number(text);
  return value === undefined ? refuse(`${field} '${text}' is not an IPv6 address`, field) : ip6Text(value);
}

function prefix(text: string, field: string): string {
  const found = ip6Prefix(text);
  if (found === undefined) return refuse(`${field} '${text}' is not an IPv6 prefix`, field);
  const plain = ip6PrefixText(found.first, found.length);
  const given = ip6Number(text.split('/')[0] ?? '');
  return given === found.first ? plain : refuse(`${field} '${text}' has host bits, ${plain} is expected`, field);
}

/** Prefixes that are routed to the subscriber, and its link-local address, as VPP writes them. Throws `invalid_argument`. */
export function ip6Places({ addresses, prefixes, linkLocal }: SessionIp6): { routed: string[]; via?: string } {
  const routed = [
    ...addresses.map((text) => `${address(text, 'ip6.addresses')}/128`),
    ...prefixes.map((text) => prefix(text, 'ip6.prefixes')),
  ];
  if (routed.length > 0 && linkLocal === '')
    refuse('ip6.link_local is empty: there is no way to what is routed', 'ip6.link_local');
  if (linkLocal === '') return { routed };
  const via = address(linkLocal, 'ip6.link_local');
  if (!isLinkLocal(via)) refuse(`ip6.link_local '${via}' is not link-local`, 'ip6.link_local');
  return { routed, via };
}

/**
 * What VPP must hold for a subscriber's IPv6: its link-local address as a static neighbour, each address and prefix as a
 * route through it, a prefix in the line's router advertisements, the source check, which on a shared line is that of the
 * line. Pure. The line has IPv6 on, and sends advertisements, by the operator's configuration. Throws `invalid_argument` for
 * a bad value.
 */
export function ip6Resources(bundle: SessionBundle, where: Where): Resource[] {
  const { ip6 } = bundle;
  if (ip6 === undefined) return [];
  const checked = bundle.sourceGuard && bundle.shared === undefined;
  return [
    ...nextHop(bundle, ip6, where, checked && ip6.guardLinkLocal),
    ...advertised(ip6, where),
    ...(checked ? [urpf.of({ ...where, family: 'ip6', mode: 'strict' })] : []),
  ];
}

function nextHop(bundle: SessionBundle, ip6: SessionIp6, where: Where, routesLinkLocal: boolean): Resource[] {
  const { routed, via } = ip6Places(ip6);
  if (via === undefined) return [];
  const mac = bundle.mac.toLowerCase();
  if (!macText.safeParse(mac).success) refuse(`mac '${bundle.mac}' is not a MAC address`, 'mac');
  const all = routesLinkLocal ? [...routed, `${via}/128`] : routed;
  return [neighbour.of({ ...where, address: via, mac }), ...all.map((to) => routeTo(to, where, via))];
}

/**
 * The route to the link-local address itself is for the source check alone: strict uRPF looks every source up in the
 * line's table, and would drop the probes by which hosts see whether their router is still there.
 */
function routeTo(destination: string, where: Where, via: string | undefined): Resource {
  return route.of({
    ...(where.vrf === undefined ? {} : { vrf: where.vrf }),
    prefix: destination,
    paths: [{ ...(via === undefined ? {} : { via }), interface: where.interface }],
  });
}

/** Hosts make addresses of it, so it is on the line without a next hop. */
function advertised(ip6: SessionIp6, where: Where): Resource[] {
  if (ip6.advertised === '') return [];
  const found = prefix(ip6.advertised, 'ip6.advertised');
  if (!found.endsWith('/64')) refuse(`ip6.advertised '${found}' is not a /64`, 'ip6.advertised');
  return [raPrefix.of({ interface: where.interface, prefix: found }), routeTo(found, where, undefined)];
}
