import { ExportRequest_Format } from '#gen/bng/v1/subs_tools.js';
import { readStream } from '#lib/kernel/rpc-client.js';
import type { CliContext } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { type FilterOptions, filterOf } from '../session-filter.js';
import { UsageError } from '../usage-error.js';

export interface ExportOptions extends FilterOptions {
  format?: string;
}

const FORMATS = { csv: ExportRequest_Format.CSV, json: ExportRequest_Format.JSON } as const;

/** Subscribers that match as a file on standard output, as it comes. */
export async function exportSubscribers(context: CliContext, options: ExportOptions): Promise<ExitCode> {
  const name = options.format ?? (context.json ? 'json' : 'csv');
  const format = Object.entries(FORMATS).find(([known]) => known === name)?.[1];
  if (format === undefined) throw new UsageError(`--format: "${name}" is none of ${Object.keys(FORMATS).join(', ')}`);
  const request = { filter: filterOf(options), format };
  for await (const { data } of readStream(context.clients.subscriberTools().export(request)))
    context.io.out(Buffer.from(data).toString('utf8'));
  return EXIT.ok;
}
