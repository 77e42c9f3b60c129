import { ConfirmRequest, ConfirmResponse } from '#gen/bng/v1/configd.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { type CliContext, print } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { versionOf } from '../version.js';

/** Keeps the configuration that waits for it. Exit code 4 when none waits. */
export async function confirm(context: CliContext, _options: object, version?: string): Promise<ExitCode> {
  const client = context.clients.configd();
  const request = ConfirmRequest.fromPartial({
    version: version === undefined ? 0n : versionOf(version),
    user: context.user,
    source: 'cli',
  });
  const answer = await callUnary(client.confirm.bind(client), request, { timeoutMs: context.timeoutMs(60_000) });
  print(context, ConfirmResponse.toJSON(answer), () =>
    context.paint('green', `version ${answer.version} is confirmed: it stays`),
  );
  return EXIT.ok;
}
