import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../test/harness/child.js';
import { lanes } from '../test/harness/lanes.js';
import { startPostgres } from '../test/harness/postgres.js';
import { createVethPair, enterPrivateNetwork } from '../test/harness/private-network.js';
import { startRealVpp } from '../test/harness/real-vpp.js';
import { type ServiceProcess, startService } from '../test/harness/service.js';
import { startVppSim } from '../test/harness/vpp-sim.js';
import { waitFor } from '../test/harness/wait-for.js';

/** Devices of the documents below. */
export const devices = { access: 'cwb-access', core: 'cwb-core' } as const;

/** Statistics for 10,000 interfaces with a counter of each kind; VPP dies of a full segment. */
const statsegMb = 1024;

/** A VPP, or the sim, that can be replaced by an empty one. */
export interface BenchVpp {
  readonly name: string;
  readonly apiSocket: string;
  readonly statsSocket: string;
  /** Another one on the same sockets, empty; resolves when it listens. */
  replace(): Promise<void>;
  stop(): Promise<void>;
}

/** The sim, or with VPP_BIN a real VPP in a network namespace of this process. */
export async function startBenchVpp(): Promise<BenchVpp> {
  const lane = lanes.find(({ kind }) => kind === (process.env.VPP_BIN ? 'vpp' : 'sim'));
  if (!lane?.available) throw new Error(lane?.why ?? 'no dataplane');
  return lane.kind === 'sim' ? simulator() : realVpp(lane.vppBin);
}

async function simulator(): Promise<BenchVpp> {
  const folder = temporaryFolder('bench-vpp');
  let sim = await startVppSim({ folder: folder.path });
  return {
    name: 'vpp-sim',
    apiSocket: sim.apiSocket,
    statsSocket: sim.statsSocket,
    async replace() {
      await sim.control.close();
      await sim.kill();
      sim = await startVppSim({ folder: folder.path });
    },
    async stop() {
      await sim.stop();
      folder.remove();
    },
  };
}

async function realVpp(bin: string): Promise<BenchVpp> {
  if (!enterPrivateNetwork()) throw new Error('a network namespace is needed: run as root');
  for (const device of Object.values(devices)) createVethPair(device, `${device}-far`);
  const vpp = await startRealVpp({ bin, statsegMb });
  return {
    name: 'VPP 26.06',
    apiSocket: vpp.apiSocket,
    statsSocket: vpp.statsSocket,
    async replace() {
      await vpp.kill();
      await vpp.restart();
    },
    stop: () => vpp.stop(),
  };
}

/** What `POST /config/apply` answers, as far as it is looked at. */
interface Applied {
  readonly planMs: number;
  readonly executeMs: number;
  readonly messagesSent: number;
}

export interface Timed<T> {
  readonly seconds: number;
  readonly result: T;
}

export async function timed<T>(work: () => Promise<T>): Promise<Timed<T>> {
  const startMs = performance.now();
  const result = await work();
  return { seconds: (performance.now() - startMs) / 1000, result };
}

/** configd as a process, with a PostgreSQL of its own. */
export class BenchConfigd {
  private process: ServiceProcess | undefined;

  private constructor(
    private readonly postgres: Awaited<ReturnType<typeof startPostgres>>,
    private readonly folder: ReturnType<typeof temporaryFolder>,
    private readonly sockets: { readonly apiSocket: string; readonly statsSocket: string },
  ) {}

  static async start(sockets: BenchConfigd['sockets']): Promise<BenchConfigd> {
    const configd = new BenchConfigd(await startPostgres(), temporaryFolder('bench-configd'), sockets);
    await configd.begin();
    await configd.ready();
    return configd;
  }

  /** Starts the process; it works on by itself. */
  async begin(): Promise<void> {
    this.process = await startService('configd', this.folder.path, {
      node: 'bench',
      databaseUrl: this.postgres.url,
      vpp: { apiSocket: this.sockets.apiSocket, statsSocket: this.sockets.statsSocket, replyTimeoutMs: 60_000 },
      stateDir: join(this.folder.path, 'state'),
      audit: { intervalS: 0 },
      logLevel: 'warn',
    });
  }

  /** Ends the process and leaves its state. */
  async end(): Promise<void> {
    await this.process?.stop();
  }

  /** Waits until VPP holds what is wanted, as configd sees it. */
  async ready(): Promise<void> {
    await this.process?.ready(300_000);
  }

  /** Waits until configd has noticed that VPP is gone. */
  async notReady(): Promise<void> {
    await waitFor('configd notices', async () => (await fetch(`${this.process?.ops}/readyz`)).status !== 200, 30_000);
  }

  async apply(yaml: string): Promise<Applied> {
    const response = await fetch(`${this.process?.ops}/config/apply`, { method: 'POST', body: yaml });
    if (response.status !== 200) throw new Error(await response.text());
    return (await response.json()) as Applied;
  }

  /** Reads everything back from VPP; throws when it is not what is wanted. */
  async verify(): Promise<void> {
    const response = await fetch(`${this.process?.ops}/config/plan`);
    const drift = (await response.json()) as { steps: unknown[] };
    if (drift.steps.length > 0) throw new Error(`${drift.steps.length} objects differ in VPP`);
  }

  /** Resident memory in MB: now, or the most there was. */
  rssMb(what: 'VmRSS' | 'VmHWM'): number {
    const status = readFileSync(`/proc/${this.process?.child.pid}/status`, 'utf8');
    return Number(new RegExp(`${what}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
  }

  async stop(): Promise<void> {
    await this.end();
    await this.postgres.stop();
    this.folder.remove();
  }
}
