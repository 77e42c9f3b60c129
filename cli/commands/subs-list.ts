import { ListSubscribersResponse, type Session, type SubscriberFilter } from '#gen/bng/v1/subs.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { type CliContext, print } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { type FilterOptions, filterOf } from '../session-filter.js';
import { sessionTable } from '../session-text.js';
import { wholeNumber } from '../whole-number.js';

export interface ListOptions extends FilterOptions {
  limit: string;
  after?: string;
  all?: boolean;
}

const PAGE_SIZE = 1000;

/** Subscribers that match every filter, one page or all of them. */
export async function listSubscribers(context: CliContext, options: ListOptions): Promise<ExitCode> {
  const filter = filterOf(options);
  const limit = options.all ? Number.POSITIVE_INFINITY : wholeNumber('--limit', options.limit);
  const page = await collect(context, filter, limit, options.after ?? '');
  print(context, ListSubscribersResponse.toJSON(page), () => {
    if (page.sessions.length === 0) return 'no subscribers match';
    const rows = sessionTable(page.sessions, context.io.nowMs(), context.paint);
    const more = page.nextPageToken === '' ? '' : `; more with --after ${page.nextPageToken}`;
    return `${rows}\n\n${page.sessions.length} of ${page.total}${more}`;
  });
  return EXIT.ok;
}

async function collect(
  context: CliContext,
  filter: SubscriberFilter,
  limit: number,
  after: string,
): Promise<ListSubscribersResponse> {
  const client = context.clients.subscribers();
  const sessions: Session[] = [];
  let pageToken = after;
  for (;;) {
    const pageSize = Math.min(PAGE_SIZE, limit - sessions.length);
    const options = { timeoutMs: context.timeoutMs(10_000) };
    const page = await callUnary(client.list.bind(client), { filter, pageSize, pageToken }, options);
    sessions.push(...page.sessions);
    pageToken = page.nextPageToken;
    if (pageToken === '' || sessions.length >= limit) return { sessions, nextPageToken: pageToken, total: page.total };
  }
}
