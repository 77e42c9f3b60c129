import { type NetworkCard, pciFolder } from '../machine/network-card.js';
import { linkName, type Tree } from '../machine/tree.js';

const noIommuSwitch = '/sys/module/vfio/parameters/enable_unsafe_noiommu_mode';

/** `refusal`: vfio-pci would not work; `note`: it works, with something to know. */
export type IommuState =
  | { readonly kind: 'good' }
  | { readonly kind: 'note'; readonly message: string }
  | { readonly kind: 'refusal'; readonly message: string };

const enableAdvice =
  "switch it on in the firmware (VT-d, AMD-Vi) and add to the kernel's command line: intel_iommu=on iommu=pt (AMD: iommu=pt)";

/**
 * Whether vfio-pci can have the card: its IOMMU group is handed over as a whole, so every other device of it has to be
 * with vfio-pci, with no driver, or among `together`; bridges do not count.
 */
export function iommuState(tree: Tree, card: NetworkCard, together: ReadonlySet<string>): IommuState {
  if (card.iommuGroup === undefined) return withoutGroup(tree, card);
  const others = tree
    .list(`/sys/kernel/iommu_groups/${card.iommuGroup}/devices`)
    .filter((pci) => pci !== card.pci && !together.has(pci) && !isBridge(tree, pci))
    .map((pci) => ({ pci, driver: linkName(tree, `${pciFolder}/${pci}/driver`) }))
    .filter(({ driver }) => driver !== undefined && driver !== 'vfio-pci' && driver !== 'pci-stub');
  if (others.length === 0) return { kind: 'good' };
  const list = others.map(({ pci, driver }) => `${pci} (${driver})`).join(', ');
  const message = `IOMMU group ${card.iommuGroup} also holds ${list}: bind all of it at once, or put the card into another slot`;
  return { kind: 'refusal', message };
}

function withoutGroup(tree: Tree, { pci }: NetworkCard): IommuState {
  if (/^[Y1]/.test(tree.text(noIommuSwitch) ?? ''))
    return { kind: 'note', message: `${pci} is used without an IOMMU: the card can write to all memory` };
  const message = `${pci} has no IOMMU: ${enableAdvice}; in a virtual machine without one: echo 1 >${noIommuSwitch}`;
  return { kind: 'refusal', message };
}

const isBridge = (tree: Tree, pci: string) => /^0x0604/.test(tree.text(`${pciFolder}/${pci}/class`) ?? '');

/** Programs that have the card open through vfio; the kernel would wait for them to close it. */
export function usersOf(tree: Tree, card: NetworkCard): string[] {
  if (card.iommuGroup === undefined) return [];
  const files = [`/dev/vfio/${card.iommuGroup}`, `/dev/vfio/noiommu-${card.iommuGroup}`];
  const hasOpen = (pid: string) =>
    tree.list(`/proc/${pid}/fd`).some((fd) => files.includes(tree.target(`/proc/${pid}/fd/${fd}`) ?? ''));
  return tree
    .list('/proc')
    .filter((pid) => /^\d+$/.test(pid) && hasOpen(pid))
    .map((pid) => `${tree.text(`/proc/${pid}/comm`) ?? 'a program'} (${pid})`);
}
