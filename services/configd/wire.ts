import {
  ApplyResponse,
  type ConfigError,
  type ForeignObject,
  HistoryEntry,
  type HistoryShowResponse,
  PlanResponse,
  PlanStep_Action,
  type Impact as WireImpact,
  type DiffLine as WireLine,
  type PlanStep as WireStep,
} from '#gen/bng/v1/configd.js';
import type { ApplyResult } from './apply-result.js';
import { excerpt } from './diff/excerpt.js';
import type { Impact } from './diff/impact.js';
import type { DiffLine } from './diff/lines.js';
import { objectText, stepText } from './diff/words.js';
import type { LocatedProblem } from './document/problem.js';
import type { PlanStep } from './reconcile/plan.js';
import type { Resource } from './reconcile/resource.js';
import type { PlanResult } from './service.js';
import type { HistoryDetails, HistoryRow } from './store.js';

const actions = {
  create: PlanStep_Action.CREATE,
  update: PlanStep_Action.UPDATE,
  recreate: PlanStep_Action.RECREATE,
  remove: PlanStep_Action.REMOVE,
} as const satisfies Record<PlanStep['action'], PlanStep_Action>;

const json = (spec: unknown): string => (spec === undefined ? '' : JSON.stringify(spec));

function toStep(step: PlanStep): WireStep {
  const { action, kind, key, before, after } = excerpt(step);
  return { action: actions[action], kind, key, before: json(before), after: json(after), text: stepText(step) };
}

const toLine = ({ action, ...line }: DiffLine): WireLine => ({ action: actions[action], ...line });

const idsNamed = 100;
const toImpact = ({ dropped, reprogrammed, touched }: Impact): WireImpact => ({
  dropped: dropped.length,
  reprogrammed: reprogrammed.length,
  touched: touched.length,
  droppedSessions: dropped.slice(0, idsNamed),
});

const toForeign = ({ kind, key, spec }: Resource): ForeignObject => ({
  kind,
  key,
  spec: json(spec),
  text: objectText(kind, key),
});

const toProblem = ({ file = '', ...problem }: LocatedProblem): ConfigError => ({ ...problem, file });

/** Answer of Apply and Rollback. */
export const toApplied = ({ steps, lines, impact, warnings, confirmUntilMs, ...result }: ApplyResult): ApplyResponse =>
  ApplyResponse.fromPartial({
    ...result,
    confirmUntilMs: BigInt(confirmUntilMs),
    steps: steps.map(toStep),
    lines: lines.map(toLine),
    impact: toImpact(impact),
    warnings: warnings.map(toProblem),
  });

export const toEntry = ({ atMs, ...row }: HistoryRow): HistoryEntry =>
  HistoryEntry.fromPartial({ ...row, atMs: BigInt(atMs) });

/** Answer of HistoryShow. */
export const toDetails = ({ entry, lines, yaml, files }: HistoryDetails): HistoryShowResponse => ({
  entry: toEntry(entry),
  lines: lines.map(toLine),
  yaml,
  files: [...files],
});

/** Answer of Plan. */
export const toPlanned = ({ steps, lines, impact, warnings, messages, foreign, ...plan }: PlanResult): PlanResponse =>
  PlanResponse.fromPartial({
    steps: steps.map(toStep),
    lines: lines.map(toLine),
    impact: toImpact(impact),
    sessionsAffected: plan.sessionsAffected,
    warnings: warnings.map(toProblem),
    messages: messages.map((message) => ({ ...message, examples: [...message.examples] })),
    messagesNote: plan.note,
    foreign: foreign.map(toForeign),
  });
