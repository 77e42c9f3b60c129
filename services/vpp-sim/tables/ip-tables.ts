import { IndexPool } from './index-pool.js';

export type Family = 'ip4' | 'ip6';
export const familyOf = (isIp6: boolean): Family => (isIp6 ? 'ip6' : 'ip4');

export interface IpTable {
  /** VPP's own index of it, used again after it is gone: what was left in the table is then in its successor. */
  readonly fibIndex: number;
  readonly tableId: number;
  readonly family: Family;
  name: string;
  /** Held by the API: added and not deleted. */
  locked: boolean;
  /** Interfaces, routes and relays that keep it alive after the API let go. */
  users: number;
}

/** VRFs: IPv4 and IPv6 tables are two sets. Table 0 is always there. */
export class IpTables {
  private readonly tables = new Map<string, IpTable>();
  private readonly pools: Record<Family, IndexPool> = { ip4: new IndexPool(), ip6: new IndexPool() };
  private readonly createHooks: ((table: IpTable) => void)[] = [];
  private readonly deleteHooks: ((table: IpTable) => void)[] = [];

  constructor() {
    for (const family of ['ip4', 'ip6'] as const) this.create(family, 0, `${DEFAULT_NAME[family]}0`).locked = true;
  }

  onCreate(hook: (table: IpTable) => void): void {
    this.createHooks.push(hook);
  }

  onDelete(hook: (table: IpTable) => void): void {
    this.deleteHooks.push(hook);
  }

  has(family: Family, tableId: number): boolean {
    return this.tables.has(key(family, tableId));
  }

  fibIndexOf(family: Family, tableId: number): number | undefined {
    return this.tables.get(key(family, tableId))?.fibIndex;
  }

  all(): IpTable[] {
    return [...this.tables.values()].sort((a, b) => a.family.localeCompare(b.family) || a.tableId - b.tableId);
  }

  /** A repeat leaves the name as it was. */
  add(family: Family, tableId: number, name: string): void {
    const found = this.tables.get(key(family, tableId)) ?? this.create(family, tableId, name);
    found.locked = true;
  }

  /** Lets the API's hold go; a table in use stays until its last user has left. Table 0 stays always. */
  remove(family: Family, tableId: number): void {
    const found = this.tables.get(key(family, tableId));
    if (!found || tableId === 0) return;
    found.locked = false;
    this.sweep(found);
  }

  use(family: Family, tableId: number): void {
    const found = this.tables.get(key(family, tableId)) ?? this.create(family, tableId, '');
    found.users++;
  }

  release(family: Family, tableId: number): void {
    const found = this.tables.get(key(family, tableId));
    if (!found) return;
    found.users--;
    this.sweep(found);
  }

  private sweep(table: IpTable): void {
    if (table.locked || table.users > 0) return;
    for (const hook of this.deleteHooks) hook(table);
    this.tables.delete(key(table.family, table.tableId));
    this.pools[table.family].release(table.fibIndex);
  }

  private create(family: Family, tableId: number, name: string): IpTable {
    const table: IpTable = {
      fibIndex: this.pools[family].allocate(),
      tableId,
      family,
      locked: false,
      users: 0,
      name: name || `${DEFAULT_NAME[family]}${tableId}`,
    };
    this.tables.set(key(family, tableId), table);
    for (const hook of this.createHooks) hook(table);
    return table;
  }
}

const DEFAULT_NAME: Record<Family, string> = { ip4: 'ipv4-VRF:', ip6: 'ipv6-VRF:' };
const key = (family: Family, tableId: number) => `${family}/${tableId}`;
