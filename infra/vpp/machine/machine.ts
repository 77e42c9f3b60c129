import { readCoreList } from '../settings/quantities.js';
import { numberIn, type Tree } from './tree.js';

export interface Core {
  readonly id: number;
  readonly node: number;
  /** Logical cores that share its hardware, itself among them. */
  readonly siblings: readonly number[];
}

/** Hugepages of one size. */
export interface Pages {
  readonly total: number;
  readonly free: number;
}

export interface NumaNode {
  readonly id: number;
  readonly cores: readonly number[];
  /** By the size of a page in bytes. */
  readonly hugepages: ReadonlyMap<number, Pages>;
}

/** What VPP's settings are held against. */
export interface Machine {
  /** Cores that are online, by number. */
  readonly cores: ReadonlyMap<number, Core>;
  /** Cores that the kernel's scheduler leaves alone (isolcpus). */
  readonly isolated: ReadonlySet<number>;
  /** Nodes with memory: VPP puts buffers on each. A machine without NUMA has node 0. */
  readonly nodes: readonly NumaNode[];
  /** Memory that can be had without swapping. */
  readonly availableBytes: number;
  /** Names and numbers of the groups of /etc/group. */
  readonly groups: ReadonlySet<string>;
}

const coreSet = (text: string | undefined): number[] => {
  const read = text === undefined || text === '' ? undefined : readCoreList(text);
  return read?.ok ? read.value : [];
};

/** Reads /sys, /proc and /etc/group. What is not there counts as absent, never as an error. */
export function readMachine(tree: Tree): Machine {
  const online = coreSet(tree.text('/sys/devices/system/cpu/online'));
  const nodes = readNodes(tree, online);
  const nodeOf = (core: number) => nodes.find(({ cores }) => cores.includes(core))?.id ?? 0;
  const cores = online.map((id): [number, Core] => [id, { id, node: nodeOf(id), siblings: siblingsOf(tree, id) }]);
  const withMemory = coreSet(tree.text('/sys/devices/system/node/has_memory'));
  return {
    cores: new Map(cores),
    isolated: new Set(coreSet(tree.text('/sys/devices/system/cpu/isolated'))),
    nodes: withMemory.length === 0 ? nodes : nodes.filter(({ id }) => withMemory.includes(id)),
    availableBytes: Number(/^MemAvailable:\s+(\d+) kB$/m.exec(tree.text('/proc/meminfo') ?? '')?.[1] ?? 0) * 1024,
    groups: readGroups(tree),
  };
}

function siblingsOf(tree: Tree, core: number): number[] {
  const siblings = coreSet(tree.text(`/sys/devices/system/cpu/cpu${core}/topology/thread_siblings_list`));
  return siblings.length > 0 ? siblings : [core];
}

function readNodes(tree: Tree, online: readonly number[]): NumaNode[] {
  const folder = '/sys/devices/system/node';
  const ids = tree.list(folder).flatMap((name) => /^node(\d+)$/.exec(name)?.slice(1).map(Number) ?? []);
  if (ids.length === 0) return [{ id: 0, cores: online, hugepages: readPages(tree, '/sys/kernel/mm/hugepages') }];
  return ids
    .sort((a, b) => a - b)
    .map((id) => ({
      id,
      cores: coreSet(tree.text(`${folder}/node${id}/cpulist`)),
      hugepages: readPages(tree, `${folder}/node${id}/hugepages`),
    }));
}

function readPages(tree: Tree, folder: string): Map<number, Pages> {
  const sizes = tree.list(folder).flatMap((name): [number, Pages][] => {
    const kilobytes = /^hugepages-(\d+)kB$/.exec(name)?.[1];
    if (kilobytes === undefined) return [];
    const count = (file: string) => numberIn(tree, `${folder}/${name}/${file}`) ?? 0;
    return [[Number(kilobytes) * 1024, { total: count('nr_hugepages'), free: count('free_hugepages') }]];
  });
  return new Map(sizes);
}

function readGroups(tree: Tree): Set<string> {
  const lines = (tree.text('/etc/group') ?? '').split('\n').map((line) => line.split(':'));
  return new Set(lines.flatMap(([name, , id]) => [name ?? '', id ?? '']).filter(Boolean));
}
