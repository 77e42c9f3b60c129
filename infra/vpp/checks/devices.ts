import type { Machine } from '../machine/machine.js';
import { type NetworkCard, networkCardAt, staysWithKernel, userDrivers } from '../machine/network-card.js';
import type { Tree } from '../machine/tree.js';
import { coreListText } from '../settings/quantities.js';
import type { VppSettings } from '../settings/schema.js';
import { type Finding, fault, warning } from './finding.js';

/** Cards for DPDK: they exist, are handed over by the kernel, and lie beside the workers. */
export function checkDevices(settings: VppSettings, machine: Machine, tree: Tree): Finding[] {
  return settings.dpdk.devices.flatMap(({ pci }, index) => {
    const field = `dpdk.devices[${index}].pci`;
    const card = networkCardAt(tree, pci);
    if (!card) return [fault(field, `there is no network card ${pci}`, 'list them: node dist/infra/vpp/nic.js list')];
    return [...checkDriver(field, card), ...checkNode(field, card, settings, machine)];
  });
}

function checkDriver(field: string, card: NetworkCard): Finding[] {
  const { pci, driver } = card;
  if (staysWithKernel(card) || userDrivers.includes(driver)) return [];
  const message = driver ? `${pci} is with the kernel driver ${driver}` : `${pci} has no driver`;
  return [warning(field, message, `hand it over before VPP starts: node dist/infra/vpp/nic.js bind ${pci}`)];
}

function checkNode(field: string, card: NetworkCard, { cpu }: VppSettings, machine: Machine): Finding[] {
  if (!cpu || card.node === undefined) return [];
  const { node } = card;
  const threads = cpu.workers.length > 0 ? cpu.workers : [cpu.mainCore];
  const away = threads.filter((core) => (machine.cores.get(core)?.node ?? node) !== node);
  if (away.length === 0) return [];
  const near = machine.nodes.find(({ id }) => id === node)?.cores ?? [];
  const advice = `cores beside the card: ${coreListText(near) || 'none'}`;
  const message = `${card.pci} is on NUMA node ${node}, cores ${coreListText(away)} are not`;
  return [away.length === threads.length ? fault(field, message, advice) : warning(field, message, advice)];
}
