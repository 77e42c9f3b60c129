import { linkName, numberIn, type Tree } from './tree.js';

/** A network card on the PCI bus. */
export interface NetworkCard {
  /** `0000:03:00.0` */
  readonly pci: string;
  /** `8086:1572` */
  readonly model: string;
  /** Kernel driver it is bound to. */
  readonly driver: string | undefined;
  /** Driver that it is reserved for. */
  readonly driverOverride: string | undefined;
  /** NUMA node; undefined when the machine does not say. */
  readonly node: number | undefined;
  readonly iommuGroup: string | undefined;
  /** Its network devices in the kernel. */
  readonly interfaces: readonly string[];
  /** Virtual functions that are switched on. */
  readonly virtualFunctions: number;
}

export const pciFolder = '/sys/bus/pci/devices';

/** Network controllers: PCI class 02. */
const isNetworkClass = (text: string | undefined) => /^0x02/.test(text ?? '');

/** Drivers that hand a card to programs. */
export const userDrivers: readonly (string | undefined)[] = ['vfio-pci', 'uio_pci_generic', 'igb_uio'];

/** Mellanox: DPDK works through the kernel's driver, which has to stay. */
export const staysWithKernel = ({ model }: NetworkCard): boolean => model.startsWith('15b3:');

/** Every network card, by address. */
export function readNetworkCards(tree: Tree): NetworkCard[] {
  return tree
    .list(pciFolder)
    .filter((pci) => isNetworkClass(tree.text(`${pciFolder}/${pci}/class`)))
    .map((pci) => readCard(tree, pci));
}

/** The card at an address; undefined when there is none, or it is no network card. */
export function networkCardAt(tree: Tree, pci: string): NetworkCard | undefined {
  return isNetworkClass(tree.text(`${pciFolder}/${pci}/class`)) ? readCard(tree, pci) : undefined;
}

function readCard(tree: Tree, pci: string): NetworkCard {
  const folder = `${pciFolder}/${pci}`;
  const id = (file: string) => (tree.text(`${folder}/${file}`) ?? '').replace(/^0x/, '');
  const override = tree.text(`${folder}/driver_override`);
  const node = numberIn(tree, `${folder}/numa_node`) ?? -1;
  return {
    pci,
    model: `${id('vendor')}:${id('device')}`,
    driver: linkName(tree, `${folder}/driver`),
    driverOverride: override === '' || override === '(null)' ? undefined : override,
    node: node < 0 ? undefined : node,
    iommuGroup: linkName(tree, `${folder}/iommu_group`),
    // virtio hangs its network device one level lower.
    interfaces: [
      ...tree.list(`${folder}/net`),
      ...tree
        .list(folder)
        .filter((name) => /^virtio\d+$/.test(name))
        .flatMap((name) => tree.list(`${folder}/${name}/net`)),
    ],
    virtualFunctions: numberIn(tree, `${folder}/sriov_numvfs`) ?? 0,
  };
}
