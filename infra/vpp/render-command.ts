import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { replaceFile } from './atomic-file.js';
import { checkMachine } from './checks/check.js';
import type { Finding } from './checks/finding.js';
import { EXIT, type ExitCode, type Output, reasonOf } from './command.js';
import { type Sizes, sizesOf } from './conf/sizing.js';
import { startupConf } from './conf/startup-conf.js';
import { FolderTree } from './machine/tree.js';
import { bytesText } from './settings/quantities.js';
import { type Locate, readSettings } from './settings/read-settings.js';

const usage = `usage: render --settings FILE [--output FILE] [--dry-run] [--force] [--root DIR]
Renders VPP's startup.conf from a YAML, after holding it against this machine.
  --settings FILE  the YAML (infra/vpp/vpp.yaml is a sample)
  --output FILE    where the result goes, /etc/vpp/startup.conf when absent; replaced whole or not at all
  --dry-run        print the result and what was found, write nothing
  --force          write although the machine does not fit
  --root DIR       read /sys, /proc and /etc below this folder
Exit code 0: done, 1: the machine does not fit, 2: mistakes in the settings or the command line.
`;

const options = {
  settings: { type: 'string' },
  output: { type: 'string', default: '/etc/vpp/startup.conf' },
  'dry-run': { type: 'boolean', default: false },
  force: { type: 'boolean', default: false },
  root: { type: 'string', default: '/' },
  help: { type: 'boolean', default: false },
} as const;

/** Runs one command line (without node and script). Never throws. */
export function renderCommand(args: readonly string[], output: Output): ExitCode {
  try {
    const { values } = parseArgs({ args: [...args], options });
    if (values.help) output.out(usage);
    if (values.help) return EXIT.ok;
    if (values.settings === undefined) throw new Error('--settings is missing');
    return render({ ...values, settings: values.settings }, output);
  } catch (error) {
    output.err(`render: ${reasonOf(error)}\n${isUsage(error) ? usage : ''}`);
    return EXIT.usage;
  }
}

const isUsage = (error: unknown) =>
  error instanceof Error &&
  (/^ERR_PARSE_ARGS/.test(String((error as NodeJS.ErrnoException).code)) || /^--/.test(error.message));

interface RenderOptions {
  readonly settings: string;
  readonly output: string;
  readonly 'dry-run': boolean;
  readonly force: boolean;
  readonly root: string;
}

function render(given: RenderOptions, output: Output): ExitCode {
  const read = readSettings(readFileSync(given.settings, 'utf8'));
  if (!read.ok) {
    for (const problem of read.problems) output.err(`${given.settings}:${problem}\n`);
    return EXIT.usage;
  }
  const sizes = sizesOf(read.settings);
  const conf = startupConf(read.settings, sizes);
  const findings = checkMachine(read.settings, sizes, new FolderTree(given.root));
  for (const finding of findings) output.err(findingText(finding, given.settings, read.locate));
  output.err(sizesText(sizes));
  const unfit = findings.some(({ severity }) => severity === 'error');
  if (given['dry-run']) {
    output.out(conf);
    return unfit && !given.force ? EXIT.refused : EXIT.ok;
  }
  if (unfit && !given.force) {
    output.err(`render: ${given.output} was not written; --force writes it nevertheless\n`);
    return EXIT.refused;
  }
  output.err(`render: ${given.output} ${store(given.output, conf)}\n`);
  return EXIT.ok;
}

function store(file: string, conf: string): 'is unchanged' | 'written' {
  if (existsSync(file) && readFileSync(file, 'utf8') === conf) return 'is unchanged';
  replaceFile(file, conf);
  return 'written';
}

/** `vpp.yaml:12:3: warning: cpu.workers: core 3 is not isolated; add ...` */
const findingText = ({ severity, field, message, advice }: Finding, file: string, locate: Locate) =>
  `${file}:${locate(field)}: ${severity}: ${field}: ${message}; ${advice}\n`;

function sizesText({ mainHeapBytes, statsBytes, buffersPerNuma, bufferBytes, interfaces }: Sizes): string {
  const buffers = `${buffersPerNuma} buffers of ${bufferBytes} bytes on each NUMA node`;
  return `sizes: heap ${bytesText(mainHeapBytes)}, statistics ${bytesText(statsBytes)} (${interfaces} interfaces), ${buffers}\n`;
}
