import { type NetworkCard, readNetworkCards, staysWithKernel } from '../machine/network-card.js';
import type { NicContext } from './bind.js';
import { iommuState, usersOf } from './iommu.js';
import { readNetworkUse } from './network.js';
import { userDriver } from './rebind.js';
import { objectionsTo } from './safety.js';

const head = ['PCI', 'MODEL', 'DRIVER', 'NODE', 'IOMMU', 'INTERFACES', 'NOTES'];

/** Every network card, one a line, with what speaks against taking it from the kernel. */
export function listText(context: NicContext): string {
  const cards = readNetworkCards(context.tree);
  if (cards.length === 0) return 'no network cards on the PCI bus\n';
  const use = readNetworkUse(context.tree, context.ip);
  const rows = cards.map((card) => [
    card.pci,
    card.model,
    card.driver ?? '-',
    String(card.node ?? '-'),
    card.iommuGroup ?? '-',
    card.interfaces.join(' ') || '-',
    notesOf(card).join('; '),
  ]);
  return `${aligned([head, ...rows])}\n`;

  function notesOf(card: NetworkCard): string[] {
    if (card.driver === userDriver) {
      const former = context.records.all()[card.pci];
      const users = usersOf(context.tree, card).map((name) => `in use by ${name}`);
      return [...users, former ? `was with ${former.driver ?? 'no driver'}` : 'former driver unknown'];
    }
    const group = iommuState(context.tree, card, new Set());
    return [
      ...(staysWithKernel(card) ? ['stays with its kernel driver under DPDK'] : []),
      ...objectionsTo(card, use, context.tree).map(({ message }) => message),
      ...(group.kind === 'good' ? [] : [group.message]),
    ];
  }
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}
