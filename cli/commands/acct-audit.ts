import { type AccountingFinding, AuditAccountingRequest, AuditAccountingResponse } from '#gen/bng/v1/aaa.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { type CliContext, print } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { table } from '../table.js';
import { UsageError } from '../usage-error.js';

export interface AuditOptions {
  session?: string;
  since?: string;
  limit?: string;
}

/** Goes through the ledger of accounting; exit 1 when something was lost. What may have come twice is named. */
export async function auditAccounting(context: CliContext, options: AuditOptions): Promise<ExitCode> {
  const client = context.clients.aaa();
  const wish = { sessionId: options.session ?? '', sinceMs: since(options.since), limit: limit(options.limit) };
  const request = AuditAccountingRequest.fromPartial(wish);
  const timeoutMs = context.timeoutMs(60_000);
  const answer = await callUnary(client.auditAccounting.bind(client), request, { timeoutMs });
  print(context, AuditAccountingResponse.toJSON(answer), () => text(answer, context));
  return answer.findings.some(isFault) ? EXIT.error : EXIT.ok;
}

const isFault = ({ fault }: AccountingFinding): boolean => fault !== 'repeated';

function text(answer: AuditAccountingResponse, context: CliContext): string {
  const { sessions, open, starts, interims, stops, shed, waiting, findings } = answer;
  const heading = ['SESSIONS', 'OPEN', 'STARTS', 'INTERIMS', 'STOPS', 'SHED', 'WAITING'];
  const totals = table(heading, [[sessions, open, starts, interims, stops, shed, waiting].map(String)], context.paint);
  if (findings.length === 0) return `${totals}\nevery record was acknowledged exactly once`;
  const rows = findings.map(({ fault, sessionId, sequence, kind, atMs, detail }) => {
    return [
      fault,
      sessionId,
      sequence === 0n ? '-' : String(sequence),
      kind,
      new Date(Number(atMs)).toISOString(),
      detail,
    ];
  });
  return `${totals}\n${table(['FINDING', 'SESSION', 'EVENT', 'RECORD', 'AT', 'DETAIL'], rows, context.paint)}`;
}

/** `24h`, `7d`, `90m` back from now, as Unix time; 0 without. */
function since(text: string | undefined): bigint {
  if (text === undefined) return 0n;
  const [, digits, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (digits === undefined) throw new UsageError(`--since: "${text}" is not a time like 90m, 24h or 7d`);
  return BigInt(Date.now() - Number(digits) * ({ m: 60_000, h: 3_600_000, d: 86_400_000 }[unit] ?? 0));
}

function limit(text: string | undefined): number {
  const value = text === undefined ? 0 : Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 100_000)
    throw new UsageError(`--limit: "${text}" is not a number up to 100000`);
  return value;
}
