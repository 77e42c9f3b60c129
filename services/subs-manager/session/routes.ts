import { SessionState } from '#gen/bng/v1/subs.js';
import { ip6Prefix } from '#lib/net/ip6.js';
import { prefixRange } from '../pool/address-text.js';
import type { Session } from './session.js';

/** Addresses of one family, first and last. */
interface Block {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

/** A pool of addresses or prefixes; without a VRF it serves all. */
export interface PoolPrefix {
  readonly name: string;
  readonly prefix: string;
  readonly vrf?: string | undefined;
}

/** An address or prefix of either family as a block; undefined for any other text. */
function blockOf(text: string): Block | undefined {
  if (text.includes(':')) {
    const found = ip6Prefix(text.includes('/') ? text : `${text}/128`);
    return found && { family: 6, first: found.first, last: found.first + (1n << BigInt(128 - found.length)) - 1n };
  }
  const range = prefixRange(text.includes('/') ? text : `${text}/32`);
  return range && { family: 4, first: BigInt(range[0]), last: BigInt(range[1]) };
}

const blocks = (texts: readonly string[]): Block[] => texts.flatMap((text) => blockOf(text) ?? []);
const meets = (a: Block, b: Block): boolean => a.family === b.family && a.first <= b.last && b.first <= a.last;
const holds = (outer: Block, inner: Block): boolean =>
  outer.family === inner.family && outer.first <= inner.first && inner.last <= outer.last;

/** Prefixes that RADIUS routes to the subscriber, both families. */
export const routesOf = ({ granted }: Pick<Session, 'granted'>): string[] => [
  ...granted.routes,
  ...granted.ipv6.routes,
];

/** Addresses and prefixes that RADIUS gives the subscriber by name. */
const givenTo = ({ granted: { framedIpv4, ipv6 } }: Session): string[] =>
  [framedIpv4, ipv6.framedAddress, ipv6.framedPrefix, ipv6.delegatedPrefix].filter(Boolean);

const heldBy = ({ ipv4, ip6 }: Session): string[] => [ipv4, ip6.address, ip6.delegated, ip6.framed].filter(Boolean);

/**
 * Why what RADIUS grants a session cannot be routed to it: a route that meets a pool of its VRF, or what another session
 * has, or an address within another's route. Undefined: nothing stands against it. `routed`: sessions that have routes.
 */
export function routeConflict(
  session: Session,
  all: () => Iterable<Session>,
  routed: Iterable<Session>,
  pools: readonly PoolPrefix[],
): string | undefined {
  const given = blocks(givenTo(session));
  const near = (others: Iterable<Session>) =>
    [...others].filter(
      (other) => other !== session && other.vrf === session.vrf && other.state !== SessionState.REJECTED,
    );
  for (const text of routesOf(session)) {
    const route = blockOf(text);
    if (route === undefined || given.some((own) => holds(own, route))) continue;
    const pool = pools.find(
      ({ prefix, vrf }) =>
        (vrf === undefined || vrf === session.vrf) && blocks([prefix]).some((one) => meets(one, route)),
    );
    if (pool) return `route ${text} meets pool ${pool.name}`;
    const owner = near(all()).find((other) =>
      blocks([...heldBy(other), ...routesOf(other)]).some((one) => meets(one, route)),
    );
    if (owner) return `route ${text} meets what session ${owner.id} has`;
  }
  const around = near(routed).find((other) =>
    blocks(routesOf(other)).some((one) => given.some((own) => meets(own, one))),
  );
  return around && `what RADIUS gives lies in a route of session ${around.id}`;
}
