import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { EXIT, type ExitCode, type Output, reasonOf } from './command.js';
import { type NetworkCard, readNetworkCards, staysWithKernel } from './machine/network-card.js';
import { FolderTree, type Tree } from './machine/tree.js';
import { bindCards, type NicContext, planBind, restoreCards } from './nic/bind.js';
import { DriverRecords } from './nic/driver-record.js';
import { listText } from './nic/list.js';
import { type IpJson, systemIp } from './nic/network.js';
import { userDriver } from './nic/rebind.js';
import { readSettings } from './settings/read-settings.js';

const usage = `usage: nic list
       nic bind CARD... | --settings FILE [--force] [--dry-run]
       nic restore CARD... | --all [--dry-run]
Takes network cards from the kernel for VPP (driver vfio-pci), and gives them back to the drivers they had.
CARD is a PCI address (0000:03:00.0) or the name of a network device (eth1). All cards of a command are moved, or none.
  --settings FILE  the dpdk devices of the YAML of VPP
  --force          also cards with addresses, members of bridges and bonds; never the one with the default route or SSH
  --dry-run        say what would be done, do nothing
  --all            every card that was bound from here
  --state FILE     where former drivers are remembered, /var/lib/causeway-nic/drivers.json when absent
  --root DIR       /sys and /proc below this folder
Exit code 0: done, 1: refused or failed, 2: a mistake in the command line.
`;

const options = {
  settings: { type: 'string' },
  force: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  all: { type: 'boolean', default: false },
  state: { type: 'string', default: '/var/lib/causeway-nic/drivers.json' },
  root: { type: 'string', default: '/' },
  help: { type: 'boolean', default: false },
} as const;

/** The machine as the commands see it; tests give their own. */
export interface NicMachine {
  readonly tree?: Tree;
  readonly ip?: IpJson;
  readonly loadModule?: (name: string) => void;
}

class UsageError extends Error {}

/** Runs one command line (without node and script). Never throws. */
export function nicCommand(args: readonly string[], output: Output, machine: NicMachine = {}): ExitCode {
  try {
    const { values, positionals } = parsed(args);
    if (values.help) output.out(usage);
    if (values.help) return EXIT.ok;
    const context: NicContext = {
      tree: machine.tree ?? new FolderTree(values.root),
      ip: machine.ip ?? systemIp,
      loadModule: machine.loadModule ?? modprobe,
      records: new DriverRecords(values.state),
      now: () => new Date(),
    };
    return run({ context, output, values, names: positionals.slice(1) }, positionals[0]);
  } catch (error) {
    const isUsage = error instanceof UsageError;
    output.err(`nic: ${reasonOf(error)}\n${isUsage ? usage : ''}`);
    return isUsage ? EXIT.usage : EXIT.refused;
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(reasonOf(error));
  }
}

interface Call {
  readonly context: NicContext;
  readonly output: Output;
  readonly values: ReturnType<typeof parsed>['values'];
  readonly names: readonly string[];
}

function run(call: Call, verb: string | undefined): ExitCode {
  if (verb === 'bind') return bind(call);
  if (verb === 'restore') return restore(call);
  if (verb !== 'list')
    throw new UsageError(`${verb === undefined ? 'a verb' : `"${verb}"`}: list, bind or restore is expected`);
  call.output.out(listText(call.context));
  return EXIT.ok;
}

function bind({ context, output, values, names }: Call): ExitCode {
  const wanted = [...cardsNamed(context, names), ...cardsOfSettings(context, values.settings)];
  if (wanted.length === 0 && values.settings === undefined) throw new UsageError('no card is named');
  const plan = planBind(context, wanted, values.force);
  for (const note of plan.notes) output.err(`nic: ${note}\n`);
  for (const refusal of plan.refusals) output.err(`nic: refused: ${refusal}\n`);
  if (plan.refusals.length > 0) return EXIT.refused;
  if (!values['dry-run']) bindCards(context, plan.cards);
  for (const card of plan.cards)
    output.out(`${values['dry-run'] ? 'would move' : 'moved'} ${cardText(card)} to ${userDriver}\n`);
  return EXIT.ok;
}

function restore({ context, output, values, names }: Call): ExitCode {
  const remembered = context.records.all();
  const wanted = cardsNamed(context, values.all ? Object.keys(remembered) : names);
  if (wanted.length === 0 && !values.all) throw new UsageError('no card is named');
  const target = ({ pci }: NetworkCard) => remembered[pci]?.driver ?? 'no driver';
  if (values['dry-run']) {
    for (const card of wanted) output.out(`would give ${card.pci} back to ${target(card)}\n`);
    return EXIT.ok;
  }
  const failures = restoreCards(context, wanted);
  for (const failure of failures) output.err(`nic: ${failure}\n`);
  const failed = (card: NetworkCard) => failures.some((failure) => failure.startsWith(card.pci));
  for (const card of wanted.filter((each) => !failed(each))) output.out(`gave ${card.pci} back to ${target(card)}\n`);
  return failures.length > 0 ? EXIT.refused : EXIT.ok;
}

const cardText = ({ pci, driver, interfaces }: NetworkCard) =>
  `${pci}${interfaces.length > 0 ? ` (${interfaces.join(', ')})` : ''} from ${driver ?? 'no driver'}`;

function cardsNamed({ tree }: NicContext, names: readonly string[]): NetworkCard[] {
  const cards = readNetworkCards(tree);
  const wanted = names.map((name) => {
    const pci = name.toLowerCase();
    const card = cards.find((each) => [pci, `0000:${pci}`].includes(each.pci) || each.interfaces.includes(name));
    if (!card) throw new Error(`there is no network card ${name}; nic list shows them`);
    return card;
  });
  return wanted.filter(({ pci }, index) => wanted.findIndex((other) => other.pci === pci) === index);
}

/** Mellanox cards of the settings are left with the kernel, where DPDK wants them. */
function cardsOfSettings(context: NicContext, file: string | undefined): NetworkCard[] {
  if (file === undefined) return [];
  const read = readSettings(readFileSync(file, 'utf8'));
  if (!read.ok) throw new Error(read.problems.map((problem) => `${file}:${problem}`).join('\n'));
  const addresses = read.settings.dpdk.devices.map(({ pci }) => pci);
  return cardsNamed(context, addresses).filter((card) => !staysWithKernel(card));
}

function modprobe(name: string): void {
  const result = spawnSync('modprobe', [name], { encoding: 'utf8' });
  if (result.status !== 0)
    throw new Error(`modprobe ${name}: ${result.error?.message ?? (result.stderr.trim() || 'failed')}`);
}
