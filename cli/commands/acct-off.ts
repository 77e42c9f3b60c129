import { callUnary } from '#lib/kernel/rpc-client.js';
import { type CliContext, print } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';

/** Sends Accounting-Off: accounting servers close all sessions of this node. */
export async function accountingOff(context: CliContext): Promise<ExitCode> {
  const client = context.clients.aaa();
  await callUnary(client.accountingOff.bind(client), {}, { timeoutMs: context.timeoutMs(30_000) });
  print(context, {}, () => 'Accounting-Off was acknowledged; the next start of aaa sends Accounting-On');
  return EXIT.ok;
}
