import { DisconnectSubscriberResponse, SessionSelector, TerminateCause } from '#gen/bng/v1/subs.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { type CliContext, print } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { safe } from '../table.js';
import { findSession } from './subs-show.js';

export interface DisconnectOptions {
  reason?: string;
}

/** Ends one subscriber's session; accounting says Admin-Reset. */
export async function disconnectSubscriber(
  context: CliContext,
  options: DisconnectOptions,
  key: string,
): Promise<ExitCode> {
  const { sessionId } = await findSession(context, key);
  const client = context.clients.subscribers();
  const request = {
    selector: SessionSelector.fromPartial({ sessionId }),
    cause: TerminateCause.ADMIN_RESET,
    reason: options.reason ?? '',
    source: 'cli',
  };
  const timeoutMs = context.timeoutMs(15_000);
  const answer = await callUnary(client.disconnect.bind(client), request, { timeoutMs });
  print(context, DisconnectSubscriberResponse.toJSON(answer), () => {
    const session = answer.session;
    return `${context.paint('green', 'disconnected')} ${safe(session?.userName ?? '')} ${session?.ipv4 ?? ''} (${sessionId})`;
  });
  return EXIT.ok;
}
