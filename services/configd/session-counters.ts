import type { SessionCounters } from '#gen/bng/v1/configd.js';
import { BngError } from '#lib/kernel/errors.js';
import type { Count, PolicerCounters } from '#lib/vpp/stats/counters.js';
import type { LineBook } from './resources/lines.js';
import { policerNames } from './resources/shared-line.js';
import type { Sessions } from './sessions.js';
import type { InterfaceCount, VppStats } from './vpp-stats.js';

/** Index of a policer that VPP holds, by name. */
export type PolicerIndex = (name: string) => number | undefined;

/**
 * The counters of sessions' lines as VPP has them now: what comes in on the line is the session's input (RFC 2866).
 * Sessions that are unknown, or whose line VPP does not have, are left out. Throws `unavailable` when VPP's statistics are away.
 */
export async function countersOf(
  sessionIds: readonly string[],
  sessions: Pick<Sessions, 'held' | 'get'>,
  lines: Pick<LineBook, 'byName'>,
  stats: Pick<VppStats, 'interfaces' | 'policers'>,
  policerIndex: PolicerIndex,
): Promise<SessionCounters[]> {
  const wanted = [...(sessionIds.length > 0 ? sessionIds.map((id) => sessions.get(id)) : sessions.held())];
  const found = wanted.flatMap((session) => {
    if (session === undefined) return [];
    const { sessionId, line, shared } = session;
    const swIfIndex = lines.byName(line)?.swIfIndex;
    return shared || swIfIndex !== undefined ? [{ sessionId, shared, swIfIndex: swIfIndex ?? 0 }] : [];
  });
  const own = stats.interfaces(found.map(({ swIfIndex }) => swIfIndex));
  const shares = found.some(({ shared }) => shared);
  const [counts, policers] = await Promise.all([own, shares ? stats.policers() : undefined]).catch((error) => {
    throw BngError.from(error, 'unavailable');
  });
  return found.flatMap(({ sessionId, shared }, i) => {
    const count = shared && policers ? ofHost(sessionId, policers, policerIndex) : counts[i];
    return count ? [{ sessionId, counters: toCounters(count) }] : [];
  });
}

const passed = ({ conform, exceed }: PolicerCounters): Count => ({
  packets: conform.packets + exceed.packets,
  bytes: conform.bytes + exceed.bytes,
});

/** By family only what came in on a line of the subscriber's own: the policers of a shared one do not tell families apart. */
type Passed = Pick<InterfaceCount, 'rx' | 'tx'> & Partial<InterfaceCount>;

/** On a shared line a subscriber has what its policers let pass; octets are those of IP packets then. */
function ofHost(
  sessionId: string,
  policers: (index: number) => PolicerCounters,
  policerIndex: PolicerIndex,
): Passed | undefined {
  const names = policerNames(sessionId);
  const [up, down] = [policerIndex(names.up), policerIndex(names.down)];
  if (up === undefined || down === undefined) return undefined;
  return { rx: passed(policers(up)), tx: passed(policers(down)) };
}

const toCounters = ({ rx, tx, ip4Packets, ip6Packets }: Passed) => ({
  inputOctets: rx.bytes,
  outputOctets: tx.bytes,
  inputPackets: rx.packets,
  outputPackets: tx.packets,
  inputPacketsIp4: ip4Packets,
  inputPacketsIp6: ip6Packets,
});
