import { retvals } from '#lib/vpp/retval.js';
import { path } from '#lib/vpp/types.js';
import type { InterfaceTable } from './interfaces.js';
import type { IpInterfaces } from './ip-interfaces.js';
import type { Family, IpTables } from './ip-tables.js';
import type { RouteTable } from './routes.js';

/** What VPP calls the source of these routes in `fib_source_dump`. */
const SVS_SOURCE = 26;
const FAMILIES = ['ip4', 'ip6'] as const;
const ALL: Record<Family, string> = { ip4: '0.0.0.0/0', ip6: '::/0' };

interface Selection {
  readonly tableId: number;
  readonly swIfIndex: number;
  readonly family: Family;
}

/** Source VRF select: the routes of a table say which table then routes a source. A selection outlives its interface. */
export class SvsTable {
  private readonly tables: Record<Family, number[]> = { ip4: [], ip6: [] };
  private readonly selections: Record<Family, Map<number, number>> = { ip4: new Map(), ip6: new Map() };
  /** The highest interface that ever had a selection. */
  private readonly highest: Record<Family, number> = { ip4: -1, ip6: -1 };

  constructor(
    private readonly interfaces: InterfaceTable,
    private readonly ip: IpInterfaces,
    private readonly ipTables: IpTables,
    private readonly routes: RouteTable,
  ) {}

  /** Counted. */
  changeTable(family: Family, tableId: number, isAdd: boolean): number {
    const held = this.tables[family];
    if (isAdd) {
      held.push(tableId);
      this.ipTables.use(family, tableId);
      return 0;
    }
    if (!this.ipTables.has(family, tableId)) return retvals.NO_SUCH_FIB;
    if ([...this.selections[family].values()].includes(tableId)) return retvals.INSTANCE_IN_USE;
    const at = held.indexOf(tableId);
    if (at < 0) return 0;
    held.splice(at, 1);
    this.ipTables.release(family, tableId);
    return 0;
  }

  /** Removing one that is not there is 0. */
  changeRoute(family: Family, tableId: number, prefix: string, into: number, isAdd: boolean): number {
    if (!this.ipTables.has(family, tableId)) return retvals.NO_SUCH_FIB;
    if (!isAdd) {
      this.routes.clear(tableId, prefix, SVS_SOURCE);
      return 0;
    }
    if (!this.ipTables.has(family, into)) return retvals.NO_SUCH_FIB;
    this.setRoute(family, tableId, prefix, into);
    return 0;
  }

  /** Other sources are routed by the table of the interface. Disabling says nothing of an interface that had none. */
  enable(family: Family, tableId: number, swIfIndex: number, isEnable: boolean): number {
    if (!this.interfaces.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    if (!this.ipTables.has(family, tableId)) return retvals.NO_SUCH_FIB;
    const selected = this.selections[family];
    if (isEnable) {
      this.setRoute(family, tableId, ALL[family], this.ip.tableOf(swIfIndex, family));
      selected.set(swIfIndex, tableId);
      this.highest[family] = Math.max(this.highest[family], swIfIndex);
      return 0;
    }
    if (swIfIndex > this.highest[family]) return retvals.INVALID_SW_IF_INDEX;
    selected.delete(swIfIndex);
    this.routes.clear(tableId, ALL[family], SVS_SOURCE);
    return 0;
  }

  private setRoute(family: Family, tableId: number, prefix: string, into: number): void {
    this.routes.set(tableId, prefix, SVS_SOURCE, [path({ proto: family === 'ip6' ? 1 : 0, table_id: into })]);
  }

  list(): readonly Selection[] {
    return FAMILIES.flatMap((family) =>
      [...this.selections[family]]
        .sort(([a], [b]) => a - b)
        .map(([swIfIndex, tableId]) => ({ tableId, swIfIndex, family })),
    );
  }
}
