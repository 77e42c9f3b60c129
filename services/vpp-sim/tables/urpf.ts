import { retvals } from '#lib/vpp/retval.js';
import type { InterfaceTable } from './interfaces.js';
import type { IpInterfaces } from './ip-interfaces.js';
import { type Family, familyOf, type IpTables } from './ip-tables.js';

export const URPF = { off: 0, loose: 1, strict: 2 } as const;

export interface UrpfEntry {
  readonly swIfIndex: number;
  readonly family: Family;
  readonly isInput: boolean;
  mode: number;
  tableId: number;
  /** The feature is on the arc. False on a reused index until the mode changes. */
  active: boolean;
}

const families = ['ip4', 'ip6'] as const;
const keyOf = (swIfIndex: number, family: Family, isInput: boolean) => `${swIfIndex}/${family}/${isInput}`;

/** Reverse path checks. The mode is remembered by index beyond the interface's life. */
export class UrpfTable {
  private readonly entries = new Map<string, UrpfEntry>();

  constructor(
    private readonly interfaces: InterfaceTable,
    private readonly tables: IpTables,
    private readonly ip: IpInterfaces,
  ) {
    interfaces.onDelete((swIfIndex) => {
      for (const family of families)
        for (const isInput of [true, false]) {
          const entry = this.entries.get(keyOf(swIfIndex, family, isInput));
          if (entry) entry.active = false;
        }
    });
  }

  update(change: {
    isInput: boolean;
    mode: number;
    ip6: boolean;
    swIfIndex: number;
    tableId: number | undefined;
  }): number {
    if (!this.interfaces.has(change.swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    const family = familyOf(change.ip6);
    if (change.tableId !== undefined && !this.tables.has(family, change.tableId)) return retvals.INVALID_VALUE;
    const key = keyOf(change.swIfIndex, family, change.isInput);
    const tableId = change.tableId ?? this.ip.tableOf(change.swIfIndex, family);
    const old = this.entries.get(key);
    const changed = (old?.mode ?? URPF.off) !== change.mode || (old?.tableId ?? 0) !== tableId;
    const active = changed ? change.mode !== URPF.off : (old?.active ?? false);
    const { swIfIndex, isInput, mode } = change;
    this.entries.set(key, { swIfIndex, family, isInput, mode, tableId, active });
    return 0;
  }

  /** What the dump shows: modes remembered for interfaces that exist, active or not. */
  list(swIfIndex?: number): UrpfEntry[] {
    return [...this.entries.values()]
      .filter((entry) => entry.mode !== URPF.off && this.interfaces.has(entry.swIfIndex))
      .filter((entry) => swIfIndex === undefined || entry.swIfIndex === swIfIndex)
      .sort((a, b) => a.swIfIndex - b.swIfIndex);
  }

  /** The check in force on packets that come in. */
  inForce(swIfIndex: number, family: Family): UrpfEntry | undefined {
    const entry = this.entries.get(keyOf(swIfIndex, family, true));
    return entry?.active ? entry : undefined;
  }
}
