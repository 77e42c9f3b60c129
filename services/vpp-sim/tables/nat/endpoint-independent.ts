import { retvals } from '#lib/vpp/retval.js';
import type { InterfaceTable } from '../interfaces.js';
import type { IpInterfaces } from '../ip-interfaces.js';
import type { IpTables } from '../ip-tables.js';
import type { MainHeap } from '../main-heap.js';
import { NatInterfaces } from './interfaces.js';
import { MAPPING_FLAG, type Mapping, NatMappings } from './mappings.js';
import { NatPool } from './pool.js';
import { bucketsFor, DEFAULT_TIMEOUTS, type NatTimeouts, NO_TIMEOUTS } from './settings.js';

const DEFAULT_USERS = 1024;
const DEFAULT_SESSIONS = 10 * 1024;
/** `alg` of `nat44_ei_set_addr_and_port_alloc_alg`. */
const ALGORITHM = { default: 0, mapE: 1, portRange: 2 } as const;

export interface PortAllocation {
  alg: number;
  psid_offset: number;
  psid_length: number;
  psid: number;
  start_port: number;
  end_port: number;
}
interface Limits {
  insideTable: number;
  outsideTable: number;
  users: number;
  sessions: number;
  userSessions: number;
}
const NO_LIMITS: Limits = { insideTable: 0, outsideTable: 0, users: 0, sessions: 0, userSessions: 0 };

/** NAT44-EI. Most requests are refused (-169) until it is enabled; mappings of ports need their address in the pool. */
export class Nat44Ei {
  readonly interfaces: NatInterfaces;
  readonly pool: NatPool;
  readonly mappings: NatMappings;
  timeouts: NatTimeouts = NO_TIMEOUTS;
  forwarding = false;
  mssClamping = 0;
  userBuckets = 0;
  sessionBuckets = 0;
  limits: Limits = NO_LIMITS;
  allocation: PortAllocation = { alg: 0, psid_offset: 0, psid_length: 0, psid: 0, start_port: 0, end_port: 0 };
  /** The plugin flags as enabled with. */
  flags = 0;
  readonly ha = {
    listener: { ip_address: '0.0.0.0', port: 0, path_mtu: 0 },
    failover: { ip_address: '0.0.0.0', port: 0, session_refresh_interval: 0 },
  };
  private enabled = false;

  constructor(
    interfaces: InterfaceTable,
    ip: IpInterfaces,
    private readonly ipTables: IpTables,
    private readonly heap: MainHeap,
    private readonly crash: (reason: string) => never,
  ) {
    this.interfaces = new NatInterfaces(interfaces, true);
    this.pool = new NatPool(ip, ipTables, crash, (address) => (this.mappings.uses(address) ? retvals.UNSPECIFIED : 0));
    this.mappings = new NatMappings(ip, ipTables, {
      insideTable: () => this.limits.insideTable,
      usable: (mapping) => this.usable(mapping),
      keepsRefused: true,
    });
  }

  /** -169 until the plugin is enabled, else what `run` answers. */
  whenEnabled(run: () => number): number {
    return this.enabled ? run() : retvals.FEATURE_ALREADY_DISABLED;
  }

  enable(flags: number, limits: Limits): number {
    if (this.enabled) return retvals.FEATURE_ALREADY_ENABLED;
    const sessions = limits.sessions || DEFAULT_SESSIONS;
    const users = limits.users || DEFAULT_USERS;
    const wanted = { ...limits, users, sessions, userSessions: limits.userSessions || sessions };
    this.heap.take(bytesOf(wanted), 'nat44_ei_plugin_enable_disable');
    this.enabled = true;
    this.limits = wanted;
    this.flags = flags & ENABLE_FLAGS;
    this.userBuckets = bucketsFor(users);
    this.sessionBuckets = bucketsFor(sessions);
    this.timeouts = DEFAULT_TIMEOUTS;
    this.forwarding = false;
    this.mssClamping = 0;
    this.allocation = { ...this.allocation, alg: ALGORITHM.default, psid_offset: 0, psid_length: 0, psid: 0 };
    for (const table of [limits.insideTable, limits.outsideTable]) this.ipTables.use('ip4', table);
    return 0;
  }

  disable(): number {
    if (!this.enabled) return retvals.FEATURE_ALREADY_DISABLED;
    this.enabled = false;
    this.heap.giveBack(bytesOf(this.limits));
    for (const part of [this.interfaces, this.pool, this.mappings]) part.clear();
    this.limits = NO_LIMITS;
    this.flags = 0;
    this.forwarding = false;
    return 0;
  }

  allocate(wanted: PortAllocation): number {
    switch (wanted.alg) {
      case ALGORITHM.default:
        this.allocation = { ...this.allocation, alg: wanted.alg };
        return 0;
      case ALGORITHM.mapE: {
        const { psid_offset, psid_length, psid } = wanted;
        this.allocation = { ...this.allocation, alg: wanted.alg, psid_offset, psid_length, psid };
        return 0;
      }
      case ALGORITHM.portRange: {
        const { start_port, end_port } = wanted;
        if (start_port >= end_port) return retvals.INVALID_VALUE;
        this.allocation = { ...this.allocation, alg: wanted.alg, start_port, end_port };
        return 0;
      }
      default:
        return retvals.INVALID_VALUE;
    }
  }

  removeUser(): number {
    if (!this.enabled) this.crash('nat44_ei_del_user while NAT44-EI is off: VPP looks into a table it does not have');
    return NO_SUCH_USER;
  }

  private usable({ external, flags }: Mapping): number {
    return flags & MAPPING_FLAG.addressOnly || this.pool.has(external) ? 0 : retvals.NO_SUCH_ENTRY;
  }
}

/** What VPP takes at once; measured on VPP 26.06. */
const bytesOf = ({ sessions, users }: Limits): number => sessions * 268 + users * 63;

const NO_SUCH_USER = 1;
const ENABLE_FLAGS = 7;
