import { z } from 'zod';
import { type Read, readBytes, readCoreList } from './quantities.js';

/** Separates the messages of several unknown keys, which zod reports as one issue. */
export const messageBreak = '\n';

const shown = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? 'a list or mapping'
    : value === undefined
      ? 'nothing'
      : JSON.stringify(value);

/** A mapping with exactly these keys. */
function mapping<S extends z.core.$ZodLooseShape>(shape: S) {
  const known = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => `unknown key ${JSON.stringify(key)}; known here: ${known}`).join(messageBreak)
        : `a mapping is expected, not ${shown(issue.input)}`,
  });
}

/** A scalar written as text or number. */
function scalar<T>(read: (text: string) => Read<T>, expected: string) {
  return z
    .union([z.string(), z.number()], { error: (issue) => `${expected} is expected, not ${shown(issue.input)}` })
    .transform((input, context): T => {
      const result = read(String(input));
      if (result.ok) return result.value;
      context.addIssue({ code: 'custom', message: result.message });
      return z.NEVER;
    });
}

const integer = (what: string, min: number, max: number) => {
  const error = (issue: { input?: unknown }) =>
    `${what} is a whole number from ${min} to ${max}, not ${shown(issue.input)}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};
const text = (pattern: RegExp, expected: string) => {
  const error = (issue: { input?: unknown }) => `${expected} is expected, not ${shown(issue.input)}`;
  return z.string({ error }).regex(pattern, { error });
};
const oneOf = <const V extends readonly [string, ...string[]]>(values: V) =>
  z.enum(values, { error: (issue) => `${values.join(' or ')} is expected, not ${shown(issue.input)}` });
const flag = z.boolean({ error: (issue) => `true or false is expected, not ${shown(issue.input)}` });

const bytes = scalar(readBytes, 'a size');
const atLeast = (least: number, name: string) =>
  bytes.refine((value) => value >= least, { error: `at least ${name} is needed` });
const cores = z.preprocess(
  (input) => (Array.isArray(input) ? input.join(',') : input),
  scalar(readCoreList, 'a list of cores'),
);
const path = text(/^\/[\w.@/-]{1,254}$/, 'an absolute path without spaces');
/** sun_path holds 107 characters and a zero (unix(7)). */
const socketPath = text(/^\/[\w.@/-]{1,106}$/, 'the absolute path of a socket, at most 107 characters,');
const word = text(/^[A-Za-z][A-Za-z0-9_-]{0,31}$/, 'a name of letters, digits, "-" and "_"');
const pluginName = text(/^[a-z0-9][a-z0-9_]{0,47}$/, 'the name of a plugin without "_plugin.so" (nat, linux_cp)');
const pciAddress = text(
  /^[0-9a-fA-F]{4}:[0-9a-fA-F]{2}:[01][0-9a-fA-F]\.[0-7]$/,
  'a PCI address in full (0000:03:00.0)',
).transform((address) => address.toLowerCase());

const queues = {
  rxQueues: integer('a number of queues', 1, 256).optional(),
  txQueues: integer('a number of queues', 1, 256).optional(),
  rxDescriptors: integer('a number of descriptors', 64, 16_384).default(1024),
  txDescriptors: integer('a number of descriptors', 64, 16_384).default(1024),
};

const device = mapping({
  pci: pciAddress,
  /** What VPP calls it; absent: VPP's own name (TenGigabitEthernet3/0/0). */
  name: word.optional(),
  /** Receive queues; absent: one for each worker. */
  ...queues,
});

/** The YAML of one VPP: what of the machine it takes, and how much it is going to hold. */
export const settingsSchema = mapping({
  /** What memory is sized from. */
  scale: mapping({
    subscribers: integer('a number of subscribers', 0, 1_000_000).default(1000),
    /** Interfaces and sub-interfaces; absent: one for each subscriber and 64. */
    interfaces: integer('a number of interfaces', 1, 2_000_000).optional(),
    /** Routes that are not subscribers' own; a full table is 1.2 million. */
    routes: integer('a number of routes', 0, 10_000_000).default(10_000),
    /** Rules of all ACLs together. */
    aclRules: integer('a number of rules', 0, 10_000_000).default(0),
    natSessions: integer('a number of NAT sessions', 0, 100_000_000).default(0),
  }).prefault({}),
  /** Absent: one thread, on no certain core. For labs. */
  cpu: mapping({
    mainCore: integer('a core', 0, 4095),
    /** Absent: the main thread forwards too. */
    workers: cores.default([]),
    /** All cores have to lie on this NUMA node. */
    numaNode: integer('a NUMA node', 0, 31).optional(),
  }).optional(),
  hugepages: mapping({
    /** Pages that packet buffers lie in; `none` is for labs. */
    size: oneOf(['2M', '1G', 'none']).default('2M'),
    /** The main heap in hugepages too. */
    mainHeap: flag.default(false),
  }).prefault({}),
  memory: mapping({
    /** Absent: computed from `scale`. */
    mainHeap: atLeast(2 ** 28, '256M').optional(),
  }).prefault({}),
  buffers: mapping({
    /** Packet buffers on each NUMA node; absent: computed from the queues of the devices and the threads. */
    perNuma: integer('a number of buffers', 1024, 10_000_000).optional(),
    /** Room for data in each; a longer packet takes several. */
    dataBytes: integer('a size in bytes', 1024, 9216).default(2048),
  }).prefault({}),
  sockets: mapping({
    /** Group that may use the sockets; absent: root only. */
    group: word.optional(),
    api: socketPath.default('/run/vpp/api.sock'),
    cli: socketPath.default('/run/vpp/cli.sock'),
    stats: socketPath.default('/run/vpp/stats.sock'),
    /** Where packets that VPP does not handle itself may be fetched; absent: nowhere. */
    punt: socketPath.optional(),
  }).prefault({}),
  stats: mapping({
    /** Size of the statistics segment; absent: computed from `scale`. VPP ends when it is full. */
    size: atLeast(2 ** 25, '32M').optional(),
    /** Time between two refreshes of the counters of nodes, buffers and memory. */
    intervalS: integer('a number of seconds', 1, 3600).default(10),
    perNode: flag.default(false),
  }).prefault({}),
  plugins: mapping({
    /** What happens to plugins that are named nowhere; `asBuilt`: what VPP ships with. */
    others: oneOf(['asBuilt', 'disable']).default('asBuilt'),
    enable: z.array(pluginName, { error: 'a list of plugins is expected' }).default([]),
    disable: z.array(pluginName, { error: 'a list of plugins is expected' }).default([]),
    /** Folder the plugins lie in; absent: beside the program. */
    folder: path.optional(),
  }).prefault({}),
  dpdk: mapping({
    devices: z.array(device, { error: 'a list of devices is expected' }).default([]),
    driver: oneOf(['vfio-pci', 'auto']).default('vfio-pci'),
  }).prefault({}),
  runtimeFolder: path.default('/run/vpp'),
  /** Log file besides the standard error output; absent: none. */
  logFile: path.optional(),
  coreDumps: flag.default(false),
  /** Sets this VPP apart from another one on the machine. */
  instance: word.optional(),
}).superRefine(contradictions);

export type VppSettings = z.output<typeof settingsSchema>;
export type DeviceSettings = VppSettings['dpdk']['devices'][number];

interface Draft {
  readonly cpu?: { readonly mainCore: number; readonly workers: readonly number[] } | undefined;
  readonly hugepages: { readonly size: string; readonly mainHeap: boolean };
  readonly plugins: { readonly enable: readonly string[]; readonly disable: readonly string[] };
  readonly dpdk: { readonly devices: readonly { readonly pci: string; readonly name?: string | undefined }[] };
}

/** What each value alone does not show. */
function contradictions(draft: Draft, context: z.core.$RefinementCtx): void {
  const fault = (at: (string | number)[], message: string) => context.addIssue({ code: 'custom', path: at, message });
  const { cpu, hugepages, plugins, dpdk } = draft;
  if (cpu?.workers.includes(cpu.mainCore))
    fault(['cpu', 'workers'], `core ${cpu.mainCore} is the main core; take it out of the list`);
  if (hugepages.mainHeap && hugepages.size === 'none')
    fault(['hugepages', 'mainHeap'], 'hugepages are switched off by "size: none"');
  for (const [index, name] of plugins.disable.entries())
    if (plugins.enable.includes(name)) fault(['plugins', 'disable', index], `"${name}" is enabled as well`);
  if (dpdk.devices.length > 0 && plugins.disable.includes('dpdk'))
    fault(['plugins', 'disable'], 'dpdk is disabled, but dpdk.devices are given');
  if (dpdk.devices.length === 0 && plugins.enable.includes('dpdk'))
    fault(['plugins', 'enable'], 'without dpdk.devices, the dpdk plugin would take every free network card');
  repeated(dpdk.devices.map(({ pci }) => pci)).forEach(([index, pci]) => {
    fault(['dpdk', 'devices', index, 'pci'], `${pci} is named twice`);
  });
  repeated(dpdk.devices.map(({ name }) => name)).forEach(([index, name]) => {
    fault(['dpdk', 'devices', index, 'name'], `"${name}" is the name of another device`);
  });
}

const repeated = (values: readonly (string | undefined)[]): [index: number, value: string][] =>
  values.flatMap((value, index): [number, string][] =>
    value !== undefined && values.indexOf(value) !== index ? [[index, value]] : [],
  );
