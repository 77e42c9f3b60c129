import { setTimeout as sleep } from 'node:timers/promises';
import {
  BulkChange,
  BulkJob,
  type BulkSelection,
  ListBulkResponse,
  PreviewBulkResponse,
} from '#gen/bng/v1/subs_tools.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { type CliContext, print } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { instant } from '../format.js';
import { type FilterOptions, filterOf } from '../session-filter.js';
import { rateOption } from '../session-rates.js';
import { sessionTable } from '../session-text.js';
import { safe, table } from '../table.js';
import { UsageError } from '../usage-error.js';
import { wholeNumber } from '../whole-number.js';

export interface BulkOptions extends FilterOptions {
  all?: boolean;
  reason?: string;
  yes?: string;
  rate: string;
  down?: string;
  up?: string;
  profile?: string;
  on?: string[];
  off?: string[];
}

const POLL_MS = 500;

/** A preview, or with `--yes` the job itself, followed to its end. */
export async function bulk(context: CliContext, options: BulkOptions, action: string): Promise<ExitCode> {
  const selection = { filter: filterOf(options), all: options.all === true, action: actionOf(action, options) };
  return options.yes === undefined ? preview(context, selection) : start(context, selection, options, options.yes);
}

function actionOf(action: string, options: BulkOptions): BulkSelection['action'] {
  switch (action) {
    case 'disconnect':
      return { $case: 'disconnect', value: {} };
    case 'reauthenticate':
      return { $case: 'reauthenticate', value: {} };
    case 'change':
      return { $case: 'change', value: changeOf(options) };
    default:
      throw new UsageError(`"${action}" is none of disconnect, reauthenticate, change`);
  }
}

function changeOf({ down, up, profile, on = [], off = [] }: BulkOptions): BulkChange {
  const policy = { downloadBps: rateOption('--down', down), uploadBps: rateOption('--up', up), profile };
  const nothing = Object.values(policy).every((value) => value === undefined) && on.length + off.length === 0;
  if (nothing) throw new UsageError('give --down, --up, --profile, --on or --off');
  return BulkChange.fromPartial({ policy, activate: on, deactivate: off });
}

async function preview(context: CliContext, selection: BulkSelection): Promise<ExitCode> {
  const client = context.clients.subscriberTools();
  const options = { timeoutMs: context.timeoutMs(10_000) };
  const answer = await callUnary(client.previewBulk.bind(client), { selection }, options);
  print(context, PreviewBulkResponse.toJSON(answer), () => {
    if (answer.count === 0) return 'nobody matches';
    const some = sessionTable(answer.first, context.io.nowMs(), context.paint);
    const more = answer.count > answer.first.length ? `\n... and ${answer.count - answer.first.length} more` : '';
    const how = `--reason TEXT --yes ${answer.count} (so many), or --yes ${answer.token} (exactly these)`;
    return `${some}${more}\n\n${answer.count} subscribers would be touched. Nothing is done yet; go on with ${how}`;
  });
  return EXIT.ok;
}

async function start(
  context: CliContext,
  selection: BulkSelection,
  options: BulkOptions,
  yes: string,
): Promise<ExitCode> {
  if (options.reason === undefined) throw new UsageError('--reason is needed');
  const isCount = /^\d+$/.test(yes);
  const client = context.clients.subscriberTools();
  const request = {
    selection,
    reason: options.reason,
    token: isCount ? '' : yes,
    expectedCount: isCount ? Number(yes) : undefined,
    ratePerS: wholeNumber('--rate', options.rate),
    user: context.user,
    source: 'cli',
  };
  const job = await callUnary(client.startBulk.bind(client), request, { timeoutMs: context.timeoutMs(10_000) });
  return follow(context, job);
}

/** Shows how far it is until it has ended; ending the command does not end the job. */
async function follow(context: CliContext, begun: BulkJob): Promise<ExitCode> {
  const client = context.clients.subscriberTools();
  if (!context.json) context.io.err(`job ${begun.id}: bngctl subs bulk-cancel ${begun.id} stops it\n`);
  let job = begun;
  while (job.state === 'running') {
    await sleep(POLL_MS);
    job = await callUnary(client.getBulk.bind(client), { id: job.id }, { timeoutMs: context.timeoutMs(10_000) });
    if (!context.json) context.io.err(`${progress(job)}\n`);
  }
  print(context, BulkJob.toJSON(job), () => jobText(job));
  return job.state === 'done' && job.failed === 0 ? EXIT.ok : EXIT.error;
}

const progress = ({ done, failed, gone, total }: BulkJob): string =>
  `${done + failed + gone} of ${total}: ${done} done, ${failed} failed, ${gone} gone before their turn`;

function jobText(job: BulkJob): string {
  const failures = job.failures.map(({ sessionId, error }) => `  ${sessionId}: ${safe(error)}`);
  return [`${job.state}: ${safe(job.detail)} (${safe(job.reason)})`, progress(job), ...failures].join('\n');
}

/** Jobs of the past and the one that runs. */
export async function bulkJobs(context: CliContext, options: { limit: string }): Promise<ExitCode> {
  const client = context.clients.subscriberTools();
  const request = { limit: wholeNumber('--limit', options.limit) };
  const answer = await callUnary(client.listBulk.bind(client), request, { timeoutMs: context.timeoutMs(10_000) });
  print(context, ListBulkResponse.toJSON(answer), () => {
    if (answer.jobs.length === 0) return 'no bulk jobs yet';
    const rows = answer.jobs.map((job) => [
      ...[instant(job.startedMs), job.id, job.state, `${job.done}/${job.total}`, String(job.failed), String(job.gone)],
      ...[safe(job.user), safe(job.detail), safe(job.reason)],
    ]);
    const heading = ['STARTED', 'JOB', 'STATE', 'DONE', 'FAILED', 'GONE', 'USER', 'WHAT', 'REASON'];
    return table(heading, rows, context.paint);
  });
  return EXIT.ok;
}

/** One job with its failures. */
export async function bulkJob(context: CliContext, _options: object, id: string): Promise<ExitCode> {
  const client = context.clients.subscriberTools();
  const job = await callUnary(client.getBulk.bind(client), { id }, { timeoutMs: context.timeoutMs(10_000) });
  print(context, BulkJob.toJSON(job), () => jobText(job));
  return EXIT.ok;
}

/** Stops a job: nobody new is begun with. */
export async function cancelBulk(context: CliContext, _options: object, id: string): Promise<ExitCode> {
  const client = context.clients.subscriberTools();
  const job = await callUnary(client.cancelBulk.bind(client), { id }, { timeoutMs: context.timeoutMs(30_000) });
  print(context, BulkJob.toJSON(job), () => jobText(job));
  return EXIT.ok;
}
