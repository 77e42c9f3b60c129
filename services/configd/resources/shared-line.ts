import type { SessionBundle, SharedLine } from '#gen/bng/v1/configd.js';
import { BngError } from '#lib/kernel/errors.js';
import { MAX_RATE_BPS, type Rate } from '#lib/policy/policer.js';
import type { DirectionRates } from '#lib/policy/session-rates.js';
import type { Resource } from '../reconcile/resource.js';
import { hostGuard } from './host-guard.js';
import { hostGuardEntry } from './host-guard-entry.js';
import { hostPolicer } from './host-policer.js';
import { hostPolicing } from './host-policing.js';
import { policer } from './policer.js';

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

/**
 * A subscriber on a line that it shares with others: its upload is limited on the line by source address, its download
 * where it comes in from the core by destination address, and the line lets in only what is its own. Throws
 * `invalid_argument` for an unknown core port.
 */
export function sharedLineResources(bundle: SessionBundle, shared: SharedLine, around: Around): Resource[] {
  if (bundle.ipv4 === '') return [];
  const names = policerNames(bundle.sessionId);
  const up = policer.of({ name: names.up, rate: around.rates.upload ?? unlimited });
  const down = policer.of({ name: names.down, rate: around.rates.download ?? unlimited });
  const core = shared.core.map((name) => around.port(name) ?? unknownPort(name));
  return [
    up,
    down,
    ...policed(around.line, 'source', 4096, bundle.ipv4, up.key),
    ...core.flatMap((port) => policed(port, 'destination', 32_768, bundle.ipv4, down.key)),
    ...(bundle.sourceGuard ? guarded(around.line, bundle, shared) : []),
  ];
}

function unknownPort(name: string): never {
  throw new BngError('invalid_argument', `no port ${name}`, { field: 'shared.core' });
}

function policed(
  { interface: iface, tags }: Port,
  by: 'source' | 'destination',
  capacity: 4096 | 32_768,
  address: string,
  limit: string,
): Resource[] {
  const table = hostPolicing.of({ interface: iface, by, tags, capacity });
  return [table, hostPolicer.of({ on: table.key, by, tags, capacity, address, policer: limit })];
}

function guarded({ interface: iface, tags }: Port, { ipv4, mac }: SessionBundle, { isolated }: SharedLine): Resource[] {
  const guard = hostGuard.of({ interface: iface, tags });
  return [guard, hostGuardEntry.of({ on: guard.key, tags, address: ipv4, mac: mac.toLowerCase(), isolated })];
}
