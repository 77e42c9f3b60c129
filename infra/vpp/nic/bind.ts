import { reasonOf } from '../command.js';
import { type NetworkCard, staysWithKernel } from '../machine/network-card.js';
import type { Tree } from '../machine/tree.js';
import type { DriverRecords } from './driver-record.js';
import { iommuState, usersOf } from './iommu.js';
import { type IpJson, readNetworkUse } from './network.js';
import { giveBack, reserveFor, userDriver } from './rebind.js';
import { objectionsTo } from './safety.js';

/** What the commands work with. */
export interface NicContext {
  readonly tree: Tree;
  readonly ip: IpJson;
  readonly records: DriverRecords;
  /** Loads a kernel module; throws when it cannot. */
  readonly loadModule: (name: string) => void;
  readonly now: () => Date;
}

/** What binding would do, before anything is done. */
export interface BindPlan {
  /** Cards to move; those that are with vfio-pci already are left out. */
  readonly cards: readonly NetworkCard[];
  /** Reasons not to; nothing may be moved when there is one. */
  readonly refusals: readonly string[];
  readonly notes: readonly string[];
}

/** Throws when routes or addresses cannot be read. */
export function planBind(context: NicContext, wanted: readonly NetworkCard[], force: boolean): BindPlan {
  const { tree } = context;
  const cards = wanted.filter(({ driver }) => driver !== userDriver);
  const already = wanted.filter(({ driver }) => driver === userDriver);
  const use = readNetworkUse(tree, context.ip);
  const together = new Set(wanted.map(({ pci }) => pci));
  const objections = cards.flatMap((card) => objectionsTo(card, use, tree));
  const isWaived = ({ weight }: { weight: string }) => force && weight === 'force';
  const groups = cards.map((card) => iommuState(tree, card, together));
  return {
    cards,
    refusals: [
      ...cards
        .filter(staysWithKernel)
        .map(({ pci }) => `${pci} is a Mellanox card: DPDK uses it through its kernel driver`),
      ...objections
        .filter((objection) => !isWaived(objection))
        .map(({ weight, message }) => (weight === 'force' ? `${message} (--force takes it nevertheless)` : message)),
      ...groups.flatMap((state) => (state.kind === 'refusal' ? [state.message] : [])),
    ],
    notes: [
      ...already.map(({ pci }) => `${pci} is with ${userDriver} already`),
      ...objections.filter(isWaived).map(({ message }) => `forced: ${message}`),
      ...groups.flatMap((state) => (state.kind === 'note' ? [state.message] : [])),
    ],
  };
}

const driverFolder = `/sys/bus/pci/drivers/${userDriver}`;

/** Moves all cards to vfio-pci or none. Throws with what went wrong and what could not be put back. */
export function bindCards(context: NicContext, cards: readonly NetworkCard[]): void {
  const { tree } = context;
  if (cards.length > 0 && !tree.exists(driverFolder)) context.loadModule(userDriver);
  if (cards.length > 0 && !tree.exists(driverFolder)) throw new Error(`the kernel has no driver ${userDriver}`);
  const touched: string[] = [];
  try {
    for (const card of cards) {
      remember(context, card);
      touched.push(card.pci);
      reserveFor(tree, card.pci, userDriver);
    }
  } catch (error) {
    const left = touched.reverse().flatMap((pci) => undo(context, pci));
    throw new Error(
      [reasonOf(error), ...(left.length > 0 ? left : ['every card is with its driver again'])].join('\n'),
    );
  }
}

/** A bind that was killed half-way leaves a card without driver, reserved for us: its record is the truth then. */
function remember({ records, now }: NicContext, card: NetworkCard): void {
  const { pci, driver = null, driverOverride = null, interfaces } = card;
  const halfWay = driver === null && driverOverride === userDriver;
  if (halfWay && records.all()[pci] !== undefined) return;
  records.set(pci, { driver, driverOverride, interfaces: [...interfaces], since: now().toISOString() });
}

/** Puts one card back; what remains to be done when it cannot. Its record then stays, for `restore`. */
function undo({ tree, records }: NicContext, pci: string): string[] {
  const record = records.all()[pci];
  if (!record) return [];
  try {
    giveBack(tree, pci, record);
    records.remove(pci);
    return [];
  } catch (error) {
    return [`${pci} could not be given back to ${record.driver ?? 'no driver'}: ${reasonOf(error)}`];
  }
}

/** Gives cards back to the drivers they had; the failures, others are done nevertheless. */
export function restoreCards(context: NicContext, wanted: readonly NetworkCard[]): string[] {
  return wanted.flatMap((card) => {
    const users = usersOf(context.tree, card);
    if (users.length > 0) return [`${card.pci} is in use by ${users.join(', ')}: stop it first`];
    if (context.records.all()[card.pci] === undefined)
      return [`${card.pci}: nobody remembers its driver; it was not bound from here`];
    return undo(context, card.pci);
  });
}
