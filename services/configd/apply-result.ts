import { BngError } from '#lib/kernel/errors.js';
import { type Impact, impactSize } from './diff/impact.js';
import type { DiffLine } from './diff/lines.js';
import { natLosses } from './diff/nat-losses.js';
import { type LocatedProblem, problemText } from './document/problem.js';
import type { Applied } from './reconcile/engine.js';
import type { Plan, PlanStep } from './reconcile/plan.js';
import type { Drift } from './reconcile/read-back.js';

export interface ApplyResult {
  /** 0n when nothing was stored: a dry run, or the text in force already. */
  readonly version: bigint;
  readonly etag: string;
  readonly steps: readonly PlanStep[];
  readonly lines: readonly DiffLine[];
  readonly impact: Impact;
  readonly sessionsAffected: number;
  readonly messagesSent: number;
  readonly planMs: number;
  readonly executeMs: number;
  readonly warnings: readonly LocatedProblem[];
  /** Unix time until which it must be confirmed; 0: needs no confirmation. */
  readonly confirmUntilMs: number;
}

/** A document that was read, checked and planned. */
export interface Prepared {
  /** The one text that says it; see `etagOf`. */
  readonly yaml: string;
  readonly etag: string;
  readonly plan: Plan;
  /** The plan's steps without secrets: what is shown and stored. */
  readonly steps: readonly PlanStep[];
  readonly lines: readonly DiffLine[];
  readonly impact: Impact;
  readonly warnings: readonly LocatedProblem[];
  readonly planMs: number;
}

/** The result of an apply that executes nothing. */
export const preview = ({ etag, steps, lines, impact, planMs, warnings }: Prepared): ApplyResult => ({
  version: 0n,
  etag,
  steps,
  lines,
  impact,
  sessionsAffected: impactSize(impact),
  messagesSent: 0,
  planMs,
  executeMs: 0,
  warnings,
  confirmUntilMs: 0,
});

const sessionsNamed = 10;

/** Throws `failed_precondition` with what would be lost when sessions, of subscribers or of NAT, would be dropped and nobody said that they may. */
export function assertNoLoss({ plan, impact }: Pick<Prepared, 'plan' | 'impact'>, isAllowed: boolean): void {
  const { dropped } = impact;
  const losses = [...(dropped.length > 0 ? [droppedText(dropped)] : []), ...natLosses(plan.steps)];
  if (isAllowed || losses.length === 0) return;
  throw new BngError(
    'failed_precondition',
    `${losses.join('; ')}; nothing was changed. Allow the loss of sessions to apply it (--allow-session-loss)`,
    { sessionsDropped: dropped.length },
  );
}

function droppedText(dropped: readonly string[]): string {
  const named = dropped.slice(0, sessionsNamed).join(', ');
  const more = dropped.length > sessionsNamed ? ` and ${dropped.length - sessionsNamed} more` : '';
  return `this drops ${dropped.length === 1 ? '1 session' : `${dropped.length} sessions`} (${named}${more})`;
}

/** One error for all mistakes of a document; `fields.errors` holds them as JSON. */
export function refused(errors: readonly LocatedProblem[]): BngError {
  const [first] = errors;
  const text = errors.map((error) => `  ${problemText(error)}`).join('\n');
  return new BngError('invalid_argument', `configuration refused:\n${text}`, {
    line: first?.line ?? 0,
    column: first?.column ?? 0,
    errors: JSON.stringify(errors.slice(0, 50)),
  });
}

/** What an apply that did not end well is told as. */
export function failure({ outcome }: Applied): BngError {
  const { result, error } = outcome;
  const why = error?.message ?? result;
  if (result === 'unavailable')
    return new BngError(
      'unavailable',
      `VPP went away during the apply (${why}); the earlier configuration is restored when it is back`,
      {},
      error,
    );
  if (result === 'undone')
    return new BngError(error?.code ?? 'dataplane', `${why}; everything was put back`, error?.fields, error);
  return new BngError(
    'dataplane',
    `${why}; not everything could be put back, the next audit repairs it`,
    error?.fields,
    error,
  );
}

/** Differences as steps that mend them: `before` is what VPP has, `after` what is wanted. */
export function driftSteps({ missing, different, leftover }: Drift): PlanStep[] {
  return [
    ...leftover.map(({ kind, key, spec }) => ({ action: 'remove' as const, kind, key, before: spec })),
    ...missing.map(({ kind, key, spec }) => ({ action: 'create' as const, kind, key, after: spec })),
    ...different.map(({ wanted: { kind, key, spec }, actual }) => ({
      action: 'update' as const,
      kind,
      key,
      before: actual,
      after: spec,
    })),
  ];
}
