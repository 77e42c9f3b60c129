import { SessionSelector, UpdateSubscriberRequest, UpdateSubscriberResponse } from '#gen/bng/v1/subs.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { type CliContext, print } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { milliseconds } from '../format.js';
import { safe } from '../table.js';
import { UsageError } from '../usage-error.js';
import { findSession } from './subs-show.js';

export interface ServiceOptions {
  on?: string[];
  off?: string[];
  reason?: string;
}

/** Switches services of a subscriber on and off now, as a CoA does: all of them or none. */
export async function switchServices(context: CliContext, options: ServiceOptions, key: string): Promise<ExitCode> {
  const { on = [], off = [], reason = '' } = options;
  if (on.length + off.length === 0) throw new UsageError('give --on, --off or both');
  const { sessionId } = await findSession(context, key);
  const client = context.clients.subscribers();
  const selector = SessionSelector.fromPartial({ sessionId });
  const request = { selector, activate: on, deactivate: off, reason, source: 'cli' };
  const timeoutMs = context.timeoutMs(15_000);
  const answer = await callUnary(client.update.bind(client), UpdateSubscriberRequest.fromPartial(request), {
    timeoutMs,
  });
  print(context, UpdateSubscriberResponse.toJSON(answer), () => {
    const names = answer.session?.services.map(({ name }) => safe(name)).join(', ') || 'none';
    return `${context.paint('green', 'changed')} ${sessionId}: services ${names}; VPP confirmed in ${milliseconds(answer.vppMs)}`;
  });
  return EXIT.ok;
}
