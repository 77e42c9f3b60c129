import { callUnary } from '#lib/kernel/rpc-client.js';
import type { CliContext } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';

/** The JSON Schema of the configuration that this configd accepts, for editors; the same with and without `--json`. */
export async function schema(context: CliContext): Promise<ExitCode> {
  const client = context.clients.configd();
  const { json } = await callUnary(client.schema.bind(client), {}, { timeoutMs: context.timeoutMs(10_000) });
  context.io.out(`${JSON.stringify(JSON.parse(json), null, 2)}\n`);
  return EXIT.ok;
}
