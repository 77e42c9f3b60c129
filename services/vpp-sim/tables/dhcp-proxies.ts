import { retvals } from '#lib/vpp/retval.js';
import { path } from '#lib/vpp/types.js';
import { type Family, familyOf, type IpTables } from './ip-tables.js';
import { isIp6 } from './prefix.js';
import { type RouteTable, SOURCE } from './routes.js';

export interface DhcpServer {
  tableId: number;
  address: string;
}

export interface DhcpProxy {
  readonly rxTableId: number;
  readonly family: Family;
  /** The first server's: later ones are ignored. */
  readonly sourceAddress: string;
  servers: DhcpServer[];
}

export interface DhcpProxyChange {
  isAdd: boolean;
  rxTableId: number;
  serverTableId: number;
  server: string;
  source: string;
}

/** DHCP relays, one per client table. Tables named here come into being. */
export class DhcpProxyTable {
  private readonly proxies = new Map<string, DhcpProxy>();

  constructor(
    private readonly tables: IpTables,
    private readonly routes: RouteTable,
  ) {}

  configure(change: DhcpProxyChange): number {
    if (isIp6(change.server) !== isIp6(change.source)) return retvals.INVALID_ARGUMENT;
    if (isZero(change.server) && !isIp6(change.server)) return retvals.INVALID_DST_ADDRESS;
    if (isZero(change.source)) return retvals.INVALID_SRC_ADDRESS;
    return change.isAdd ? this.add(change) : this.remove(change);
  }

  private add({ rxTableId, serverTableId, server, source }: DhcpProxyChange): number {
    const family = familyOf(isIp6(server));
    const key = `${family}/${rxTableId}`;
    let proxy = this.proxies.get(key);
    if (!proxy) {
      proxy = { rxTableId, family, sourceAddress: source, servers: [] };
      this.proxies.set(key, proxy);
      this.tables.use(family, rxTableId);
      if (family === 'ip4') this.routes.set(rxTableId, BROADCAST, SOURCE.dhcp, [path({ type: PATH_LOCAL })]);
    }
    if (proxy.servers.some((known) => known.address === server && known.tableId === serverTableId)) return 0;
    proxy.servers.push({ tableId: serverTableId, address: server });
    this.tables.use(family, serverTableId);
    return 0;
  }

  private remove({ rxTableId, serverTableId, server }: DhcpProxyChange): number {
    const family = familyOf(isIp6(server));
    const key = `${family}/${rxTableId}`;
    const proxy = this.proxies.get(key);
    const at = proxy?.servers.findIndex((known) => known.address === server && known.tableId === serverTableId) ?? -1;
    if (!proxy || at < 0) return 0;
    proxy.servers.splice(at, 1);
    this.tables.release(family, serverTableId);
    if (proxy.servers.length > 0) return 0;
    this.proxies.delete(key);
    this.tables.release(family, rxTableId);
    if (family === 'ip4') this.routes.clear(rxTableId, BROADCAST, SOURCE.dhcp);
    return 0;
  }

  find(family: Family, rxTableId: number): DhcpProxy | undefined {
    return this.proxies.get(`${family}/${rxTableId}`);
  }

  list(family: Family): DhcpProxy[] {
    return [...this.proxies.values()].filter((proxy) => proxy.family === family);
  }
}

const BROADCAST = '255.255.255.255/32';
const PATH_LOCAL = 1;
const isZero = (address: string) => address === '0.0.0.0' || address === '::';
