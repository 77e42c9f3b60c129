import type { Machine } from '../machine/machine.js';
import { coreListText } from '../settings/quantities.js';
import type { VppSettings } from '../settings/schema.js';
import { type Finding, fault, warning } from './finding.js';

/** Cores that VPP is pinned to: they exist, lie on the right node, and nothing else runs on them. */
export function checkCores({ cpu }: VppSettings, machine: Machine): Finding[] {
  if (!cpu) return [];
  return [
    ...missingCores('cpu.mainCore', [cpu.mainCore], machine),
    ...missingCores('cpu.workers', cpu.workers, machine),
    ...coreZero(cpu),
    ...otherNode(cpu, machine),
    ...sharedCores(cpu, machine),
    ...notIsolated(cpu, machine),
  ];
}

type Cpu = NonNullable<VppSettings['cpu']>;
const plural = (cores: readonly number[]) => (cores.length === 1 ? 'core' : 'cores');

function missingCores(field: string, wanted: readonly number[], { cores }: Machine): Finding[] {
  const missing = wanted.filter((core) => !cores.has(core));
  if (missing.length === 0) return [];
  const message = `${plural(missing)} ${coreListText(missing)} ${missing.length === 1 ? 'is' : 'are'} not there`;
  return [fault(field, message, `cores that are online: ${coreListText(cores.keys())}`)];
}

function coreZero({ mainCore, workers }: Cpu): Finding[] {
  const advice = 'the kernel needs core 0 for itself and cannot isolate it; take another one';
  return [
    ...(workers.includes(0) ? [fault('cpu.workers', 'core 0 cannot be a worker', advice)] : []),
    ...(mainCore === 0 ? [warning('cpu.mainCore', 'core 0 is shared with the kernel', advice)] : []),
  ];
}

function otherNode({ mainCore, workers, numaNode }: Cpu, { cores, nodes }: Machine): Finding[] {
  if (numaNode === undefined) return [];
  const node = nodes.find(({ id }) => id === numaNode);
  if (!node) {
    const known = nodes.map(({ id }) => id).join(', ');
    return [fault('cpu.numaNode', `there is no NUMA node ${numaNode} with memory`, `nodes of this machine: ${known}`)];
  }
  const advice = `cores of node ${numaNode}: ${coreListText(node.cores)}`;
  const elsewhere = (wanted: readonly number[]) =>
    wanted.filter((core) => (cores.get(core)?.node ?? numaNode) !== numaNode);
  return (
    [
      ['cpu.mainCore', elsewhere([mainCore])],
      ['cpu.workers', elsewhere(workers)],
    ] as const
  ).flatMap(([field, wrong]) =>
    wrong.length === 0
      ? []
      : [fault(field, `${plural(wrong)} ${coreListText(wrong)} not on NUMA node ${numaNode}`, advice)],
  );
}

/** Two threads of VPP on the two halves of one physical core take half of it each. */
function sharedCores({ mainCore, workers }: Cpu, { cores }: Machine): Finding[] {
  const all = [mainCore, ...workers];
  const pairs = workers.flatMap((core, index) => {
    const earlier = all.slice(0, index + 1);
    const twin = cores.get(core)?.siblings.find((sibling) => sibling !== core && earlier.includes(sibling));
    return twin === undefined ? [] : [`${twin} and ${core}`];
  });
  if (pairs.length === 0) return [];
  const message = `${pairs.join(', ')} are threads of the same physical core`;
  return [warning('cpu.workers', message, 'take one thread of each physical core and leave its twin idle')];
}

function notIsolated({ mainCore, workers }: Cpu, { cores, isolated }: Machine): Finding[] {
  const wanted = workers.length > 0 ? workers : [mainCore];
  const shared = wanted.filter((core) => core !== 0 && cores.has(core) && !isolated.has(core));
  if (shared.length === 0) return [];
  const list = coreListText(wanted);
  const advice = `add to the kernel's command line and reboot: isolcpus=${list} nohz_full=${list} rcu_nocbs=${list}`;
  const verb = shared.length === 1 ? 'is' : 'are';
  const field = workers.length > 0 ? 'cpu.workers' : 'cpu.mainCore';
  return [warning(field, `${plural(shared)} ${coreListText(shared)} ${verb} not isolated`, advice)];
}
