import { retvals } from '#lib/vpp/retval.js';
import { swIfIndex as index, path } from '#lib/vpp/types.js';
import type { InterfaceTable } from './interfaces.js';
import type { IpInterfaces } from './ip-interfaces.js';
import { familyOf } from './ip-tables.js';
import { compareAddress, hostPrefix, isIp6 } from './prefix.js';
import { type RouteTable, SOURCE } from './routes.js';

export interface Neighbour {
  readonly swIfIndex: number;
  readonly address: string;
  mac: string;
  flags: number;
  readonly sinceMs: number;
}

/** `ip_neighbor_flags` values. */
export const NEIGHBOUR_FLAG = { static: 1, noFibEntry: 2 } as const;

const startLimits: NeighbourLimits = { max_number: 50_000, max_age: 0, recycle: false };

export type NeighbourChange = 'added' | 'removed';

/** Bounds of one family's table (`ip_neighbor_config`); kept and told, never hit here. */
export interface NeighbourLimits {
  readonly max_number: number;
  readonly max_age: number;
  readonly recycle: boolean;
}

/** Static and learned neighbours; each brings its host route unless told otherwise. All go with their interface. */
export class NeighbourTable {
  private readonly byInterface = new Map<number, Map<string, Neighbour>>();
  /** By address family; VPP's own until changed. */
  readonly limits: [NeighbourLimits, NeighbourLimits] = [startLimits, startLimits];
  private readonly hooks: ((change: NeighbourChange, neighbour: Neighbour) => void)[] = [];

  constructor(
    private readonly interfaces: InterfaceTable,
    private readonly ip: IpInterfaces,
    private readonly routes: RouteTable,
    private readonly nowMs: () => number,
  ) {
    interfaces.onDelete((swIfIndex) => {
      for (const { address } of [...(this.byInterface.get(swIfIndex)?.values() ?? [])]) this.remove(swIfIndex, address);
      this.byInterface.delete(swIfIndex);
    });
  }

  onChange(hook: (change: NeighbourChange, neighbour: Neighbour) => void): void {
    this.hooks.push(hook);
  }

  /** `stats_index` of the answer is that of the adjacency, which nobody reads: the count so far. */
  add(swIfIndex: number, address: string, mac: string, flags: number): { retval: number; statsIndex: number } {
    if (!this.interfaces.has(swIfIndex)) return { retval: retvals.INVALID_SW_IF_INDEX, statsIndex: NONE };
    const known = this.byInterface.get(swIfIndex) ?? new Map<string, Neighbour>();
    this.byInterface.set(swIfIndex, known);
    const found = known.get(address);
    const entry = found ?? { swIfIndex, address, mac, flags, sinceMs: this.nowMs() };
    entry.mac = mac;
    entry.flags = flags;
    known.set(address, entry);
    if (!(flags & NEIGHBOUR_FLAG.noFibEntry)) this.addHostRoute(swIfIndex, address);
    if (!found) this.changed('added', entry);
    return { retval: 0, statsIndex: known.size };
  }

  remove(swIfIndex: number, address: string): number {
    if (!this.interfaces.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    const found = this.byInterface.get(swIfIndex)?.get(address);
    if (!found) return retvals.NO_SUCH_ENTRY;
    this.byInterface.get(swIfIndex)?.delete(address);
    this.routes.clear(this.tableOf(swIfIndex, address), hostPrefix(address), SOURCE.adjacency);
    this.changed('removed', found);
    return 0;
  }

  get(swIfIndex: number, address: string): Neighbour | undefined {
    return this.byInterface.get(swIfIndex)?.get(address);
  }

  list(swIfIndex: number | undefined, ip6: boolean): Neighbour[] {
    const tables = swIfIndex === undefined ? [...this.byInterface.values()] : [this.byInterface.get(swIfIndex)];
    return tables
      .flatMap((table) => [...(table?.values() ?? [])])
      .filter(({ address }) => isIp6(address) === ip6)
      .sort((a, b) => a.swIfIndex - b.swIfIndex || compareAddress(a.address, b.address));
  }

  private tableOf(swIfIndex: number, address: string): number {
    return this.ip.tableOf(swIfIndex, familyOf(isIp6(address)));
  }

  private addHostRoute(swIfIndex: number, address: string): void {
    if (address.startsWith('fe80:')) return;
    const table = this.tableOf(swIfIndex, address);
    this.routes.set(table, hostPrefix(address), SOURCE.adjacency, [
      path({ sw_if_index: index(swIfIndex), via: address, table_id: table }),
    ]);
  }

  private changed(change: NeighbourChange, neighbour: Neighbour): void {
    for (const hook of this.hooks) hook(change, neighbour);
  }
}

const NONE = 0xffffffff;
