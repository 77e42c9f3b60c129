import { statSync } from 'node:fs';
import {
  errorCounters,
  errorPatterns,
  interfaceCounters,
  interfacePatterns,
  policerPatterns,
  systemPatterns,
  systemScalars,
} from '#lib/vpp/stats/counters.js';
import { type Snapshot, StatsReader } from '#lib/vpp/stats/reader.js';
import { type Family, family } from './exposition.js';
import { InterfaceFamilies } from './interfaces.js';
import { PolicerFamilies } from './policers.js';

const PATTERNS = [...interfacePatterns, ...policerPatterns, ...errorPatterns, ...systemPatterns];

/** Reads VPP's stats segment at each scrape. Follows VPP through restarts: a new socket file means a new segment. */
export class Dataplane {
  private reader: StatsReader | undefined;
  private openedAs = '';
  private readonly interfaces = new InterfaceFamilies();
  private readonly policers = new PolicerFamilies();

  constructor(private readonly socketPath: string) {}

  /** Interfaces, policers, errors and VPP itself; only `bng_vpp_stats_up 0` while the segment cannot be read. */
  async families(): Promise<Family[]> {
    const snapshot = await this.snapshot().catch(() => undefined);
    const up = family('gauge', 'bng_vpp_stats_up', "Whether VPP's stats segment could be read (1) or not (0)", [
      [{}, snapshot ? 1 : 0],
    ]);
    if (!snapshot) return [up];
    return [
      up,
      ...systemFamilies(snapshot),
      ...this.interfaces.families(interfaceCounters(snapshot)),
      ...this.policers.families(snapshot),
      errorFamily(snapshot),
    ];
  }

  close(): void {
    this.reader?.close();
    this.reader = undefined;
  }

  private async snapshot(): Promise<Snapshot | undefined> {
    const reader = await this.current();
    const result = await reader.snapshot(PATTERNS);
    if (result.ok) return result.value;
    this.close();
    return undefined;
  }

  private async current(): Promise<StatsReader> {
    const { ino, ctimeMs } = statSync(this.socketPath);
    const identity = `${ino}/${ctimeMs}`;
    if (this.reader && this.openedAs === identity) return this.reader;
    this.close();
    this.reader = await StatsReader.open(this.socketPath);
    this.openedAs = identity;
    return this.reader;
  }
}

const errorFamily = (snapshot: Snapshot): Family =>
  family(
    'counter',
    'bng_vpp_errors_total',
    'Packets counted by a graph node under a reason, as "show errors" has them; zeros are left out',
    errorCounters(snapshot).map(({ node, reason, count }) => [{ node, reason }, count]),
  );

const SYSTEM = [
  ['boottime', 'gauge', 'bng_vpp_boot_time_seconds', 'Unix time at which VPP booted'],
  ['heartbeat', 'counter', 'bng_vpp_heartbeat_total', 'Grows while the main thread of VPP lives'],
  ['num_worker_threads', 'gauge', 'bng_vpp_worker_threads', 'Worker threads of VPP'],
  ['vector_rate', 'gauge', 'bng_vpp_vector_rate', 'Packets per vector of VPP, averaged over its threads'],
  ['input_rate', 'gauge', 'bng_vpp_input_rate', 'Packets per second that VPP takes in'],
] as const;

function systemFamilies(snapshot: Snapshot): Family[] {
  const scalars = systemScalars(snapshot);
  return SYSTEM.flatMap(([key, type, name, help]) => {
    const value = scalars.get(key);
    return value === undefined ? [] : [family(type, name, help, [[{}, value]])];
  });
}
