import { retvals } from '#lib/vpp/retval.js';
import { IndexPool } from '../index-pool.js';
import type { IpInterfaces } from '../ip-interfaces.js';
import type { IpTables } from '../ip-tables.js';

export interface Mapping {
  readonly isIdentity: boolean;
  /** 1 twice NAT, 2 self twice NAT, 4 only from outside, 8 address only. */
  readonly flags: number;
  readonly local: string;
  readonly localPort: number;
  readonly external: string;
  readonly externalPort: number;
  readonly protocol: number;
  /** Of the inside host; undefined for the plugin's inside table. */
  readonly tableId: number | undefined;
  readonly tag: string;
}
export interface InterfaceMapping extends Mapping {
  /** Whose first address is the external one. */
  readonly swIfIndex: number;
}
interface Entry extends Mapping {
  readonly index: number;
  /** Identity mappings: the tables it holds in. */
  tables: number[];
}

export const MAPPING_FLAG = { twiceNat: 1, selfTwiceNat: 2, fromOutsideOnly: 4, addressOnly: 8 } as const;
/** What a table not given is recorded as where VPP forgets to look it up. */
const ANY_TABLE = 0xffffffff;

export interface MappingRules {
  /** Table of the hosts when a mapping names none. */
  insideTable(): number;
  /** Whether a mapping may use an address and port; 0 when it may. */
  usable(mapping: Mapping): number;
  /** A mapping by interface whose address is refused is remembered all the same. */
  readonly keepsRefused: boolean;
}

/** Static and identity mappings. What looks up from inside is kept apart: a removal with another inside host leaves it behind. */
export class NatMappings {
  private readonly byExternal = new Map<string, Entry>();
  private readonly fromInside = new Set<string>();
  private records: InterfaceMapping[] = [];
  private readonly pool = new IndexPool();

  constructor(
    private readonly ip: IpInterfaces,
    private readonly ipTables: IpTables,
    private readonly rules: MappingRules,
  ) {
    ip.onAddress((swIfIndex, address, isAdd) => this.follow(swIfIndex, address, isAdd));
  }

  add(wanted: Mapping | InterfaceMapping): number {
    if (!('swIfIndex' in wanted)) return this.addResolved(wanted);
    if (this.records.some((record) => sameRecord(record, wanted))) return retvals.VALUE_EXIST;
    this.records.push(wanted);
    const address = this.ip.ownIp4(wanted.swIfIndex);
    if (address === undefined) return 0;
    const retval = this.addResolved(at(wanted, address));
    if (retval !== 0 && !this.rules.keepsRefused) this.forgetRecord(wanted);
    return retval;
  }

  remove(gone: Mapping | InterfaceMapping): number {
    if (!('swIfIndex' in gone)) return this.removeResolved(gone);
    if (!this.forgetRecord(gone)) return retvals.NO_SUCH_ENTRY;
    const address = this.ip.ownIp4(gone.swIfIndex);
    return address === undefined ? 0 : this.removeResolved(at(gone, address));
  }

  /** In the order of VPP's pool; an identity mapping once for each of its tables. */
  list(isIdentity: boolean): (Mapping & { tableId: number })[] {
    return [...this.byExternal.values()]
      .filter((entry) => entry.isIdentity === isIdentity)
      .sort((a, b) => a.index - b.index)
      .flatMap((entry) => entry.tables.map((tableId) => ({ ...entry, tableId })));
  }

  listByInterface(isIdentity: boolean): InterfaceMapping[] {
    return this.records.filter((record) => record.isIdentity === isIdentity);
  }

  /** Whether a mapping of single ports stands on an address. */
  uses(address: string): boolean {
    const stands = ({ external, flags }: Mapping) => external === address && !(flags & MAPPING_FLAG.addressOnly);
    return [...this.byExternal.values()].some(stands);
  }

  clear(): void {
    for (const entry of this.byExternal.values())
      for (const tableId of entry.tables) this.ipTables.release('ip4', tableId);
    this.byExternal.clear();
    this.fromInside.clear();
    this.records = [];
  }

  private addResolved(given: Mapping): number {
    const wanted = normal(given);
    const found = this.byExternal.get(externalKey(wanted));
    if (found) return this.addTable(found, wanted);
    const refused = this.rules.usable(wanted);
    if (refused !== 0) return refused;
    const tableId = wanted.tableId ?? this.rules.insideTable();
    const key = insideKey(wanted, tableId);
    const fromInside = !(wanted.flags & MAPPING_FLAG.fromOutsideOnly);
    if (fromInside && !wanted.isIdentity && this.fromInside.has(key)) return retvals.VALUE_EXIST;
    if (fromInside) this.fromInside.add(key);
    this.ipTables.use('ip4', tableId);
    const index = this.pool.allocate();
    this.byExternal.set(externalKey(wanted), { ...wanted, index, tables: [tableId] });
    return 0;
  }

  /** An identity mapping may hold in several tables; VPP takes "any" literally here. */
  private addTable(found: Entry, wanted: Mapping): number {
    if (!found.isIdentity) return retvals.VALUE_EXIST;
    const tableId = wanted.tableId ?? ANY_TABLE;
    if (found.tables.includes(tableId)) return retvals.VALUE_EXIST;
    found.tables.push(tableId);
    this.ipTables.use('ip4', tableId);
    return 0;
  }

  private removeResolved(given: Mapping): number {
    const gone = normal(given);
    const found = this.byExternal.get(externalKey(gone));
    if (!found) return retvals.NO_SUCH_ENTRY;
    const tableId = gone.isIdentity ? (gone.tableId ?? this.rules.insideTable()) : (found.tables[0] ?? 0);
    if (gone.isIdentity && !found.tables.includes(tableId)) return retvals.NO_SUCH_ENTRY;
    this.fromInside.delete(insideKey(gone, tableId));
    this.ipTables.release('ip4', tableId);
    found.tables = found.tables.filter((each) => each !== tableId);
    if (found.tables.length > 0) return 0;
    this.byExternal.delete(externalKey(gone));
    this.pool.release(found.index);
    return 0;
  }

  private forgetRecord(gone: InterfaceMapping): boolean {
    const before = this.records.length;
    this.records = this.records.filter((record) => !sameRecord(record, gone));
    return this.records.length < before;
  }

  private follow(swIfIndex: number, address: string, isAdd: boolean): void {
    for (const record of this.records.filter((each) => each.swIfIndex === swIfIndex)) {
      if (isAdd && this.ip.ownIp4(swIfIndex) === address) this.addResolved(at(record, address));
      else if (!isAdd) this.removeResolved(at(record, address));
    }
  }
}

function at({ swIfIndex: _, ...mapping }: InterfaceMapping, external: string): Mapping {
  return { ...mapping, external };
}

/** Ports and protocol mean nothing to a mapping of addresses; an identity mapping has one address. */
function normal(mapping: Mapping): Mapping {
  const whole = mapping.flags & MAPPING_FLAG.addressOnly ? { localPort: 0, externalPort: 0, protocol: 0 } : {};
  const same = mapping.isIdentity ? { local: mapping.external, localPort: mapping.externalPort } : {};
  return { ...mapping, ...same, ...whole };
}

const externalKey = ({ external, externalPort, protocol }: Mapping) => `${external}/${externalPort}/${protocol}`;
const insideKey = ({ local, localPort, protocol }: Mapping, tableId: number) =>
  `${local}/${localPort}/${protocol}/${tableId}`;
const sameRecord = (a: InterfaceMapping, b: InterfaceMapping) =>
  a.swIfIndex === b.swIfIndex &&
  a.isIdentity === b.isIdentity &&
  a.flags === b.flags &&
  a.tableId === b.tableId &&
  (a.isIdentity || a.local === b.local) &&
  insideKey(normalPorts(a), 0) === insideKey(normalPorts(b), 0) &&
  a.externalPort === b.externalPort;
const normalPorts = (mapping: InterfaceMapping) => ({ ...mapping, local: '' });
