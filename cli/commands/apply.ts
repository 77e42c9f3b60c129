import { ApplyRequest, ApplyResponse } from '#gen/bng/v1/configd.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { type CliContext, print } from '../context.js';
import { readSources, showWarnings, withPlace } from '../document.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { duration, milliseconds, plural } from '../format.js';
import { impactText, planSummary, planText } from '../plan-text.js';
import { confirmSeconds } from '../version.js';

/** Options of all that changes the configuration. */
export interface ChangeOptions {
  dryRun?: boolean;
  comment?: string;
  etag?: string;
  allowSessionLoss?: boolean;
  /** Time to confirm in. */
  confirm?: string;
  full?: boolean;
}

export interface ApplyOptions extends ChangeOptions {
  /** Files and folders, in their order. */
  file: string[];
  node?: string;
}

/** Applies a document whole, or shows what it would do; refused places are named as file:line:column. */
export async function apply(context: CliContext, options: ApplyOptions): Promise<ExitCode> {
  const sources = await readSources(context, options.file, options.node);
  const client = context.clients.configd();
  const request = ApplyRequest.fromPartial({
    yaml: sources.yaml,
    files: sources.files,
    ...changeFields(context, options),
  });
  const timeoutMs = context.timeoutMs(120_000);
  const answer = await withPlace(sources, callUnary(client.apply.bind(client), request, { timeoutMs }));
  showWarnings(context, sources, answer.warnings);
  print(context, ApplyResponse.toJSON(answer), () => outcomeText(context, answer, options));
  return EXIT.ok;
}

/** What requests that change the configuration have in common. */
export const changeFields = ({ user }: CliContext, options: ChangeOptions) => ({
  dryRun: options.dryRun ?? false,
  baseEtag: options.etag ?? '',
  user,
  source: 'cli',
  comment: options.comment ?? '',
  allowSessionLoss: options.allowSessionLoss ?? false,
  confirmS: confirmSeconds(options.confirm),
});

/** What was done, or would be. */
export function outcomeText({ paint, io }: CliContext, answer: ApplyResponse, { dryRun, full }: ChangeOptions): string {
  if (answer.steps.length === 0) return unchanged(answer);
  const cost = dryRun
    ? 'nothing was sent'
    : `${plural(answer.messagesSent, 'message')} to VPP in ${milliseconds(answer.executeMs)}`;
  const head = dryRun ? 'dry run' : paint('green', `applied as version ${answer.version}`);
  const details = [planSummary(answer.steps), impactText(answer.impact, paint), cost].join('; ');
  const left = duration(Number(answer.confirmUntilMs) - io.nowMs());
  const wait =
    answer.confirmUntilMs === 0n
      ? ''
      : `\n${paint('yellow', `taken back in ${left} unless you confirm it: bngctl confirm ${answer.version}`)}`;
  return `${planText(answer, paint, full)}\n\n${head}: ${details}${wait}`;
}

function unchanged({ version }: ApplyResponse): string {
  if (version === 0n) return 'no changes: VPP has all of it already, no message was sent';
  return `only the text changed (comments, order): stored as version ${version}, no message was sent to VPP`;
}
