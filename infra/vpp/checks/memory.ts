import type { Sizes } from '../conf/sizing.js';
import type { Machine, NumaNode } from '../machine/machine.js';
import { bytesText } from '../settings/quantities.js';
import type { VppSettings } from '../settings/schema.js';
import { type Finding, fault, warning } from './finding.js';

const MiB = 2 ** 20;
/** Hugepages that DPDK takes on each node for its own tables; VPP asks for at least 16 MiB. */
const dpdkBytes = 64 * MiB;
const pageBytes = { '2M': 2 * MiB, '1G': 1024 * MiB, none: 4096 } as const;

/** Hugepages on each node, and ordinary memory. */
export function checkMemory(settings: VppSettings, sizes: Sizes, machine: Machine): Finding[] {
  return [...checkHugepages(settings, sizes, machine), ...checkOrdinary(settings, sizes, machine)];
}

/** VPP makes a pool of buffers on every node that has memory, used or not. */
function checkHugepages(settings: VppSettings, sizes: Sizes, machine: Machine): Finding[] {
  const { size } = settings.hugepages;
  if (size === 'none')
    return [
      ...tooLarge(sizes),
      warning('hugepages.size', 'packet buffers lie in ordinary pages', 'well for labs; use 2M or 1G elsewhere'),
    ];
  const heapNode = machine.cores.get(settings.cpu?.mainCore ?? 0)?.node ?? 0;
  return machine.nodes.flatMap((node) => {
    const needed = pagesNeeded(settings, sizes, node.id === heapNode);
    const pages = node.hugepages.get(pageBytes[size]);
    if (!pages)
      return [
        fault(
          'hugepages.size',
          `node ${node.id} has no hugepages of ${size}`,
          bootAdvice(size, needed * machine.nodes.length),
        ),
      ];
    if (pages.free >= needed) return [];
    const message = `node ${node.id} has ${pages.free} of ${needed} hugepages of ${size} free (${pages.total} in all)`;
    const advice =
      size === '1G'
        ? bootAdvice(size, needed * machine.nodes.length)
        : moreAdvice(node, pages.total + needed - pages.free);
    return [fault('hugepages.size', message, advice)];
  });
}

/** A buffer lies within one page. */
function tooLarge({ bufferBytes }: Sizes): Finding[] {
  if (bufferBytes <= pageBytes.none) return [];
  const message = `a buffer takes ${bufferBytes} bytes, an ordinary page has ${pageBytes.none}`;
  return [fault('buffers.dataBytes', message, 'use hugepages, or smaller buffers')];
}

function pagesNeeded({ hugepages, dpdk }: VppSettings, sizes: Sizes, withHeap: boolean): number {
  const page = pageBytes[hugepages.size];
  const perPage = Math.floor(page / sizes.bufferBytes);
  const heap = hugepages.mainHeap && withHeap ? Math.ceil(sizes.mainHeapBytes / page) : 0;
  const ofDpdk = dpdk.devices.length > 0 ? Math.ceil(dpdkBytes / page) : 0;
  return Math.ceil(sizes.buffersPerNuma / perPage) + heap + ofDpdk;
}

/** The kernel spreads them over the nodes. Pages of 1 GiB are rarely found once the machine has run for a while. */
const bootAdvice = (size: string, count: number) =>
  `add to the kernel's command line and reboot: default_hugepagesz=${size} hugepagesz=${size} hugepages=${count}`;

const moreAdvice = ({ id }: NumaNode, count: number) =>
  `echo ${count} >/sys/devices/system/node/node${id}/hugepages/hugepages-2048kB/nr_hugepages; ` +
  'to keep it, vm.nr_hugepages (of all nodes) in /etc/sysctl.d';

function checkOrdinary({ hugepages }: VppSettings, sizes: Sizes, machine: Machine): Finding[] {
  const heap = hugepages.mainHeap ? 0 : sizes.mainHeapBytes;
  const buffers = hugepages.size === 'none' ? sizes.buffersPerNuma * pageBytes.none * machine.nodes.length : 0;
  const needed = heap + sizes.statsBytes + buffers;
  if (needed <= machine.availableBytes) return [];
  const message = `VPP may grow to ${mebibytes(needed)}, but ${mebibytes(machine.availableBytes)} of memory are available`;
  const parts = `heap ${bytesText(sizes.mainHeapBytes)}, statistics ${bytesText(sizes.statsBytes)}`;
  return [fault('memory.mainHeap', message, `lower what "scale" asks for (${parts}), or free memory`)];
}

const mebibytes = (bytes: number) => `${Math.ceil(bytes / MiB)} MiB`;
