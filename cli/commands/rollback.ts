import { ApplyResponse, RollbackRequest } from '#gen/bng/v1/configd.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { type CliContext, print } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { versionOf } from '../version.js';
import { type ChangeOptions, changeFields, outcomeText } from './apply.js';

/** Applies a version of the history again, whole, or shows what that would do. */
export async function rollback(context: CliContext, options: ChangeOptions, version: string): Promise<ExitCode> {
  const client = context.clients.configd();
  const request = RollbackRequest.fromPartial({
    version: versionOf(version),
    ...changeFields(context, options),
  });
  const answer = await callUnary(client.rollback.bind(client), request, { timeoutMs: context.timeoutMs(120_000) });
  print(context, ApplyResponse.toJSON(answer), () => outcomeText(context, answer, options));
  return EXIT.ok;
}
