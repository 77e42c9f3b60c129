import type { Clock } from '#lib/kernel/clock.js';
import type { EventTeller } from './events.js';
import type { ConfigdMetrics } from './metrics.js';
import type { RestoreProgress } from './reconcile/converge.js';

export interface RestoreReportOptions {
  readonly metrics: Pick<ConfigdMetrics, 'restoring'>;
  readonly events: Pick<EventTeller, 'tell'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** Between two events of one phase at least. */
const everyMs = 1000;

/** How far a restore is: in the status at any moment, in the metrics, and told as an event at each phase and then once a second. */
export class RestoreReport {
  private now: RestoreProgress | undefined;
  private toldMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: RestoreReportOptions) {}

  /** Undefined while nothing is restored. */
  get progress(): RestoreProgress | undefined {
    return this.now;
  }

  at(progress: RestoreProgress, generation: string): void {
    const { metrics, events, clock } = this.options;
    const isNewPhase = progress.phase !== this.now?.phase;
    this.now = progress;
    metrics.restoring(progress);
    if (!isNewPhase && clock.monotonicMs() - this.toldMs < everyMs) return;
    this.toldMs = clock.monotonicMs();
    events.tell('bng.dataplane.restoring', { generation, ...progress });
  }

  end(): void {
    this.now = undefined;
  }
}
