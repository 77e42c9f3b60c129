import { Command, CommanderError } from 'commander';
import { BngError } from '#lib/kernel/errors.js';
import { Clients } from './clients.js';
import { auditAccounting } from './commands/acct-audit.js';
import { accountingOff } from './commands/acct-off.js';
import { listAcls, showAcl } from './commands/acl.js';
import { apply } from './commands/apply.js';
import { audit } from './commands/audit.js';
import { bonds } from './commands/bonds.js';
import { confirm } from './commands/confirm.js';
import { diff } from './commands/diff.js';
import { history, historyShow } from './commands/history.js';
import { nexthops } from './commands/nexthops.js';
import { pools } from './commands/pools.js';
import { rollback } from './commands/rollback.js';
import { schema } from './commands/schema.js';
import { status } from './commands/status.js';
import { disconnectSubscriber } from './commands/subs-disconnect.js';
import { findSubscribers } from './commands/subs-find.js';
import { listSubscribers } from './commands/subs-list.js';
import { switchServices } from './commands/subs-service.js';
import { setRate } from './commands/subs-set-rate.js';
import { showSubscriber } from './commands/subs-show.js';
import { why } from './commands/subs-why.js';
import { type Action, type CliContext, paintFor } from './context.js';
import { EXIT, EXIT_HELP, type ExitCode, exitCodeOf, plainReason } from './exit-codes.js';
import type { Io } from './io.js';
import { addNocCommands } from './noc-commands.js';
import { filtered } from './session-filter.js';
import { readSettings, SERVICE_NAMES, SERVICES, type ServiceName } from './settings.js';
import { several } from './several.js';
import { safe } from './table.js';
import { UsageError } from './usage-error.js';

const FILE = 'YAML file, folder of files, or - for standard input; again for more, later over earlier';
const NODE = 'whose overlay in a folder is taken; the one that configd runs on when absent';
const KEY = 'session id, MAC, IPv4 address, line or user name';

interface GlobalOptions {
  json?: boolean;
  timeout?: string;
}

/** Runs one command line (without node and script) and says how it ended. Never throws. */
export async function runCli(args: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const program = buildProgram(io, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    return failure(error, io);
  }
}

function failure(error: unknown, io: Io): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof UsageError) {
    io.err(`bngctl: ${error.message}\n`);
    return EXIT.usage;
  }
  const { code, message } = BngError.from(error);
  const lines = plainReason(message).split('\n').map(safe);
  io.err(lines.length > 1 || /:\d+:\d+: /.test(message) ? `${lines.join('\n')}\n` : `bngctl: ${lines[0]}\n`);
  return exitCodeOf(code);
}

function buildProgram(io: Io, done: (code: ExitCode) => void): Command {
  const program = new Command('bngctl')
    .description('Operates a Causeway broadband network gateway')
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
    .option('--json', 'JSON for scripts instead of text')
    .option('--timeout <seconds>', 'longest wait for an answer')
    .showHelpAfterError('(bngctl --help lists the commands)')
    .addHelpText('after', EXIT_HELP);
  for (const service of SERVICE_NAMES)
    program.option(`--${service} <host:port>`, `gRPC address (${SERVICES[service]})`);
  const runs = <O>(action: Action<O>) => runner(io, action, done);

  const applyCommand = program
    .command('apply')
    .description('apply a configuration file, all of it or nothing')
    .requiredOption('-f, --file <file>', FILE, several)
    .option('--node <name>', NODE);
  changing(applyCommand).action(runs(apply));
  changing(
    program
      .command('rollback <version>')
      .description('apply an earlier version again, whole; bngctl history lists them'),
  ).action(runs(rollback));
  program.command('confirm [version]').description('keep what was applied with --confirm').action(runs(confirm));
  addHistoryCommands(program.command('history'), runs);
  program
    .command('diff')
    .description('what apply would change; without a file: how VPP differs from the configuration')
    .option('-f, --file <file>', FILE, several)
    .option('--node <name>', NODE)
    .option('--messages', 'the requests that VPP would get')
    .option('--full', 'one line for each object')
    .action(runs(diff));
  program
    .command('drift')
    .description('how VPP differs from the configuration, and what in it is not ours; exit 3 when it differs')
    .option('--full', 'one line for each object')
    .action(runs(diff));
  program.command('schema').description('JSON Schema of the configuration, for editors').action(runs(schema));
  program.command('status').description('state of every service').action(runs(status));
  program
    .command('nexthops')
    .description('watched next hops, and the shares of the routes over them')
    .action(runs(nexthops));
  program.command('bonds').description('bonds, their members and what LACP agreed on').action(runs(bonds));
  program
    .command('pools')
    .description('address pools, how full they are, and whether addresses and sessions agree')
    .option('--audit', 'compare addresses with sessions; exit 1 when something does not fit')
    .option('--repair', 'the same, and free what nobody uses')
    .action(runs(pools));
  program
    .command('audit')
    .description(
      'whether sessions, PostgreSQL, addresses, configd, VPP and accounting agree; exit 3 when something does not',
    )
    .option('--repair', 'mend what can be mended, and say what was done')
    .action(runs(audit));
  const acl = program.command('acl').description('access lists');
  acl.command('list').description('all of them, and what they matched').action(runs(listAcls));
  acl
    .command('show <name>')
    .description('the rules of one, and what each matched since the list was changed')
    .option('--hit', 'only rules that matched something')
    .option('--limit <n>', 'at most this many', '1000')
    .option('--after <position>', 'go on after a rule', '0')
    .action(runs(showAcl));
  const acct = program.command('acct').description('accounting');
  acct
    .command('off')
    .description('Accounting-Off: accounting servers close all sessions of this node, for taking it out of service')
    .action(runs(accountingOff));
  acct
    .command('audit')
    .description('whether every Start, interim and Stop was acknowledged exactly once; exit 1 when one was lost')
    .option('--session <id>', 'only this session')
    .option('--since <time>', 'sessions touched in the last 90m, 24h, 7d')
    .option('--limit <n>', 'findings at most', '1000')
    .action(runs(auditAccounting));
  const subs = program.command('subs').description('subscribers');
  addSubscriberCommands(subs, runs);
  addNocCommands(subs, runs);
  return program;
}

/** Options of all that changes the configuration. */
const changing = (command: Command): Command =>
  command
    .option('--dry-run', 'only show what would be done')
    .option('--comment <text>', 'kept in the history')
    .option('--etag <etag>', 'refuse when the configuration is no longer this one')
    .option('--allow-session-loss', 'apply also when sessions, of subscribers or of NAT, are dropped by it')
    .option('--confirm <seconds>', 'take it back by itself unless bngctl confirm comes in time (90, 10m, 1h)')
    .option('--full', 'one line for each object');

function addHistoryCommands(
  command: Command,
  runs: <O>(action: Action<O>) => (...args: unknown[]) => Promise<void>,
): void {
  command
    .description('versions of the configuration: who, when, from where, what became of it')
    .option('--limit <n>', 'at most this many', '20')
    .action(runs(history));
  command
    .command('show <version>')
    .description('one version and what it changed')
    .option('--yaml', 'its text, as apply takes it')
    .action(runs(historyShow));
}

function addSubscriberCommands(
  subs: Command,
  runs: <O>(action: Action<O>) => (...args: unknown[]) => Promise<void>,
): void {
  filtered(subs.command('list').description('subscribers that match every filter'))
    .option('--limit <n>', 'at most this many', '100')
    .option('--after <token>', 'go on where a list ended')
    .option('--all', 'no limit')
    .action(runs(listSubscribers));
  subs
    .command('find <text>')
    .description('subscribers by any name or a part of it: MAC, address, prefix, user, circuit-id, line, session id')
    .option('--limit <n>', 'at most this many', '20')
    .action(runs(findSubscribers));
  subs.command('show <key>').description(`one subscriber by ${KEY}`).action(runs(showSubscriber));
  subs
    .command('why <key>')
    .description('what happened to a subscriber step by step, failed attempts too')
    .action(runs(why));
  subs
    .command('disconnect <key>')
    .description('end a session')
    .option('--reason <text>', 'kept with the session')
    .action(runs(disconnectSubscriber));
  subs
    .command('set-rate <key>')
    .description('change the rates now')
    .option('--down <rate>', 'towards the subscriber: 512k, 100M, 2.5G')
    .option('--up <rate>', 'from the subscriber')
    .option('--reason <text>', 'kept with the session')
    .action(runs(setRate));
  subs
    .command('service <key>')
    .description('switch services on and off now')
    .option('--on <name>', 'service; again for more', several)
    .option('--off <name>', 'service; again for more', several)
    .option('--reason <text>', 'kept with the session')
    .action(runs(switchServices));
}

/** Commander passes the arguments, then the options, then the command. */
function runner<O>(io: Io, action: Action<O>, done: (code: ExitCode) => void) {
  return async (...args: unknown[]): Promise<void> => {
    const command = args.at(-1) as Command;
    const context = contextOf(io, command.optsWithGlobals());
    try {
      done(await action(context, command.opts() as O, ...(args.slice(0, -2) as string[])));
    } finally {
      context.clients.close();
    }
  };
}

function contextOf(io: Io, options: GlobalOptions & Record<string, unknown>): CliContext {
  const seconds = options.timeout === undefined ? undefined : Number(options.timeout);
  if (seconds !== undefined && !(seconds > 0)) throw new UsageError(`--timeout: "${options.timeout}" is not positive`);
  const settings = readSettings(endpointFlags(options), io);
  return {
    io,
    settings,
    clients: new Clients(settings),
    user: io.env.SUDO_USER || io.env.USER || io.login(),
    json: options.json === true,
    timeoutMs: (defaultMs) => (seconds === undefined ? defaultMs : seconds * 1000),
    paint: paintFor(io),
  };
}

const camelCase = (name: string) => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

function endpointFlags(options: Record<string, unknown>): Partial<Record<ServiceName, string>> {
  const given = SERVICE_NAMES.map((service) => [service, options[camelCase(service)]] as const);
  return Object.fromEntries(given.filter(([, value]) => typeof value === 'string'));
}
