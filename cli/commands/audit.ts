import { type AuditFinding, type AuditPart, AuditRequest, AuditResponse } from '#gen/bng/v1/subs.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { type CliContext, print } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { table } from '../table.js';

export interface AuditOptions {
  repair?: boolean;
}

/** Whether everything agrees with the sessions; exit 3 when something does not and was not mended, 5 when a part could not be read. */
export async function audit(context: CliContext, { repair = false }: AuditOptions): Promise<ExitCode> {
  const client = context.clients.subscribers();
  const request = AuditRequest.fromPartial({ repair });
  const answer = await callUnary(client.audit.bind(client), request, { timeoutMs: context.timeoutMs(300_000) });
  print(context, AuditResponse.toJSON(answer), () => text(answer, repair, context));
  if (answer.parts.some(({ error }) => error !== '')) return EXIT.unreachable;
  return answer.findings.some(({ repaired }) => !repaired) ? EXIT.differences : EXIT.ok;
}

function text({ parts, findings }: AuditResponse, repair: boolean, { paint }: CliContext): string {
  const made = table(
    ['PART', 'COMPARED', 'FINDINGS', 'TOOK'],
    parts.map((part) => partRow(part, findings)),
    paint,
  );
  if (findings.length === 0)
    return parts.every(({ error }) => error === '') ? `${made}\neverything that was compared agrees` : made;
  const heading = ['PART', 'FAULT', 'WHAT', 'SESSION', 'EXPECTED', 'FOUND', ...(repair ? ['REPAIR'] : []), 'NOTE'];
  return `${made}\n${table(
    heading,
    findings.map((one) => findingRow(one, repair)),
    paint,
  )}`;
}

function partRow({ name, compared, tookMs, error }: AuditPart, findings: readonly AuditFinding[]): string[] {
  if (error !== '') return [name, '-', `not compared: ${error}`, ''];
  const own = findings.filter(({ part }) => part === name).length;
  return [name, String(compared), String(own), `${Math.round(tookMs)} ms`];
}

function findingRow(one: AuditFinding, repair: boolean): string[] {
  const { part, fault, what, sessionId, expected, found, repaired, note } = one;
  const session = sessionId === what ? '' : sessionId;
  return [part, fault, what, session, expected, found, ...(repair ? [repaired ? 'mended' : 'left'] : []), note];
}
