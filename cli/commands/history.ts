import { HistoryEntry, HistoryShowResponse } from '#gen/bng/v1/configd.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { type CliContext, print } from '../context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { instant, milliseconds, plural } from '../format.js';
import { planText } from '../plan-text.js';
import { type Colour, safe, table } from '../table.js';
import { UsageError } from '../usage-error.js';
import { versionOf } from '../version.js';

const colours: Readonly<Record<string, Colour>> = { applied: 'green', reverted: 'yellow', failed: 'red' };

/** Versions of the configuration, the newest first. */
export async function history(context: CliContext, { limit }: { limit: string }): Promise<ExitCode> {
  if (!/^[1-9]\d{0,3}$/.test(limit)) throw new UsageError(`--limit: "${limit}" is not a number of versions`);
  const client = context.clients.configd();
  const call = callUnary(
    client.history.bind(client),
    { limit: Number(limit) },
    { timeoutMs: context.timeoutMs(10_000) },
  );
  const { entries } = await call;
  print(context, { entries: entries.map(HistoryEntry.toJSON) }, () => {
    if (entries.length === 0) return 'no configuration was applied yet';
    const heading = ['VERSION', 'WHEN', 'WHO', 'FROM', 'OUTCOME', 'OBJECTS', 'SESSIONS', 'TOOK', 'COMMENT'];
    const rows = entries.map((entry) => [
      String(entry.version),
      instant(entry.atMs),
      safe(entry.user),
      safe(origin(entry)),
      context.paint(colours[entry.outcome] ?? 'dim', entry.outcome),
      String(entry.steps),
      String(entry.sessionsAffected),
      milliseconds(entry.durationMs),
      safe(entry.comment),
    ]);
    return table(heading, rows, context.paint);
  });
  return EXIT.ok;
}

/** One version: who, when, from where, why, what it changed, and with `--yaml` its text. Exit code 4 when there is none. */
export async function historyShow(
  context: CliContext,
  { yaml }: { yaml?: boolean },
  version: string,
): Promise<ExitCode> {
  const client = context.clients.configd();
  const request = { version: versionOf(version) };
  const answer = await callUnary(client.historyShow.bind(client), request, { timeoutMs: context.timeoutMs(10_000) });
  print(context, HistoryShowResponse.toJSON(answer), () => (yaml ? answer.yaml.trimEnd() : details(context, answer)));
  return EXIT.ok;
}

/** The address without its port, beside the way it came. */
const origin = ({ source, peer }: HistoryEntry): string => {
  const address = peer.replace(/^ipv[46]:/, '').replace(/:\d+$/, '');
  return [source, address].filter(Boolean).join(' ');
};

function details({ paint }: CliContext, { entry, lines, files }: HistoryShowResponse): string {
  if (!entry) return '';
  const facts: [string, string][] = [
    ['version', String(entry.version)],
    ['when', instant(entry.atMs)],
    ['who', safe(entry.user)],
    ['from', safe(origin(entry))],
    ['comment', safe(entry.comment)],
    ['outcome', paint(colours[entry.outcome] ?? 'dim', entry.outcome) + (entry.detail && `: ${safe(entry.detail)}`)],
    ['changed', `${plural(entry.steps, 'object')}, ${plural(entry.messagesSent, 'message')} to VPP`],
    ['sessions', `${plural(entry.sessionsAffected, 'session')} affected`],
    ['took', milliseconds(entry.durationMs)],
    ['files', files.map(({ name }) => safe(name)).join(', ')],
  ];
  const width = 10;
  const head = facts.filter(([, value]) => value !== '').map(([name, value]) => `${name.padEnd(width)}${value}`);
  const changes = planText({ steps: [], lines }, paint);
  return changes === '' ? head.join('\n') : `${head.join('\n')}\n\n${changes}`;
}
