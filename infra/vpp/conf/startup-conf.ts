import { bytesText, coreListText } from '../settings/quantities.js';
import type { DeviceSettings, VppSettings } from '../settings/schema.js';
import { ringsOf, type Sizes } from './sizing.js';

/** A line, or a section with its lines. */
type Entry = string | { readonly name: string; readonly entries: readonly (Entry | undefined)[] };

const section = (name: string, ...entries: readonly (Entry | undefined)[]): Entry => ({ name, entries });

/** VPP's startup.conf. The same settings give the same text. */
export function startupConf(settings: VppSettings, sizes: Sizes): string {
  const { sockets, stats, instance } = settings;
  const group = sockets.group && `gid ${sockets.group}`;
  const sections = [
    unixSection(settings),
    section('socksvr', `socket-name ${sockets.api}`),
    section('api-segment', instance && `prefix ${instance}`, group),
    section('api-trace', 'on'),
    sockets.punt === undefined ? undefined : section('punt', `socket ${sockets.punt}`),
    section(
      'statseg',
      `socket-name ${sockets.stats}`,
      `size ${bytesText(sizes.statsBytes)}`,
      `update-interval ${stats.intervalS}`,
      `per-node-counters ${stats.perNode ? 'on' : 'off'}`,
    ),
    cpuSection(settings),
    memorySection(settings, sizes),
    section(
      'buffers',
      `buffers-per-numa ${sizes.buffersPerNuma}`,
      `default data-size ${settings.buffers.dataBytes}`,
      `page-size ${settings.hugepages.size === 'none' ? 'default' : settings.hugepages.size}`,
    ),
    pluginsSection(settings),
    dpdkSection(settings, sizes),
  ];
  const header = '# Rendered from the YAML of this VPP; changes made here are lost. See docs/vpp.md.\n';
  return `${header}${sections.map((entry) => (entry === undefined ? '' : `\n${entryText(entry, '')}`)).join('')}`;
}

function entryText(entry: Entry, indent: string): string {
  if (typeof entry === 'string') return `${indent}${entry}\n`;
  const inner = entry.entries.map((child) => (child ? entryText(child, `${indent}  `) : '')).join('');
  return `${indent}${entry.name} {\n${inner}${indent}}\n`;
}

function unixSection({ sockets, runtimeFolder, logFile, coreDumps }: VppSettings): Entry {
  return section(
    'unix',
    'nodaemon',
    'nosyslog',
    `runtime-dir ${runtimeFolder}`,
    `cli-listen ${sockets.cli}`,
    // The effective group of the process: sockets are made writable for it.
    sockets.group && `gid ${sockets.group}`,
    logFile && `log ${logFile}`,
    ...(coreDumps ? ['full-coredump', 'coredump-size unlimited'] : []),
  );
}

function cpuSection({ cpu }: VppSettings): Entry {
  if (!cpu) return section('cpu');
  return section(
    'cpu',
    `main-core ${cpu.mainCore}`,
    cpu.workers.length > 0 ? `corelist-workers ${coreListText(cpu.workers)}` : undefined,
  );
}

function memorySection({ hugepages }: VppSettings, sizes: Sizes): Entry {
  const { size, mainHeap } = hugepages;
  return section(
    'memory',
    `main-heap-size ${bytesText(sizes.mainHeapBytes)}`,
    mainHeap ? `main-heap-page-size ${size}` : undefined,
    size === 'none' ? undefined : `default-hugepage-size ${size}`,
  );
}

function pluginsSection({ plugins, dpdk }: VppSettings): Entry {
  // With the dpdk plugin on and no device named, VPP would take every network card that is not in use.
  const withDpdk = dpdk.devices.length > 0;
  const enabled = new Set([...plugins.enable, ...(withDpdk ? ['dpdk'] : [])]);
  const disabled = new Set([...plugins.disable, ...(withDpdk ? [] : ['dpdk'])]);
  return section(
    'plugins',
    plugins.folder && `path ${plugins.folder}`,
    plugins.others === 'disable' ? 'plugin default { disable }' : undefined,
    ...[...enabled].sort().map((name) => `plugin ${name}_plugin.so { enable }`),
    ...[...disabled].sort().map((name) => `plugin ${name}_plugin.so { disable }`),
  );
}

function dpdkSection({ dpdk }: VppSettings, sizes: Sizes): Entry | undefined {
  if (dpdk.devices.length === 0) return undefined;
  const devices = dpdk.devices.map((device) => deviceSection(device, sizes));
  return section('dpdk', `uio-driver ${dpdk.driver}`, ...devices);
}

function deviceSection(device: DeviceSettings, { threads }: Sizes): Entry {
  const rings = ringsOf(device, threads);
  return section(
    `dev ${device.pci}`,
    device.name && `name ${device.name}`,
    `num-rx-queues ${rings.rxQueues}`,
    `num-tx-queues ${rings.txQueues}`,
    `num-rx-desc ${rings.rxDescriptors}`,
    `num-tx-desc ${rings.txDescriptors}`,
  );
}
