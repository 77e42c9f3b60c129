import { retvals } from '#lib/vpp/retval.js';
import type { InterfaceTable } from './interfaces.js';

/** Ports that speak LLDP; they hear nobody here. One that is deleted stays listed. */
export class LldpTable {
  private readonly enabled = new Set<number>();

  constructor(private readonly interfaces: InterfaceTable) {}

  /** VPP takes the request's `sw_if_index` for one of hardware (lldp_api.c), once it has seen that such an interface is there. */
  change(index: number, enable: boolean): number {
    if (!this.interfaces.has(index)) return retvals.INVALID_SW_IF_INDEX;
    const port = this.interfaces.byHardwareIndex(index);
    if (!port || port.kind === 'local') return retvals.INVALID_VALUE;
    if (enable) this.enabled.add(port.swIfIndex);
    else this.enabled.delete(port.swIfIndex);
    return 0;
  }

  list(): number[] {
    return [...this.enabled];
  }
}
