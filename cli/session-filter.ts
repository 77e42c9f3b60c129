import type { Command } from 'commander';
import { SessionState, type SubscriberFilter } from '#gen/bng/v1/subs.js';
import { STATES } from './session-text.js';
import { UsageError } from './usage-error.js';
import { wholeNumber } from './whole-number.js';

/** Options that say which subscribers are meant. */
export interface FilterOptions {
  state?: string;
  vlan?: string;
  mac?: string;
  ip?: string;
  user?: string;
  line?: string;
}

/** The options as the services take them; throws UsageError for what cannot be meant. */
export function filterOf(options: FilterOptions): SubscriberFilter {
  const [outer, inner, more] = options.vlan?.split('.') ?? [];
  if (more !== undefined) throw new UsageError(`--vlan: "${options.vlan}" is not OUTER or OUTER.INNER`);
  return {
    state: stateOf(options.state),
    mac: options.mac ?? '',
    ipv4: options.ip?.includes(':') ? '' : (options.ip ?? ''),
    ipv6: options.ip?.includes(':') ? options.ip : '',
    userName: options.user ?? '',
    line: options.line ?? '',
    outerVlan: vlanOf(outer),
    innerVlan: vlanOf(inner),
  };
}

function stateOf(name: string | undefined): SessionState {
  if (name === undefined) return SessionState.UNSPECIFIED;
  const state = Object.entries(STATES).find(([known]) => known === name)?.[1];
  if (state === undefined) throw new UsageError(`--state: "${name}" is none of ${Object.keys(STATES).join(', ')}`);
  return state;
}

function vlanOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const vlan = wholeNumber('--vlan', text);
  if (vlan > 4094) throw new UsageError(`--vlan: ${text} is not between 1 and 4094`);
  return vlan;
}

/** The command with these options. */
export const filtered = (command: Command): Command =>
  command
    .option('--state <state>', 'authorizing, offered, active, terminating, rejected')
    .option('--vlan <outer[.inner]>', 'VLAN of the line')
    .option('--mac <mac>', 'exact, or a prefix ending in *')
    .option('--ip <address>', 'address or prefix')
    .option('--user <name>', 'exact, or with * at either end')
    .option('--line <name>', 'exact, or with * at either end');
