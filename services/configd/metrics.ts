import { Counter, Gauge, Histogram, type Registry, secondsBuckets } from '#lib/kernel/metrics.js';
import { groupBy } from './document/group-by.js';
import type { EngineHooks, RestoreProgress } from './reconcile/engine.js';
import type { StoredConfig } from './snapshot.js';

/** Whose current values are read when metrics are. */
export interface ConfigdGauges {
  readonly sessions: { readonly count: number };
  readonly engine: { readonly size: number; readonly state: string };
  readonly link: { readonly available: boolean };
  readonly config: { readonly current: Pick<StoredConfig, 'version' | 'pending'> | undefined };
}

export interface ConfigdMetrics {
  /** One apply: its outcome (applied, unchanged, refused, failed, unavailable) and how long it took. */
  apply(outcome: string, seconds: number): void;
  planned(seconds: number): void;
  /** A configuration was not confirmed and taken back. */
  reverted(): void;
  session(command: 'apply' | 'remove', outcome: string, seconds: number): void;
  /** Objects that differed at an audit; they stay shown until the next one. */
  drift(objects: number): void;
  audited(seconds: number): void;
  restored(outcome: 'ok' | 'failed', seconds: number): void;
  /** How far a restore is; the last one stays shown. */
  restoring(progress: RestoreProgress): void;
  roundTrip(message: string, seconds: number, retval: number | undefined): void;
  /** Counts the steps of an execution. */
  readonly steps: NonNullable<EngineHooks['onOutcome']>;
}

/** Read or write: VPP has hundreds of messages, and a label value for each would be too many. */
const messageClass = (message: string): string => {
  if (message === 'control_ping') return 'ping';
  return /(_dump|_get|^show_|^cli_)/.test(message) ? 'read' : 'write';
};

/** Metrics of configd on a registry. */
export function configdMetrics(registry: Registry): ConfigdMetrics {
  const registers = [registry];
  const histogram = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Histogram<L>({ name: `bng_configd_${name}`, help, labelNames, buckets: secondsBuckets, registers });
  const apply = histogram('apply_duration_seconds', 'Applies of a configuration', ['outcome']);
  const plan = histogram('plan_duration_seconds', 'Reading, checking and planning a configuration', []);
  const session = histogram('session_duration_seconds', 'Session commands', ['command', 'outcome']);
  const audit = histogram('audit_duration_seconds', 'Comparisons of VPP with what is wanted', []);
  const restore = histogram('restore_duration_seconds', 'Restores after VPP was connected', ['outcome']);
  const roundTrip = histogram('vpp_round_trip_seconds', 'VPP API requests until their reply', ['class']);
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter<L>({ name: `bng_configd_${name}`, help, labelNames, registers });
  const steps = counter('steps_total', 'Changes to objects in VPP', ['kind', 'action', 'outcome']);
  const refusals = counter('vpp_refusals_total', 'VPP API replies with an error', ['class']);
  const reverts = counter('reverts_total', 'Configurations taken back because nobody confirmed them', []);
  const drift = new Gauge({
    name: 'bng_configd_drift_objects',
    help: 'Objects that differed at the last audit',
    registers,
  });
  const phase = (name: string, help: string) =>
    new Gauge({ name: `bng_configd_restore_${name}`, help, labelNames: ['phase'], registers });
  const restoreDone = phase('done', 'Kinds read, changes made, sessions brought back by the last or current restore');
  const restoreTotal = phase('total', 'All of those of the phase');
  return {
    apply: (outcome, seconds) => apply.observe({ outcome }, seconds),
    planned: (seconds) => plan.observe(seconds),
    reverted: () => reverts.inc(),
    session: (command, outcome, seconds) => session.observe({ command, outcome }, seconds),
    drift: (objects) => drift.set(objects),
    audited: (seconds) => audit.observe(seconds),
    restored: (outcome, seconds) => restore.observe({ outcome }, seconds),
    restoring(progress) {
      restoreDone.set({ phase: progress.phase }, progress.done);
      restoreTotal.set({ phase: progress.phase }, progress.total);
    },
    roundTrip(message, seconds, retval) {
      const labels = { class: messageClass(message) };
      roundTrip.observe(labels, seconds);
      if (retval !== undefined && retval !== 0) refusals.inc(labels);
    },
    steps(_owner, { result }, { steps: planned }) {
      for (const [first, ...like] of groupBy(planned, ({ kind, action }) => `${action} ${kind}`).values())
        if (first) steps.inc({ kind: first.kind, action: first.action, outcome: result }, 1 + like.length);
    },
  };
}

/** Gauges of configd on a registry. */
export function configdGauges(registry: Registry, { sessions, engine, link, config }: ConfigdGauges): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `bng_configd_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  gauge('sessions', 'Sessions held', () => sessions.count);
  gauge('resources', 'Objects wanted in VPP', () => engine.size);
  gauge('vpp_ready', '1 while VPP holds what is wanted', () => Number(engine.state === 'ready'));
  gauge('store_available', '1 while PostgreSQL can be reached', () => Number(link.available));
  gauge('confirm_pending', '1 while the configuration in force waits for its confirmation', () =>
    Number(config.current?.pending !== undefined),
  );
  gauge('config_version', 'Version of the configuration in force', () => Number(config.current?.version ?? 0n));
}
