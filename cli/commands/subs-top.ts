import { TopRequest_Order, TopResponse } from '#gen/bng/v1/subs_tools.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { type CliContext, print } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { speed } from '../format.js';
import { type FilterOptions, filterOf } from '../session-filter.js';
import { addressOf } from '../session-text.js';
import { safe, table } from '../table.js';
import { UsageError } from '../usage-error.js';
import { wholeNumber } from '../whole-number.js';

export interface TopOptions extends FilterOptions {
  by: string;
  limit: string;
}

const ORDERS = { both: TopRequest_Order.UNSPECIFIED, down: TopRequest_Order.DOWN, up: TopRequest_Order.UP } as const;

/** Who sends or receives most, by the last interval between two readings of the counters. */
export async function topTalkers(context: CliContext, options: TopOptions): Promise<ExitCode> {
  const order = Object.entries(ORDERS).find(([name]) => name === options.by)?.[1];
  if (order === undefined) throw new UsageError(`--by: "${options.by}" is none of ${Object.keys(ORDERS).join(', ')}`);
  const request = { order, limit: wholeNumber('--limit', options.limit), filter: filterOf(options) };
  const client = context.clients.subscriberTools();
  const answer = await callUnary(client.top.bind(client), request, { timeoutMs: context.timeoutMs(10_000) });
  print(context, TopResponse.toJSON(answer), () => topText(context, answer));
  return EXIT.ok;
}

function topText({ paint }: CliContext, { talkers, measured, downBps, upBps }: TopResponse): string {
  const all = `${measured} measured, together down ${speed(downBps)}, up ${speed(upBps)}`;
  if (talkers.length === 0) return `nobody sends or receives; ${all}`;
  const rows = talkers.map(({ session, rate }) => [
    speed(rate?.downBps ?? 0),
    speed(rate?.upBps ?? 0),
    String(Math.round(rate?.downPps ?? 0)),
    String(Math.round(rate?.upPps ?? 0)),
    session ? addressOf(session) : '',
    safe(session?.userName ?? ''),
    safe(session?.identity?.line?.name ?? ''),
    session?.sessionId ?? '',
  ]);
  const heading = ['DOWN', 'UP', 'PACKETS/S DOWN', 'UP', 'ADDRESS', 'USER', 'LINE', 'SESSION'];
  return `${table(heading, rows, paint)}\n\n${all}`;
}
