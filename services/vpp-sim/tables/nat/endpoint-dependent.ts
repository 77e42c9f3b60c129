import { retvals } from '#lib/vpp/retval.js';
import type { InterfaceTable } from '../interfaces.js';
import type { IpInterfaces } from '../ip-interfaces.js';
import type { IpTables } from '../ip-tables.js';
import type { MainHeap } from '../main-heap.js';
import { NatInterfaces } from './interfaces.js';
import { type InterfaceMapping, MAPPING_FLAG, type Mapping, NatMappings } from './mappings.js';
import { NatPool } from './pool.js';
import { bucketsFor, DEFAULT_TIMEOUTS, type NatTimeouts, NO_TIMEOUTS } from './settings.js';

const DEFAULT_SESSIONS = 63 * 1024;
/** Taken for each at once; measured on VPP 26.06. */
const SESSION_BYTES = 356;
/** `nat44_config_flags` that NAT44-ED does not have: static mappings only, connection tracking. */
const UNSUPPORTED_FLAGS = 2 | 4;

/** NAT44-ED. Most requests are refused until it is enabled; disabling forgets all but timeouts and the hold on its two tables. */
export class Nat44Ed {
  readonly interfaces: NatInterfaces;
  readonly pool: NatPool;
  readonly mappings: NatMappings;
  timeouts: NatTimeouts = NO_TIMEOUTS;
  forwarding = false;
  mssClamping = 0;
  buckets = 0;
  config = { insideTable: 0, outsideTable: 0, sessions: 0 };
  private enabled = false;
  private readonly vrfTables = new Map<number, number[]>();

  constructor(
    interfaces: InterfaceTable,
    ip: IpInterfaces,
    private readonly ipTables: IpTables,
    private readonly heap: MainHeap,
    crash: (reason: string) => never,
  ) {
    this.interfaces = new NatInterfaces(interfaces, false);
    this.pool = new NatPool(ip, ipTables, crash);
    this.mappings = new NatMappings(ip, ipTables, {
      insideTable: () => this.config.insideTable,
      usable: () => 0,
      keepsRefused: false,
    });
  }

  /** -126 until the plugin is enabled, else what `run` answers. */
  whenEnabled(run: () => number): number {
    return this.enabled ? run() : retvals.UNSUPPORTED;
  }

  enable(flags: number, config: { insideTable: number; outsideTable: number; sessions: number }): number {
    if (flags & UNSUPPORTED_FLAGS) return retvals.UNSUPPORTED;
    if (this.enabled) return retvals.FEATURE_ALREADY_ENABLED;
    const sessions = config.sessions || DEFAULT_SESSIONS;
    this.heap.take(sessions * SESSION_BYTES, 'nat44_ed_plugin_enable_disable');
    this.enabled = true;
    this.config = { ...config, sessions };
    this.buckets = bucketsFor(this.config.sessions);
    this.timeouts = DEFAULT_TIMEOUTS;
    this.forwarding = false;
    this.mssClamping = 0;
    for (const table of [config.insideTable, config.outsideTable]) this.ipTables.use('ip4', table);
    return 0;
  }

  disable(): number {
    if (!this.enabled) return retvals.FEATURE_ALREADY_DISABLED;
    this.enabled = false;
    this.heap.giveBack(this.config.sessions * SESSION_BYTES);
    for (const part of [this.interfaces, this.pool, this.mappings]) part.clear();
    for (const table of [...this.vrfTables.keys()]) this.changeVrfTable(table, false);
    this.config = { insideTable: 0, outsideTable: 0, sessions: 0 };
    this.forwarding = false;
    return 0;
  }

  /** Refused combinations are refused on removal too. */
  changeMapping(mapping: Mapping | InterfaceMapping, isAdd: boolean): number {
    const wrong = unsupportedTwice(mapping);
    if (wrong !== 0) return wrong;
    return isAdd ? this.mappings.add(mapping) : this.mappings.remove(mapping);
  }

  setSessionLimit(tableId: number): number {
    return this.ipTables.has('ip4', tableId) ? 0 : retvals.UNSPECIFIED;
  }

  changeVrfTable(tableId: number, isAdd: boolean): number {
    const routes = this.vrfTables.get(tableId);
    if (isAdd) {
      if (routes) return retvals.VALUE_EXIST;
      this.vrfTables.set(tableId, []);
      this.ipTables.use('ip4', tableId);
      return 0;
    }
    if (!routes) return retvals.NO_SUCH_ENTRY;
    for (const table of [tableId, ...routes]) this.ipTables.release('ip4', table);
    this.vrfTables.delete(tableId);
    return 0;
  }

  changeVrfRoute(tableId: number, to: number, isAdd: boolean): number {
    const routes = this.vrfTables.get(tableId);
    if (!routes) return retvals.NO_SUCH_ENTRY;
    if (isAdd && routes.includes(to)) return retvals.VALUE_EXIST;
    if (!isAdd && !routes.includes(to)) return retvals.NO_SUCH_ENTRY;
    this.vrfTables.set(tableId, isAdd ? [...routes, to] : routes.filter((each) => each !== to));
    if (isAdd) this.ipTables.use('ip4', to);
    else this.ipTables.release('ip4', to);
    return 0;
  }

  listVrfTables(): { tableId: number; routes: readonly number[] }[] {
    return [...this.vrfTables].map(([tableId, routes]) => ({ tableId, routes }));
  }
}

/** Twice NAT rewrites ports, so that it cannot be of addresses only. */
function unsupportedTwice({ flags, isIdentity }: Mapping): number {
  const isTwice = flags & (MAPPING_FLAG.twiceNat | MAPPING_FLAG.selfTwiceNat);
  return isTwice && (isIdentity || flags & MAPPING_FLAG.addressOnly) ? retvals.UNSUPPORTED : 0;
}
