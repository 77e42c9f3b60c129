import { retvals } from '#lib/vpp/retval.js';
import type { InterfaceTable } from './interfaces.js';
import type { IpTables } from './ip-tables.js';
import { compareAddress } from './prefix.js';

export interface ProxyArpRange {
  tableId: number;
  low: string;
  high: string;
}

/** Ranges answered for, by table, and the interfaces that answer. The flag outlives its interface in the dump. */
export class ProxyArpTable {
  private ranges: ProxyArpRange[] = [];
  private readonly flagged = new Set<number>();
  private readonly active = new Set<number>();

  constructor(
    private readonly interfaces: InterfaceTable,
    private readonly tables: IpTables,
  ) {
    interfaces.onDelete((swIfIndex) => this.active.delete(swIfIndex));
  }

  change(isAdd: boolean, range: ProxyArpRange): number {
    if (!this.tables.has('ip4', range.tableId)) return retvals.NO_SUCH_FIB;
    const known = this.ranges.some((other) => same(other, range));
    if (isAdd && !known) this.ranges.push(range);
    if (!isAdd && !known) return retvals.NO_SUCH_ENTRY;
    if (!isAdd) this.ranges = this.ranges.filter((other) => !same(other, range));
    return 0;
  }

  setInterface(swIfIndex: number, enable: boolean): number {
    if (!this.interfaces.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    for (const set of [this.flagged, this.active]) {
      if (enable) set.add(swIfIndex);
      else set.delete(swIfIndex);
    }
    return 0;
  }

  list(): readonly ProxyArpRange[] {
    return this.ranges;
  }

  listInterfaces(): number[] {
    return [...this.flagged].sort((a, b) => a - b);
  }

  answers(swIfIndex: number, tableId: number, address: string): boolean {
    if (!this.active.has(swIfIndex)) return false;
    return this.ranges.some(
      (range) =>
        range.tableId === tableId &&
        compareAddress(range.low, address) <= 0 &&
        compareAddress(address, range.high) <= 0,
    );
  }
}

const same = (a: ProxyArpRange, b: ProxyArpRange) => a.tableId === b.tableId && a.low === b.low && a.high === b.high;
