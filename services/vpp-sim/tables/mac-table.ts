import { retvals } from '#lib/vpp/retval.js';

export interface MacEntry {
  /** Place of the bridge domain: what is left in it belongs to its successor. */
  readonly place: number;
  readonly mac: string;
  /** `~0` for a filter. */
  readonly swIfIndex: number;
  readonly isStatic: boolean;
  readonly isFilter: boolean;
  readonly isBvi: boolean;
}

/** The L2 forwarding table. Entries outlive their interface and their bridge domain. */
export class MacTable {
  private readonly entries = new Map<string, MacEntry>();

  set(entry: MacEntry): void {
    this.entries.set(key(entry.place, entry.mac), entry);
  }

  remove(place: number, mac: string, swIfIndex: number): number {
    const found = this.entries.get(key(place, mac));
    if (!found || found.swIfIndex !== swIfIndex) return retvals.NO_SUCH_ENTRY;
    this.entries.delete(key(place, mac));
    return 0;
  }

  list(place?: number): MacEntry[] {
    return [...this.entries.values()].filter((entry) => place === undefined || entry.place === place);
  }
}

const key = (place: number, mac: string) => `${place}/${mac}`;
