import { FindResponse, type FoundSession } from '#gen/bng/v1/subs_tools.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { type CliContext, print } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { sessionTable } from '../session-text.js';
import { wholeNumber } from '../whole-number.js';

export interface FindOptions {
  limit: string;
}

/** Subscribers by any of their names, whole or in part, and which name it was. */
export async function findSubscribers(context: CliContext, options: FindOptions, text: string): Promise<ExitCode> {
  const client = context.clients.subscriberTools();
  const request = { text, limit: wholeNumber('--limit', options.limit) };
  const answer = await callUnary(client.find.bind(client), request, { timeoutMs: context.timeoutMs(10_000) });
  print(context, FindResponse.toJSON(answer), () => findings(context, answer));
  return answer.total === 0 ? EXIT.notFound : EXIT.ok;
}

function findings({ io, paint }: CliContext, { found, total }: FindResponse): string {
  if (total === 0) return 'nobody matches';
  const sessions = found.flatMap(({ session }) => session ?? []);
  const marks = found.map(({ keys, whole }: FoundSession) => `${whole ? '=' : '~'} ${keys.join(', ')}`);
  const table = sessionTable(sessions, io.nowMs(), paint, { title: 'FOUND BY', cells: marks });
  return `${table}\n\n${found.length} of ${total}`;
}
