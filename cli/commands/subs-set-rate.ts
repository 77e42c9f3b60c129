import { SessionSelector, UpdateSubscriberRequest, UpdateSubscriberResponse } from '#gen/bng/v1/subs.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { type CliContext, print } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { milliseconds, rate } from '../format.js';
import { rateOption } from '../session-rates.js';
import { UsageError } from '../usage-error.js';
import { findSession } from './subs-show.js';

export interface SetRateOptions {
  down?: string;
  up?: string;
  reason?: string;
}

/** Changes a subscriber's rates now, as a CoA does; a direction that is not named stays. */
export async function setRate(context: CliContext, options: SetRateOptions, key: string): Promise<ExitCode> {
  const policy = { downloadBps: rateOption('--down', options.down), uploadBps: rateOption('--up', options.up) };
  if (policy.downloadBps === undefined && policy.uploadBps === undefined)
    throw new UsageError('give --down, --up or both');
  const before = await findSession(context, key);
  const client = context.clients.subscribers();
  const selector = SessionSelector.fromPartial({ sessionId: before.sessionId });
  const request = UpdateSubscriberRequest.fromPartial({
    selector,
    policy,
    reason: options.reason ?? '',
    source: 'cli',
  });
  const timeoutMs = context.timeoutMs(15_000);
  const answer = await callUnary(client.update.bind(client), request, { timeoutMs });
  print(context, UpdateSubscriberResponse.toJSON(answer), () => {
    const now = answer.session?.policy;
    const down = `down ${rate(before.policy?.downloadBps)} -> ${rate(now?.downloadBps)}`;
    const up = `up ${rate(before.policy?.uploadBps)} -> ${rate(now?.uploadBps)}`;
    return `${context.paint('green', 'changed')} ${before.sessionId}: ${down}, ${up}; VPP confirmed in ${milliseconds(answer.vppMs)}`;
  });
  return EXIT.ok;
}
