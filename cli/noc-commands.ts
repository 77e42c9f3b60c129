import type { Command } from 'commander';
import { bulk, bulkJob, bulkJobs, cancelBulk } from './commands/subs-bulk.js';
import { exportSubscribers } from './commands/subs-export.js';
import { topTalkers } from './commands/subs-top.js';
import { watchRate } from './commands/subs-watch-rate.js';
import type { Action } from './context.js';
import { filtered } from './session-filter.js';
import { several } from './several.js';

/** Commands that look at many subscribers, or do something with many. */
export function addNocCommands(
  subs: Command,
  runs: <O>(action: Action<O>) => (...args: unknown[]) => Promise<void>,
): void {
  subs
    .command('watch-rate <key>')
    .description('what a subscriber sends and receives, once a second')
    .option('--count <n>', 'end after so many lines')
    .action(runs(watchRate));
  filtered(subs.command('top').description('who sends or receives most'))
    .option('--by <side>', 'down, up, both', 'both')
    .option('--limit <n>', 'at most this many', '10')
    .action(runs(topTalkers));
  filtered(subs.command('export').description('subscribers that match, as CSV or JSON on standard output'))
    .option('--format <format>', 'csv, json')
    .action(runs(exportSubscribers));
  filtered(
    subs.command('bulk <action>').description('disconnect, reauthenticate or change many; a preview without --yes'),
  )
    .option('--all', 'every subscriber is meant; needed when there is no filter')
    .option('--reason <text>', 'kept with the job, the sessions and in accounting')
    .option('--yes <count|token>', 'do it, when the selection is still the one previewed')
    .option('--rate <n>', 'sessions begun per second', '20')
    .option('--down <rate>', 'change: towards the subscriber: 512k, 100M, 2.5G')
    .option('--up <rate>', 'change: from the subscriber')
    .option('--profile <name>', 'change: QoS profile; takes the place of rates')
    .option('--on <service>', 'change: service to switch on; again for more', several)
    .option('--off <service>', 'change: service to switch off', several)
    .action(runs(bulk));
  subs
    .command('bulk-jobs')
    .description('bulk jobs, the newest first')
    .option('--limit <n>', 'at most this many', '20')
    .action(runs(bulkJobs));
  subs.command('bulk-show <job>').description('one bulk job and what failed').action(runs(bulkJob));
  subs.command('bulk-cancel <job>').description('stop a bulk job').action(runs(cancelBulk));
}
