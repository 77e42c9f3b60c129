import { type Session, type TimelineEntry, WhyResponse } from '#gen/bng/v1/subs.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { type CliContext, print } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { instant } from '../format.js';
import { sessionTable, stateName } from '../session-text.js';
import { safe, table } from '../table.js';

/** Why a subscriber is up or down: its sessions now, and its newest attempts step by step. */
export async function why(context: CliContext, _options: object, key: string): Promise<ExitCode> {
  const client = context.clients.subscribers();
  const answer = await callUnary(client.why.bind(client), { key }, { timeoutMs: context.timeoutMs(10_000) });
  print(context, WhyResponse.toJSON(answer), () =>
    [nowText(context, answer), ...attempts(context, answer)].join('\n\n'),
  );
  return EXIT.ok;
}

function nowText({ io, paint }: CliContext, { sessions }: WhyResponse): string {
  if (sessions.length === 0) return 'no session now';
  const reasons = sessions.flatMap(({ state, reason }: Session) =>
    reason === '' ? [] : [`${stateName(state)}: ${safe(reason)}`],
  );
  return [sessionTable(sessions, io.nowMs(), paint), ...reasons].join('\n');
}

function attempts({ paint }: CliContext, { entries }: WhyResponse): string[] {
  const bySession = new Map<string, TimelineEntry[]>();
  for (const entry of entries) bySession.set(entry.sessionId, [...(bySession.get(entry.sessionId) ?? []), entry]);
  return [...bySession].map(([sessionId, steps]) => {
    const last = steps.at(-1);
    const who = [last?.mac, last?.place, last?.userName, last?.ipv4]
      .filter((text) => text)
      .map((text) => safe(text ?? ''));
    const rows = steps.map(({ atMs, step, outcome, tookMs, peer, detail }) => [
      instant(atMs),
      step,
      paint(outcome === 'ok' ? 'green' : 'red', outcome),
      tookMs === 0 ? '' : `${tookMs.toFixed(1)} ms`,
      safe(peer),
      safe(detail),
    ]);
    return `attempt ${sessionId}: ${who.join(', ')}\n${table(['TIME', 'STEP', 'OUTCOME', 'TOOK', 'PEER', 'DETAIL'], rows, paint)}`;
  });
}
