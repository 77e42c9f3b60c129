import { retvals } from '#lib/vpp/retval.js';
import type { IpInterfaces } from '../ip-interfaces.js';
import type { IpTables } from '../ip-tables.js';
import { ip4Number, ip4Text } from '../prefix.js';

export interface PoolAddress {
  readonly address: string;
  /** Table of the hosts that may have it; undefined for all. */
  readonly tableId: number | undefined;
  readonly isTwiceNat: boolean;
}
interface InterfaceAddress {
  readonly swIfIndex: number;
  readonly isTwiceNat: boolean;
  /** The address it stands for, once the interface has one. */
  resolved: string | undefined;
}

/** VPP looks through its whole pool for each address of a range: beyond this many it is gone for minutes. */
const MOST_ADDRESSES = 65_536;

/** Addresses in VPP's order: where one goes, the last takes its place. */
class AddressVector {
  private readonly entries: PoolAddress[] = [];
  private readonly places = new Map<string, number>();

  get(address: string): PoolAddress | undefined {
    return this.entries[this.places.get(address) ?? -1];
  }

  add(entry: PoolAddress): void {
    this.places.set(entry.address, this.entries.push(entry) - 1);
  }

  remove(address: string): void {
    const place = this.places.get(address);
    const last = this.entries.pop();
    this.places.delete(address);
    if (place === undefined || !last || last.address === address) return;
    this.entries[place] = last;
    this.places.set(last.address, place);
  }

  list(): readonly PoolAddress[] {
    return this.entries;
  }

  /** How many of `count` addresses from a first one can be added before one that is here already. */
  fitting(first: number, count: number): number {
    return this.entries.reduce((most, { address }) => Math.min(most, (ip4Number(address) - first) >>> 0), count);
  }
}

/** Outside addresses, given one by one or as "the one of that interface". */
export class NatPool {
  private ordinary = new AddressVector();
  private twiceNat = new AddressVector();
  private byInterface: InterfaceAddress[] = [];

  constructor(
    private readonly ip: IpInterfaces,
    private readonly tables: IpTables,
    private readonly crash: (reason: string) => never,
    /** Why an address has to stay; 0 when it may go. */
    private readonly busy: (address: string) => number = () => 0,
  ) {
    ip.onAddress((swIfIndex, address, isAdd) => this.follow(swIfIndex, address, isAdd));
  }

  /** One after the other: what was done before an error stays done. Nothing happens where the last comes before the first. */
  changeRange(first: string, last: string, isAdd: boolean, tableId: number | undefined, isTwiceNat: boolean): number {
    const start = ip4Number(first);
    const count = (ip4Number(last) - start + 1) | 0;
    if (isAdd) this.assertAnswers(this.vector(isTwiceNat), start, count);
    for (let i = 0; i < count; i++) {
      const address = ip4Text(start + i);
      const retval = isAdd ? this.add({ address, tableId, isTwiceNat }) : this.remove(address, isTwiceNat);
      if (retval !== 0) return retval;
    }
    return 0;
  }

  add(wanted: PoolAddress): number {
    const vector = this.vector(wanted.isTwiceNat);
    if (vector.get(wanted.address)) return retvals.VALUE_EXIST;
    vector.add(wanted);
    if (wanted.tableId !== undefined) this.tables.use('ip4', wanted.tableId);
    return 0;
  }

  remove(address: string, isTwiceNat: boolean): number {
    const vector = this.vector(isTwiceNat);
    const found = vector.get(address);
    if (!found) return retvals.NO_SUCH_ENTRY;
    const busy = this.busy(address);
    if (busy !== 0) return busy;
    vector.remove(address);
    if (found.tableId !== undefined) this.tables.release('ip4', found.tableId);
    return 0;
  }

  has(address: string, isTwiceNat = false): boolean {
    return this.vector(isTwiceNat).get(address) !== undefined;
  }

  addInterface(swIfIndex: number, isTwiceNat: boolean): number {
    if (this.ofInterface(swIfIndex, isTwiceNat)) return retvals.VALUE_EXIST;
    const address = this.ip.ownIp4(swIfIndex);
    const retval = address === undefined ? 0 : this.add({ address, tableId: undefined, isTwiceNat });
    if (retval === 0) this.byInterface.push({ swIfIndex, isTwiceNat, resolved: address });
    return retval;
  }

  removeInterface(swIfIndex: number, isTwiceNat: boolean): number {
    const found = this.ofInterface(swIfIndex, isTwiceNat);
    if (!found) return retvals.NO_SUCH_ENTRY;
    this.byInterface = this.byInterface.filter((entry) => entry !== found);
    const address = this.ip.ownIp4(swIfIndex);
    return address === undefined ? 0 : this.remove(address, isTwiceNat);
  }

  /** Ordinary addresses first. */
  list(): PoolAddress[] {
    return [...this.ordinary.list(), ...this.twiceNat.list()];
  }

  listInterfaces(): { swIfIndex: number; isTwiceNat: boolean }[] {
    return this.byInterface;
  }

  clear(): void {
    for (const { tableId } of this.list()) if (tableId !== undefined) this.tables.release('ip4', tableId);
    this.ordinary = new AddressVector();
    this.twiceNat = new AddressVector();
    this.byInterface = [];
  }

  private assertAnswers(vector: AddressVector, start: number, count: number): void {
    if (vector.list().length + vector.fitting(start, count) > MOST_ADDRESSES)
      this.crash('a NAT pool of so many addresses: VPP searches all of them for each, and answers nobody');
  }

  private vector(isTwiceNat: boolean): AddressVector {
    return isTwiceNat ? this.twiceNat : this.ordinary;
  }

  private ofInterface(swIfIndex: number, isTwiceNat: boolean): InterfaceAddress | undefined {
    return this.byInterface.find((entry) => entry.swIfIndex === swIfIndex && entry.isTwiceNat === isTwiceNat);
  }

  private follow(swIfIndex: number, address: string, isAdd: boolean): void {
    for (const entry of this.byInterface.filter((each) => each.swIfIndex === swIfIndex)) {
      if (isAdd && entry.resolved === undefined) {
        this.add({ address, tableId: undefined, isTwiceNat: entry.isTwiceNat });
        entry.resolved = address;
      } else if (!isAdd && entry.resolved === address) {
        this.remove(address, entry.isTwiceNat);
        entry.resolved = undefined;
      }
    }
  }
}
