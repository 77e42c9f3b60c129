import { type Clock, sleep } from '#lib/kernel/clock.js';
import { BngError } from '#lib/kernel/errors.js';
import type { Component, StateHolder } from '#lib/kernel/lifecycle.js';
import type { Log } from '#lib/kernel/log.js';
import type { VppClient } from '#lib/vpp/client.js';
import type { ReadyState } from '#lib/vpp/client-state.js';
import type { EventTeller } from './events.js';
import type { ConfigdMetrics } from './metrics.js';
import type { RestoreProgress, RestoreResult } from './reconcile/converge.js';
import type { Engine } from './reconcile/engine.js';
import { type Drift, driftSize } from './reconcile/read-back.js';
import { RestoreReport } from './restore-report.js';
import type { VppLife } from './vpp-life.js';

export interface SupervisorOptions {
  readonly dataplane: {
    readonly client: Pick<VppClient, 'state' | 'start' | 'onState' | 'close'>;
    /** VPP's version text. */
    version(): Promise<string>;
  };
  readonly engine: Pick<Engine, 'state' | 'restore' | 'audit' | 'repair' | 'lost'>;
  readonly life: VppLife;
  readonly state: StateHolder;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<ConfigdMetrics, 'restored' | 'restoring' | 'audited' | 'drift'>;
  readonly events: EventTeller;
  readonly audit: { readonly intervalS: number; readonly policy: 'repair' | 'report' };
}

/** What is known of VPP, for people. */
export interface VppStatus {
  readonly state: string;
  readonly version: string;
  readonly pid: number;
  /** Objects that differed at the last audit. */
  readonly drift: number;
  /** Objects in VPP that are not ours, at the last audit. */
  readonly foreign: number;
  /** Unix time; 0 before the first. */
  readonly lastAuditMs: number;
  readonly progress: RestoreProgress | undefined;
}

const retryMs = 500;
/** Keys named in a drift event at most. */
const namedKeys = 20;

/** Brings VPP to what is wanted whenever it comes or comes back, and looks from time to time whether it still is. */
export class VppSupervisor implements Component {
  readonly name = 'vpp';
  private readonly abort = new AbortController();
  private restoring: Promise<void> | undefined;
  private auditing: Promise<void> = Promise.resolve();
  private version = '';
  private pid = 0;
  private drift = 0;
  private foreign = 0;
  private lastAuditMs = 0;
  private readonly report: RestoreReport;

  constructor(private readonly options: SupervisorOptions) {
    this.report = new RestoreReport(options);
  }

  private get client() {
    return this.options.dataplane.client;
  }

  get status(): VppStatus {
    const { version, pid, drift, foreign, lastAuditMs } = this;
    const { progress } = this.report;
    return { state: this.client.state.kind, version, pid, drift, foreign, lastAuditMs, progress };
  }

  /** Begins to connect and does not wait: the service answers while VPP is away. */
  async start(): Promise<void> {
    const { client } = this;
    const { state, audit } = this.options;
    state.set('restoring');
    client.onState((now) => {
      if (now.kind === 'ready') this.restore();
      else this.gone();
    });
    client.start();
    if (audit.intervalS > 0) this.auditing = this.auditEvery(audit.intervalS * 1000);
  }

  /** The engine says that it does not know VPP's state any more; VPP itself may be there. */
  lost(): void {
    if (this.abort.signal.aborted) return;
    this.options.state.set('restoring');
    this.restore();
  }

  async drain(): Promise<void> {
    this.abort.abort();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await Promise.all([this.restoring, this.auditing]);
    await this.client.close();
  }

  private gone(): void {
    if (this.abort.signal.aborted) return;
    this.options.engine.lost(new BngError('unavailable', 'the connection to VPP is gone'));
    this.options.state.set('restoring');
  }

  /** One restore at a time, repeated until it succeeds or VPP is away. */
  private restore(): void {
    this.restoring ??= this.restoreUntilDone().finally(() => {
      this.restoring = undefined;
      if (this.needsRestore()) this.restore();
    });
  }

  private needsRestore(): boolean {
    return !this.abort.signal.aborted && this.client.state.kind === 'ready' && this.options.engine.state !== 'ready';
  }

  private async restoreUntilDone(): Promise<void> {
    while (this.needsRestore()) {
      const now = this.client.state;
      try {
        if (now.kind === 'ready') await this.restoreOnce(now);
      } catch (error) {
        this.options.log.warn({ err: error }, 'VPP is not restored yet');
        await sleep(retryMs, this.abort.signal);
      }
    }
  }

  private async restoreOnce(ready: ReadyState): Promise<void> {
    const { engine, life, state, clock, log, metrics, events } = this.options;
    const startedMs = clock.monotonicMs();
    this.pid = ready.vppPid;
    const isNew = await life.seen(ready, ready.restarted);
    if (isNew) events.tell('bng.dataplane.restarted', { generation: String(life.generation), pid: ready.vppPid });
    this.version = await this.options.dataplane.version().catch(() => '');
    const seconds = () => (clock.monotonicMs() - startedMs) / 1000;
    const generation = String(life.generation);
    const result = await engine
      .restore((progress) => this.report.at(progress, generation))
      .catch((error) => {
        metrics.restored('failed', seconds());
        throw error;
      })
      .finally(() => this.report.end());
    metrics.restored(result.failures.length > 0 ? 'failed' : 'ok', seconds());
    this.tellRestored(result, seconds());
    log.info(
      { ...driftCounts(result.drift), ...restoreCounts(result), seconds: seconds() },
      'VPP holds what is wanted',
    );
    if (!this.abort.signal.aborted) state.set('ready');
  }

  private tellRestored(result: RestoreResult, seconds: number): void {
    const { events, life, log } = this.options;
    for (const error of result.failures.slice(0, namedKeys)) log.error({ err: error }, 'could not be restored');
    const generation = String(life.generation);
    events.tell('bng.dataplane.restored', { generation, ...restoreCounts(result), durationMs: seconds * 1000 });
  }

  private async auditEvery(ms: number): Promise<void> {
    const { signal } = this.abort;
    while (!signal.aborted) {
      await sleep(ms, signal);
      if (signal.aborted) return;
      await this.auditOnce().catch((error) => this.options.log.warn({ err: error }, 'audit failed'));
    }
  }

  /** Compares VPP with what is wanted, tells the differences, and mends them when the policy says so. */
  async auditOnce(): Promise<void> {
    const { engine, clock, metrics, audit, log } = this.options;
    if (engine.state !== 'ready') return;
    const startedMs = clock.monotonicMs();
    const drift = await engine.audit();
    metrics.audited((clock.monotonicMs() - startedMs) / 1000);
    this.lastAuditMs = clock.nowMs();
    this.drift = driftSize(drift);
    this.foreign = drift.foreign.length;
    metrics.drift(this.drift);
    if (this.drift === 0) return;
    const repairs = audit.policy === 'repair';
    const keys = driftKeys(drift).slice(0, namedKeys);
    log.warn({ ...driftCounts(drift), keys, repairs }, 'VPP differs from what is wanted');
    if (repairs) this.logRepair(await engine.repair());
    this.options.events.tell('bng.dataplane.drift', { ...driftCounts(drift), repaired: repairs, keys });
  }

  private logRepair({ failures, messages }: RestoreResult): void {
    for (const error of failures.slice(0, namedKeys)) this.options.log.error({ err: error }, 'could not be repaired');
    this.options.log.info({ messages, failures: failures.length }, 'differences repaired');
  }
}

const restoreCounts = ({ messages, failures }: RestoreResult) => ({ messages, failures: failures.length });

const driftCounts = ({ missing, different, leftover }: Drift) => ({
  missing: missing.length,
  different: different.length,
  leftover: leftover.length,
});

const driftKeys = ({ missing, different, leftover }: Drift): string[] => [
  ...missing.map(({ key }) => key),
  ...different.map(({ wanted }) => wanted.key),
  ...leftover.map(({ key }) => key),
];
