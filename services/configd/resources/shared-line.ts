import type { SessionBundle, SharedLine } from '#gen/bng/v1/configd.js';
import { BngError } from '#lib/kernel/errors.js';
import { MAX_RATE_BPS, type Rate } from '#lib/policy/policer.js';
import type { DirectionRates } from '#lib/policy/session-rates.js';
import type { Resource } from '../reconcile/resource.js';
import { hostGuard, hostGuard6 } from './host-guard.js';
import { hostGuardEntry, hostGuardEntry6 } from './host-guard-entry.js';
import { hostPolicer, hostPolicer6 } from './host-policer.js';
import { hostPolicing, hostPolicing6 } from './host-policing.js';
import { policer } from './policer.js';
import { ip6Places } from './session-ip6.js';

/** An interface by its key, and how many VLAN tags its frames have. */
export interface Port {
  readonly interface: string;
  readonly tags: number;
}

interface Around {
  readonly line: Port;
  readonly rates: DirectionRates;
  port(name: string): Port | undefined;
}

/** Names of a session's policers. */
export const policerNames = (sessionId: string) => ({
  down: `session.${sessionId}.down`,
  up: `session.${sessionId}.up`,
});

/** Without a limit it still counts: the counters of the interface are those of all who share it. */
const unlimited: Rate = { cirBps: MAX_RATE_BPS };

/** The kinds of one address family. */
const kinds = {
  ip4: { policing: hostPolicing, policer: hostPolicer, guard: hostGuard, entry: hostGuardEntry },
  ip6: { policing: hostPolicing6, policer: hostPolicer6, guard: hostGuard6, entry: hostGuardEntry6 },
} as const;
type Family = keyof typeof kinds;

/** What a subscriber has of one family. */
interface Own {
  readonly family: Family;
  /** Its traffic is limited by these: addresses of IPv4, prefixes of IPv6. */
  readonly limited: readonly string[];
  /** It may send from these beside them. */
  readonly local: readonly string[];
}

/**
 * A subscriber on a line that it shares with others: its upload is limited on the line by source address, its download
 * where it comes in from the core by destination address, IPv4 and IPv6 by the same policer, and the line lets in only what
 * is its own. Throws `invalid_argument` for an unknown core port, or a prefix to be advertised: all of the line would see it.
 */
export function sharedLineResources(bundle: SessionBundle, shared: SharedLine, around: Around): Resource[] {
  const families = [ip4Of(bundle), ip6Of(bundle)].filter((own) => own !== undefined);
  if (families.length === 0) return [];
  const names = policerNames(bundle.sessionId);
  const up = policer.of({ name: names.up, rate: around.rates.upload ?? unlimited });
  const down = policer.of({ name: names.down, rate: around.rates.download ?? unlimited });
  const core = shared.core.map((name) => around.port(name) ?? unknownPort(name));
  return [
    up,
    down,
    ...families.flatMap((own) => [
      ...policed(around.line, 'source', 4096, own, up.key),
      ...core.flatMap((port) => policed(port, 'destination', 32_768, own, down.key)),
      ...(bundle.sourceGuard ? guarded(around.line, own, bundle.mac.toLowerCase(), shared) : []),
    ]),
    ...(bundle.sourceGuard ? guards(around.line) : []),
  ];
}

const ip4Of = ({ ipv4 }: SessionBundle): Own | undefined =>
  ipv4 === '' ? undefined : { family: 'ip4', limited: [ipv4], local: [] };

/** What is link-local goes no further than the line: it is guarded, and not limited. */
function ip6Of({ ip6 }: SessionBundle): Own | undefined {
  if (ip6 === undefined) return undefined;
  if (ip6.advertised !== '')
    throw new BngError('invalid_argument', 'a shared line advertises no prefix of one subscriber', {
      field: 'ip6.advertised',
    });
  const { routed, via } = ip6Places(ip6);
  return { family: 'ip6', limited: routed, local: via === undefined ? [] : [`${via}/128`] };
}

function unknownPort(name: string): never {
  throw new BngError('invalid_argument', `no port ${name}`, { field: 'shared.core' });
}

function policed(
  { interface: iface, tags }: Port,
  by: 'source' | 'destination',
  capacity: 4096 | 32_768,
  { family, limited }: Own,
  limit: string,
): Resource[] {
  const { policing, policer: host } = kinds[family];
  const table = policing.of({ interface: iface, by, tags, capacity });
  const entries = limited.map((address) => host.of({ on: table.key, by, tags, capacity, address, policer: limit }));
  return entries.length === 0 ? [] : [table, ...entries];
}

function guarded(
  { interface: iface, tags }: Port,
  { family, limited, local }: Own,
  mac: string,
  { isolated }: SharedLine,
): Resource[] {
  const { guard, entry } = kinds[family];
  const on = guard.of({ interface: iface, tags }).key;
  return [...limited, ...local].map((address) => entry.of({ on, tags, address, mac, isolated }));
}

/** Both families are guarded as soon as there is one subscriber: who has no IPv6 sends none. */
const guards = ({ interface: iface, tags }: Port): Resource[] =>
  Object.values(kinds).map(({ guard }) => guard.of({ interface: iface, tags }));
