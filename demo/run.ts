import { bngctlEnvironment } from '../test/harness/bngctl.js';
import { createScratchDatabase } from '../test/harness/postgres.js';
import { type Stack, startStack } from '../test/harness/stack.js';
import { DemoConsole } from './console.js';
import { demoDataplane } from './lane.js';
import { newDownloadKbps, Story } from './story.js';
import { shortcomings } from './summary.js';

const subscribers = Number(process.env.DEMO_SUBSCRIBERS ?? 100);
const runOnce = process.env.DEMO_ONCE === '1';
const out = new DemoConsole();
const interrupt = new AbortController();
const { signal } = interrupt;
for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => interrupt.abort(new Error('interrupted')));
process.once('disconnect', () => interrupt.abort(new Error('left alone')));
// Nobody reads any more when the terminal is gone; the way down goes on.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

/** Rejects when the demo is to end. */
const interrupted = new Promise<never>((_, reject) => {
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
});
interrupted.catch(() => {});

function showEndpoints(stack: Stack): void {
  out.heading('It stays up: look around');
  for (const [name, { ops }] of stack.services) out.fact(`${name.padEnd(13)} ${ops}/metrics   ${ops}/readyz`);
  out.fact(`configuration ${stack.service('configd').ops}/config`);
  out.fact('');
  for (const [name, value] of Object.entries(bngctlEnvironment(stack))) out.fact(`export ${name}=${value}`);
  out.fact('node dist/cli/bngctl.js status');
  const { host, port, secret } = stack.coa;
  const request = 'Message-Authenticator = 0x00\\nUser-Name = access.100.2\\nCauseway-Download-Kbps = 70000\\n';
  out.fact(`printf '${request}' | radclient -d infra/freeradius ${host}:${port} coa ${secret}`);
  out.fact('');
  out.fact('Ctrl-C ends everything.');
}

/** Something to take away at the end, with the last thing first. */
type Leaving = (() => Promise<void>)[];

async function leave(leaving: Leaving): Promise<void> {
  for (const step of leaving.reverse()) await step().catch((error) => out.bad(String(error)));
}

/** A VPP that was there before is left without our configuration. */
const emptied = (stack: Stack) => async (): Promise<void> => {
  await stack.apply('{}\n').catch((error) => out.bad(`VPP keeps the demo's configuration: ${String(error)}`));
};

async function start(leaving: Leaving): Promise<Stack> {
  if (!Number.isInteger(subscribers) || subscribers < 2 || subscribers > 16_000)
    throw new Error('DEMO_SUBSCRIBERS must be a whole number from 2 to 16000');
  const { lane, dataplane } = await demoDataplane(process.env);
  if (dataplane) leaving.push(() => dataplane.stop());
  const database = process.env.DATABASE_URL ? await createScratchDatabase(process.env.DATABASE_URL) : undefined;
  if (database) leaving.push(() => database.drop());
  out.heading('Starting the system');
  const stack = await startStack({
    lane: { ...lane, kind: 'sim' },
    subscribers,
    apply: false,
    ...(dataplane ? { dataplane } : {}),
    ...(database ? { databaseUrl: database.url } : {}),
    onStarted: (what, ms) => out.good(`${what} (${ms.toFixed(0)} ms)`),
    signal,
  });
  leaving.push(() => stack.stop());
  if (dataplane) leaving.push(emptied(stack));
  return stack;
}

/** What `work` gives, or a rejection as soon as the demo is to end. */
const untilInterrupted = <T>(work: Promise<T>): Promise<T> => {
  work.catch(() => {});
  return Promise.race([work, interrupted]);
};

async function main(leaving: Leaving): Promise<number> {
  const stack = await start(leaving);
  const summary = await untilInterrupted(new Story(stack, out, subscribers, signal).tell());
  const wrong = shortcomings(summary, newDownloadKbps);
  for (const text of wrong) out.bad(text);
  if (!runOnce) {
    showEndpoints(stack);
    await interrupted.catch(() => {});
  }
  await leave(leaving);
  if (runOnce) console.log(JSON.stringify(summary));
  return wrong.length === 0 ? 0 : 1;
}

const leaving: Leaving = [];
try {
  process.exitCode = await main(leaving);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  await leave(leaving);
  process.exitCode = 1;
}
process.exit();
