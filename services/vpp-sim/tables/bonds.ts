import { retvals } from '#lib/vpp/retval.js';
import { randomMac } from './af-packet.js';
import { IndexPool } from './index-pool.js';
import { type Created, type Interface, type InterfaceTable, NO_INDEX } from './interfaces.js';

export const BOND_MODE = { roundRobin: 1, activeBackup: 2, xor: 3, broadcast: 4, lacp: 5 } as const;
const LAST_CHOSEN_BALANCE = 2;
/** What VPP puts in the place of the balance asked for. */
const OWN_BALANCE = new Map<number, number>([
  [BOND_MODE.roundRobin, 3],
  [BOND_MODE.broadcast, 4],
  [BOND_MODE.activeBackup, 5],
]);

export interface BondSpec {
  /** Undefined takes the number of the bond's place in VPP's pool. */
  id: number | undefined;
  mode: number;
  loadBalance: number;
  numaOnly: boolean;
  mac: string | undefined;
}

export interface BondMember {
  readonly swIfIndex: number;
  readonly isPassive: boolean;
  readonly isLongTimeout: boolean;
  /** Its number among the members, from 1 on. */
  readonly port: number;
  readonly ownMac: string;
  weight: number;
  /** Set once the member has been active. */
  seenActive: boolean;
  /** The system that answers with LACP at the far end. */
  partner: string | undefined;
}

export interface Bond {
  readonly place: number;
  readonly swIfIndex: number;
  readonly id: number;
  readonly mode: number;
  readonly loadBalance: number;
  readonly numaOnly: boolean;
  readonly customMac: boolean;
  members: BondMember[];
}

const refused = (retval: number): Created => ({ retval, swIfIndex: NO_INDEX });

/** Bonds and their members. A bond has link while a member is active. */
export class BondTable {
  private readonly bonds = new Map<number, Bond>();
  private readonly pool = new IndexPool();
  /** LACP systems at the far ends, by interface; they outlive a membership. */
  private readonly partners = new Map<number, string>();

  constructor(private readonly interfaces: InterfaceTable) {
    interfaces.onDelete((swIfIndex) => this.forget(swIfIndex));
    interfaces.onChange((swIfIndex, change) => {
      if (change === 'up' || change === 'down') this.settle(this.bondOfMember(swIfIndex));
    });
  }

  create(spec: BondSpec): Created {
    if (spec.mode < BOND_MODE.roundRobin || spec.mode > BOND_MODE.lacp) return refused(retvals.INVALID_ARGUMENT);
    if (spec.loadBalance > LAST_CHOSEN_BALANCE) return refused(retvals.INVALID_ARGUMENT);
    const place = this.pool.allocate();
    const id = spec.id ?? place;
    if ([...this.bonds.values()].some((bond) => bond.id === id)) {
      this.pool.release(place);
      return refused(retvals.INSTANCE_IN_USE);
    }
    const { swIfIndex } = this.interfaces.addHardware({
      kind: 'bond',
      name: `BondEthernet${id}`,
      devType: 'bond',
      mac: spec.mac ?? randomMac(),
      linkUp: false,
      linkMtu: 9000,
    });
    const { mode, numaOnly } = spec;
    const loadBalance = OWN_BALANCE.get(mode) ?? spec.loadBalance;
    const customMac = spec.mac !== undefined;
    this.bonds.set(swIfIndex, { place, swIfIndex, id, mode, loadBalance, numaOnly, customMac, members: [] });
    return { retval: 0, swIfIndex };
  }

  /** A sub-interface of the bond stands for the bond. */
  remove(swIfIndex: number): number {
    const bond = this.bonds.get(this.interfaces.get(swIfIndex)?.parent.swIfIndex ?? NO_INDEX);
    if (!bond) return retvals.INVALID_SW_IF_INDEX;
    for (const member of [...bond.members]) this.release(bond, member);
    this.interfaces.deleteHardware(bond.swIfIndex);
    return 0;
  }

  addMember(swIfIndex: number, bondIndex: number, options: { isPassive: boolean; isLongTimeout: boolean }): number {
    const found = this.interfaces.get(swIfIndex);
    if (!found) return retvals.INVALID_SW_IF_INDEX;
    const bond = this.bonds.get(bondIndex);
    if (!bond) return retvals.INVALID_INTERFACE;
    if (this.bondOfMember(swIfIndex)) return retvals.VALUE_EXIST;
    if (found.parent.kind === 'bond') return retvals.INVALID_INTERFACE;
    const ownMac = found.parent.mac;
    this.shareMac(bond, found);
    const port = lowestFree(bond.members.map((member) => member.port));
    const partner = this.partners.get(swIfIndex);
    bond.members.push({ swIfIndex, ...options, port, ownMac, weight: 0, seenActive: false, partner });
    this.settle(bond);
    return 0;
  }

  detach(swIfIndex: number): number {
    if (!this.interfaces.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    const bond = this.bondOfMember(swIfIndex);
    const member = bond?.members.find((each) => each.swIfIndex === swIfIndex);
    if (!bond || !member) return retvals.INVALID_INTERFACE;
    this.release(bond, member);
    return 0;
  }

  setWeight(swIfIndex: number, weight: number): number {
    if (!this.interfaces.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    const bond = this.bondOfMember(swIfIndex);
    const member = bond?.members.find((each) => each.swIfIndex === swIfIndex);
    if (!bond || !member) return retvals.INVALID_INTERFACE;
    if (bond.mode !== BOND_MODE.activeBackup) return retvals.INVALID_ARGUMENT;
    member.weight = weight;
    return 0;
  }

  /** An LACP system answers at the far end of an interface, or no longer does. */
  setPartner(swIfIndex: number, system: string | undefined): void {
    if (system === undefined) this.partners.delete(swIfIndex);
    else this.partners.set(swIfIndex, system);
    const bond = this.bondOfMember(swIfIndex);
    for (const member of bond?.members ?? []) if (member.swIfIndex === swIfIndex) member.partner = system;
    this.settle(bond);
  }

  get(swIfIndex: number): Bond | undefined {
    return this.bonds.get(swIfIndex);
  }

  /** In the order of VPP's pool. */
  list(): Bond[] {
    return [...this.bonds.values()].sort((a, b) => a.place - b.place);
  }

  isActive(bond: Bond, member: BondMember): boolean {
    const up = this.interfaces.get(member.swIfIndex)?.adminUp === true;
    return up && (bond.mode !== BOND_MODE.lacp || member.partner !== undefined);
  }

  /** The first member gives the bond its address, unless the bond was given one; the others take the bond's. */
  private shareMac(bond: Bond, member: Interface): void {
    const own = this.interfaces.get(bond.swIfIndex);
    if (!own) return;
    if (bond.members.length === 0 && !bond.customMac) own.mac = member.parent.mac;
    else member.parent.mac = own.mac;
  }

  private release(bond: Bond, member: BondMember): void {
    bond.members = bond.members.filter((each) => each !== member);
    const found = this.interfaces.get(member.swIfIndex);
    if (found) found.parent.mac = member.ownMac;
    this.settle(bond);
  }

  private settle(bond: Bond | undefined): void {
    if (!bond) return;
    const active = bond.members.filter((member) => this.isActive(bond, member));
    for (const member of active) member.seenActive = true;
    this.interfaces.setLink(bond.swIfIndex, active.length > 0);
  }

  private bondOfMember(swIfIndex: number): Bond | undefined {
    return this.list().find((bond) => bond.members.some((member) => member.swIfIndex === swIfIndex));
  }

  private forget(swIfIndex: number): void {
    this.partners.delete(swIfIndex);
    const bond = this.bondOfMember(swIfIndex);
    if (bond) {
      bond.members = bond.members.filter((member) => member.swIfIndex !== swIfIndex);
      this.settle(bond);
    }
    const gone = this.bonds.get(swIfIndex);
    if (!gone) return;
    this.bonds.delete(swIfIndex);
    this.pool.release(gone.place);
  }
}

function lowestFree(taken: readonly number[]): number {
  let port = 1;
  while (taken.includes(port)) port++;
  return port;
}
