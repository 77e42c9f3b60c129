import { PlanRequest, PlanResponse } from '#gen/bng/v1/configd.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { type CliContext, print } from '../context.js';
import { readSources, showWarnings, withPlace } from '../document.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { plural } from '../format.js';
import { impactText, messagesText, planSummary, planText } from '../plan-text.js';
import { safe } from '../table.js';

export interface DiffOptions {
  /** Absent: VPP against the configuration applied last. */
  file?: string[];
  node?: string;
  messages?: boolean;
  full?: boolean;
}

const nothing = { yaml: '', files: [], name: '' };

/** What an apply would change, or without a file what VPP drifted by. Exit code 3 when there is a difference. */
export async function diff(context: CliContext, options: DiffOptions): Promise<ExitCode> {
  const { file = [], node, messages = false } = options;
  const sources = file.length === 0 ? nothing : await readSources(context, file, node);
  const client = context.clients.configd();
  const request = PlanRequest.fromPartial({ yaml: sources.yaml, files: sources.files, messages });
  const call = callUnary(client.plan.bind(client), request, { timeoutMs: context.timeoutMs(60_000) });
  const plan = await withPlace(sources, call);
  showWarnings(context, sources, plan.warnings);
  print(context, PlanResponse.toJSON(plan), () => planned(context, plan, options));
  return plan.steps.length === 0 ? EXIT.ok : EXIT.differences;
}

function planned({ paint }: CliContext, plan: PlanResponse, { messages, full = false }: DiffOptions): string {
  const foreign = foreignText(plan, full);
  if (plan.steps.length === 0) return `no differences${foreign}`;
  const summary = `${planSummary(plan.steps)}; ${impactText(plan.impact, paint)}`;
  const requests = messages ? `\n\n${messagesText(plan, paint)}` : '';
  return `${planText(plan, paint, full)}\n\n${summary}${requests}${foreign}`;
}

/** What in VPP is left alone, by kind, or with `all` by name. */
function foreignText({ foreign }: PlanResponse, all: boolean): string {
  if (foreign.length === 0) return '';
  const kinds = new Map<string, number>();
  for (const { kind } of foreign) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const named = all
    ? foreign.map(({ text }) => `\n  ${safe(text)}`).join('')
    : ` (${[...kinds].map(([kind, count]) => `${count} ${safe(kind)}`).join(', ')})`;
  return `\n${plural(foreign.length, 'object')} in VPP not of this configuration, left alone${named}`;
}
