import { Session } from '#gen/bng/v1/subs.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { type CliContext, print } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { sessionDetails } from '../session-text.js';

/** The session with this session id, MAC, IPv4 address, line or user name; `not_found` and `ambiguous` as the service says. */
export function findSession(context: CliContext, key: string): Promise<Session> {
  const client = context.clients.subscribers();
  return callUnary(client.get.bind(client), { key }, { timeoutMs: context.timeoutMs(5_000) });
}

export async function showSubscriber(context: CliContext, _options: object, key: string): Promise<ExitCode> {
  const session = await findSession(context, key);
  print(context, Session.toJSON(session), () => sessionDetails(session, context.io.nowMs(), context.paint));
  return EXIT.ok;
}
