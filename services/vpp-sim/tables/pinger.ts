import { noInterface, pathVia } from '#lib/vpp/types.js';
import type { IpInterfaces } from './ip-interfaces.js';
import { familyOf, type IpTables } from './ip-tables.js';
import type { NeighbourTable } from './neighbours.js';
import { hostPrefix, isIp6 } from './prefix.js';
import type { RouteTable } from './routes.js';

export interface PingResult {
  readonly requests: number;
  readonly replies: number;
}
export type PingHook = (result: PingResult) => void;

interface Running {
  readonly repeat: number;
  readonly intervalMs: number;
  readonly answers: boolean;
  readonly sinceMs: number;
  readonly timer: NodeJS.Timeout;
}
const DEFAULT_TABLE = 0;

/**
 * Pings of hosts in VPP's neighbour table, which answer unless told to be silent. VPP 26.06 waits for answers in the
 * process that serves the API, and the next request of any client ends that wait: the rest counts as unanswered.
 */
export class Pinger {
  private readonly hooks: PingHook[] = [];
  private readonly silent = new Set<string>();
  private running: Running | undefined;

  constructor(
    private readonly routes: RouteTable,
    private readonly neighbours: NeighbourTable,
    private readonly ip: IpInterfaces,
    private readonly tables: IpTables,
  ) {}

  onFinished(hook: PingHook): void {
    this.hooks.push(hook);
  }

  /** A host falls silent, or answers again. */
  setSilent(address: string, isSilent: boolean): void {
    if (isSilent) this.silent.add(address);
    else this.silent.delete(address);
  }

  ping(address: string, repeat: number, intervalMs: number): void {
    const hop = this.nextHop(DEFAULT_TABLE, address);
    if (!hop) {
      setImmediate(() => this.tell({ requests: 0, replies: 0 }));
      return;
    }
    const answers = this.answers(hop, address);
    const timer = setTimeout(() => this.finish(repeat), repeat * intervalMs);
    timer.unref();
    this.running = { repeat, intervalMs, answers, sinceMs: performance.now(), timer };
  }

  /** One echo request of the CLI's `ping`: whether it is answered, or why it cannot be sent in VPP's words. */
  echo(address: string, from: { tableId: number } | { swIfIndex: number }): boolean | string {
    const family = familyOf(isIp6(address));
    const tableId = 'tableId' in from ? from.tableId : this.ip.tableOf(from.swIfIndex, family);
    if (!this.tables.has(family, tableId)) return 'no FIB table for lookup';
    const hop = isLinkLocal(address) && 'swIfIndex' in from ? { ...from, address } : this.nextHop(tableId, address);
    const swIfIndex = 'swIfIndex' in from ? from.swIfIndex : hop?.swIfIndex;
    if (swIfIndex === undefined) return 'no egress interface';
    const source = this.ip.donorOf(swIfIndex) ?? swIfIndex;
    if (this.ip.addresses(source, family).length === 0 && !isLinkLocal(address))
      return 'no source address for egress interface';
    return hop !== undefined && this.answers(hop, address);
  }

  private answers(hop: { swIfIndex: number; address: string }, address: string): boolean {
    return this.neighbours.get(hop.swIfIndex, hop.address) !== undefined && !this.silent.has(address);
  }

  /** Another request arrives at VPP. */
  disturb(): void {
    if (!this.running) return;
    const { sinceMs, intervalMs } = this.running;
    const elapsedMs = performance.now() - sinceMs;
    this.finish(elapsedMs < ANSWER_MS ? 0 : Math.floor(elapsedMs / intervalMs) + 1);
  }

  private finish(answered: number): void {
    const { running } = this;
    if (!running) return;
    clearTimeout(running.timer);
    this.running = undefined;
    const replies = running.answers ? Math.min(answered, running.repeat) : 0;
    this.tell({ requests: running.repeat, replies });
  }

  private tell(result: PingResult): void {
    for (const hook of this.hooks) hook(result);
  }

  private nextHop(tableId: number, address: string): { swIfIndex: number; address: string } | undefined {
    const route = this.routes.find(tableId, hostPrefix(address)) ?? this.routes.lookup(tableId, address);
    const path = route && this.routes.forwarding(route).find(({ sw_if_index }) => sw_if_index !== noInterface);
    return path && { swIfIndex: path.sw_if_index, address: pathVia(path) ?? address };
  }
}

/** How long a host takes to answer. */
const ANSWER_MS = 1;

const isLinkLocal = (address: string): boolean => address.startsWith('fe80:');
