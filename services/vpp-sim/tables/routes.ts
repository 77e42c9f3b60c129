import { retvals } from '#lib/vpp/retval.js';
import { type FibPath, noInterface, pathVia } from '#lib/vpp/types.js';
import { IndexPool } from './index-pool.js';
import { type Family, familyOf, type IpTables } from './ip-tables.js';
import { addressBytes, isIp6, maskAddress, maskPrefix, splitPrefix } from './prefix.js';

/** FIB source ids as `fib_source_dump` lists them. */
export const SOURCE = { special: 1, interface: 4, api: 8, dhcp: 12, adjacency: 15, defaultRoute: 20 } as const;

export interface Route {
  /** As first given: host bits are shown, though they do not count. */
  readonly prefix: string;
  readonly statsIndex: number;
  /** Paths by source id; the lowest id wins. */
  readonly sources: Map<number, FibPath[]>;
}

/** The FIBs of both families: API routes, VPP's own connected and special ones, and neighbours' host routes. */
export class RouteTable {
  private readonly tables = new Map<string, Map<string, Route>>();
  private readonly lengths = new Map<string, Map<number, number>>();
  private readonly stats = new IndexPool();
  /** The interface each path was made for: a path outlives it, but does not forward through its successor. */
  private readonly resolved = new WeakMap<FibPath, object>();

  constructor(
    private readonly ipTables: IpTables,
    private readonly interfaceAt: (swIfIndex: number) => object | undefined,
  ) {}

  /** The paths that packets take: those of the best source whose interface is still the one they were made for. */
  forwarding(route: Route): FibPath[] {
    return bestPaths(route).paths.filter(
      (path) => path.type === PATH_NORMAL && this.resolved.get(path) === this.interfaceAt(path.sw_if_index),
    );
  }

  /** The path that a packet takes, through the tables that routes say to look it up in. */
  next(tableId: number, address: string, lookups = MAX_LOOKUPS): FibPath | undefined {
    const route = this.lookup(tableId, address);
    const path = route && this.forwarding(route)[0];
    const isLookup = path?.sw_if_index === NONE && path.nh.address.every((byte) => byte === 0);
    return isLookup && lookups > 0 ? this.next(path.table_id, address, lookups - 1) : path;
  }

  /** `ip_route_add_del` with the API source. */
  update(change: RouteChange): { retval: number; statsIndex: number } {
    const family = familyOf(isIp6(change.prefix));
    if (!this.ipTables.has(family, change.tableId)) return { retval: retvals.NO_SUCH_FIB, statsIndex: NONE };
    if (change.paths.some((path) => !this.pathFits(path, family)))
      return { retval: retvals.NO_MATCHING_INTERFACE, statsIndex: NONE };
    if (!change.isAdd) return this.withdraw(family, change);
    if (change.paths.length === 0) return { retval: retvals.NO_PATHS_IN_ROUTE, statsIndex: NONE };
    const old = this.find(change.tableId, maskPrefix(change.prefix));
    const paths = change.isMultipath ? merge(old?.sources.get(change.source) ?? [], change.paths) : change.paths;
    const route = this.set(change.tableId, change.prefix, change.source, paths);
    return { retval: 0, statsIndex: route.statsIndex };
  }

  private pathFits(path: FibPath, family: Family): boolean {
    if (path.sw_if_index !== noInterface) return this.interfaceAt(path.sw_if_index) !== undefined;
    if (path.type !== PATH_NORMAL || pathVia(path) === undefined) return true;
    return this.ipTables.has(family, path.table_id);
  }

  private withdraw(_family: Family, change: RouteChange): { retval: number; statsIndex: number } {
    const route = this.find(change.tableId, maskPrefix(change.prefix));
    const paths = route?.sources.get(change.source);
    if (!route || !paths) return { retval: 0, statsIndex: NONE };
    if (!change.isMultipath) this.clear(change.tableId, change.prefix, change.source);
    else {
      const left = paths.filter((path) => !change.paths.some((gone) => samePath(path, gone)));
      if (left.length === 0) this.clear(change.tableId, change.prefix, change.source);
      else route.sources.set(change.source, left);
    }
    return { retval: 0, statsIndex: NONE };
  }

  /** Puts a route of one source, replacing that source's paths. */
  set(tableId: number, prefix: string, source: number, paths: FibPath[]): Route {
    const masked = maskPrefix(prefix);
    const table = this.tableOf(tableId, isIp6(masked));
    let route = table.get(masked);
    if (!route) {
      route = { prefix, statsIndex: this.stats.allocate(), sources: new Map() };
      table.set(masked, route);
      this.countLength(tableId, masked, 1);
    }
    this.resolve(route.sources.get(source) ?? [], paths);
    route.sources.set(source, paths);
    return route;
  }

  /** A path given again stays what it was, even if its interface is gone: VPP finds the old one and keeps it. */
  private resolve(old: readonly FibPath[], paths: readonly FibPath[]): void {
    for (const path of paths) {
      const known = old.find((other) => samePath(other, path));
      const at = (known && this.resolved.get(known)) ?? this.interfaceAt(path.sw_if_index);
      if (at) this.resolved.set(path, at);
    }
  }

  clear(tableId: number, prefix: string, source: number): void {
    const masked = maskPrefix(prefix);
    const table = this.tableOf(tableId, isIp6(masked));
    const route = table.get(masked);
    if (!route?.sources.delete(source)) return;
    if (route.sources.size > 0) return;
    table.delete(masked);
    this.stats.release(route.statsIndex);
    this.countLength(tableId, masked, -1);
  }

  find(tableId: number, prefix: string): Route | undefined {
    return this.tables.get(this.key(tableId, isIp6(prefix)))?.get(prefix);
  }

  /** Longest match for an address. */
  lookup(tableId: number, address: string): Route | undefined {
    const key = this.key(tableId, isIp6(address));
    const table = this.tables.get(key);
    if (!table) return undefined;
    for (const length of [...(this.lengths.get(key)?.keys() ?? [])].sort((a, b) => b - a)) {
      const found = table.get(`${maskAddress(address, length)}/${length}`);
      if (found) return found;
    }
    return undefined;
  }

  /** Of one table, in VPP's order: by address, then by length. Source 0 means all. */
  list(tableId: number, ip6: boolean, source = 0): Route[] {
    const routes = [...(this.tables.get(this.key(tableId, ip6))?.values() ?? [])];
    const wanted = source === 0 ? routes : routes.filter((route) => route.sources.has(source));
    return wanted.sort(byPrefix);
  }

  /** Routes lie under VPP's own index of the table, which outlives the table. */
  private key(tableId: number, ip6: boolean): string {
    return `${ip6 ? 6 : 4}/${this.ipTables.fibIndexOf(familyOf(ip6), tableId)}`;
  }

  private tableOf(tableId: number, ip6: boolean): Map<string, Route> {
    const key = this.key(tableId, ip6);
    const found = this.tables.get(key) ?? new Map<string, Route>();
    this.tables.set(key, found);
    return found;
  }

  private countLength(tableId: number, prefix: string, by: number): void {
    const key = this.key(tableId, isIp6(prefix));
    const counts = this.lengths.get(key) ?? new Map<number, number>();
    const { length } = splitPrefix(prefix);
    const count = (counts.get(length) ?? 0) + by;
    if (count > 0) counts.set(length, count);
    else counts.delete(length);
    this.lengths.set(key, counts);
  }
}

export interface RouteChange {
  isAdd: boolean;
  isMultipath: boolean;
  tableId: number;
  prefix: string;
  source: number;
  paths: FibPath[];
}

/** The paths that forward: those of the best source. */
export function bestPaths(route: Route): { source: number; paths: FibPath[] } {
  const source = Math.min(...route.sources.keys());
  return { source, paths: route.sources.get(source) ?? [] };
}

const NONE = 0xffffffff;
/** Four tables in a row are the most that VPP looks a packet up in. */
const MAX_LOOKUPS = 3;
const PATH_NORMAL = 0;

const samePath = (a: FibPath, b: FibPath): boolean =>
  a.sw_if_index === b.sw_if_index &&
  a.table_id === b.table_id &&
  a.type === b.type &&
  Buffer.compare(pad(a.nh.address), pad(b.nh.address)) === 0;

const pad = (bytes: Uint8Array): Uint8Array => Buffer.concat([bytes, new Uint8Array(16 - bytes.length)]);

/** A path that is there already keeps its weight. */
const merge = (old: FibPath[], added: FibPath[]): FibPath[] => [
  ...old,
  ...added.filter((path) => !old.some((known) => samePath(known, path))),
];

function byPrefix(a: Route, b: Route): number {
  const left = splitPrefix(a.prefix);
  const right = splitPrefix(b.prefix);
  return Buffer.compare(addressBytes(left.address), addressBytes(right.address)) || left.length - right.length;
}
