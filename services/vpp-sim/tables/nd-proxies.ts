import { retvals } from '#lib/vpp/retval.js';
import { swIfIndex as index, path } from '#lib/vpp/types.js';
import type { InterfaceTable } from './interfaces.js';
import type { IpInterfaces } from './ip-interfaces.js';
import { hostPrefix } from './prefix.js';
import type { RouteTable } from './routes.js';

/** As `fib_source_dump` names it: IPv6-proxy-nd. */
const PROXY_ND_SOURCE = 13;

/** Addresses that VPP answers neighbour solicitations for, each with its host route. */
export class NdProxies {
  private readonly byAddress = new Map<string, number>();
  private readonly features = new Map<number, number>();

  constructor(
    private readonly interfaces: InterfaceTable,
    private readonly ip: IpInterfaces,
    private readonly routes: RouteTable,
  ) {}

  /** Each call puts the feature on the interface once more, or takes it off once. */
  enable(swIfIndex: number, isEnable: boolean): number {
    if (!this.interfaces.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    this.features.set(swIfIndex, Math.max(0, this.featuresOf(swIfIndex) + (isEnable ? 1 : -1)));
    return 0;
  }

  /** How often the feature stands on an interface. */
  featuresOf(swIfIndex: number): number {
    return this.features.get(swIfIndex) ?? 0;
  }

  /** Repeats, and removals by another interface or of none, are 0. */
  change(swIfIndex: number, address: string, isAdd: boolean): number {
    if (!this.interfaces.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    const table = this.ip.tableOf(swIfIndex, 'ip6');
    if (isAdd) {
      this.byAddress.set(address, swIfIndex);
      const route = path({ sw_if_index: index(swIfIndex), via: address, table_id: table });
      this.routes.set(table, hostPrefix(address), PROXY_ND_SOURCE, [route]);
    } else if (this.byAddress.get(address) === swIfIndex) {
      this.byAddress.delete(address);
      this.routes.clear(table, hostPrefix(address), PROXY_ND_SOURCE);
    }
    return 0;
  }

  list(): { address: string; swIfIndex: number }[] {
    return [...this.byAddress].map(([address, swIfIndex]) => ({ address, swIfIndex }));
  }
}
