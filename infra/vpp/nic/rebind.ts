import { pciFolder } from '../machine/network-card.js';
import { linkName, type Tree } from '../machine/tree.js';

export const userDriver = 'vfio-pci';
const driversFolder = '/sys/bus/pci/drivers';

export const driverOf = (tree: Tree, pci: string): string | undefined => linkName(tree, `${pciFolder}/${pci}/driver`);

/**
 * Moves a card to another driver through driver_override, which keeps every other driver from taking it in between.
 * Throws the kernel's refusal, or says that the driver did not take the card; the card may then be without a driver.
 */
export function reserveFor(tree: Tree, pci: string, driver: string): void {
  tree.write(`${pciFolder}/${pci}/driver_override`, driver);
  unbind(tree, pci, driver);
  if (driverOf(tree, pci) !== driver) tree.write('/sys/bus/pci/drivers_probe', pci);
  if (driverOf(tree, pci) !== driver) throw new Error(`${driver} did not take ${pci}; see dmesg`);
}

/** What a card had: driver and reservation. */
export interface Former {
  readonly driver: string | null;
  readonly driverOverride: string | null;
}

/** Gives a card back to its former driver from whatever state it is in. Throws when it is not there afterwards. */
export function giveBack(tree: Tree, pci: string, { driver, driverOverride }: Former): void {
  // A line feed alone clears it.
  tree.write(`${pciFolder}/${pci}/driver_override`, driverOverride ?? '\n');
  unbind(tree, pci, driver ?? undefined);
  if (driver === null) return;
  if (driverOf(tree, pci) !== driver) tree.write('/sys/bus/pci/drivers_probe', pci);
  if (driverOf(tree, pci) !== driver) tree.write(`${driversFolder}/${driver}/bind`, pci);
  if (driverOf(tree, pci) !== driver) throw new Error(`${driver} did not take ${pci} back; see dmesg`);
}

function unbind(tree: Tree, pci: string, unless: string | undefined): void {
  const current = driverOf(tree, pci);
  if (current !== undefined && current !== unless) tree.write(`${driversFolder}/${current}/unbind`, pci);
}
