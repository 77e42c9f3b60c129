import { AclsResponse, ShowAclResponse } from '#gen/bng/v1/configd.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { type CliContext, print } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { safe, table } from '../table.js';
import { UsageError } from '../usage-error.js';

const notCounting = 'VPP counts no matches: aclCounters is false in the configuration, or no ACL is in it';

/** The ACLs with the sums of what their rules matched. */
export async function listAcls(context: CliContext): Promise<ExitCode> {
  const client = context.clients.configd();
  const answer = await callUnary(client.acls.bind(client), {}, { timeoutMs: context.timeoutMs(10_000) });
  print(context, AclsResponse.toJSON(answer) as object, () => {
    if (answer.acls.length === 0) return 'no ACLs';
    const rows = answer.acls.map((acl) => [
      ...[acl.name, acl.rules, acl.in, acl.out, acl.packets, acl.bytes].map(String),
    ]);
    return withNote(
      answer.counting,
      table(['ACL', 'RULES', 'INPUTS', 'OUTPUTS', 'PACKETS', 'BYTES'], rows, context.paint),
    );
  });
  return EXIT.ok;
}

interface ShowOptions {
  hit?: boolean;
  limit: string;
  after: string;
}

/** The rules of one ACL and what each matched since the list was last changed. */
export async function showAcl(context: CliContext, options: ShowOptions, name = ''): Promise<ExitCode> {
  const request = { name, hitOnly: options.hit === true, ...numbers(options) };
  const client = context.clients.configd();
  const answer = await callUnary(client.showAcl.bind(client), request, { timeoutMs: context.timeoutMs(10_000) });
  print(context, ShowAclResponse.toJSON(answer) as object, () => {
    const rows = answer.rules.map((rule) => [
      ...[String(rule.position), String(rule.packets), String(rule.bytes), safe(rule.name), safe(rule.text)],
    ]);
    const text = table(['RULE', 'PACKETS', 'BYTES', 'NAME', ''], rows, context.paint);
    const more = answer.next === 0 ? '' : `\nmore: --after ${answer.next} (${answer.total} rules in all)`;
    return withNote(answer.counting, text + more);
  });
  return EXIT.ok;
}

const withNote = (counting: boolean, text: string): string => (counting ? text : `${text}\n${notCounting}`);

function numbers({ limit, after }: ShowOptions): { limit: number; after: number } {
  for (const [option, text] of Object.entries({ limit, after }))
    if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--${option}: "${text}" is no number`);
  return { limit: Number(limit), after: Number(after) };
}
