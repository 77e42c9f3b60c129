import { retvals } from '#lib/vpp/retval.js';
import type { InterfaceTable } from './interfaces.js';

export interface FlowprobeParams {
  record_flags: number;
  active_timer: number;
  passive_timer: number;
}
export interface FlowprobeInterface {
  readonly swIfIndex: number;
  /** 0 IPv4, 1 IPv6, 2 L2. */
  readonly which: number;
  /** 0 receive, 1 transmit, 2 both. */
  readonly direction: number;
}

const UNSET = 0xffffffff;
const DEFAULT_ACTIVE_S = 15;
const DEFAULT_PASSIVE_S = 120;
const LAST_WHICH = 2;
const LAST_DIRECTION = 2;

/** Flow records per interface. An interface that is deleted stays listed, and blocks the parameters. */
export class Flowprobe {
  params: FlowprobeParams = { record_flags: 0, active_timer: DEFAULT_ACTIVE_S, passive_timer: DEFAULT_PASSIVE_S };
  private readonly byInterface = new Map<number, FlowprobeInterface>();

  /** Whether flows are remembered: VPP makes the tables for one of both ways with the first interface, and none ever after. */
  private remembers: boolean | undefined;

  constructor(
    private readonly interfaces: InterfaceTable,
    private readonly crash: (reason: string) => never,
  ) {}

  setParams(wanted: FlowprobeParams): number {
    const active = wanted.active_timer === UNSET ? DEFAULT_ACTIVE_S : wanted.active_timer;
    const passive = wanted.passive_timer === UNSET ? DEFAULT_PASSIVE_S : wanted.passive_timer;
    if (passive > 0 && active > passive) return retvals.INVALID_VALUE;
    if (this.byInterface.size > 0) return retvals.UNSUPPORTED;
    this.params = { record_flags: wanted.record_flags & 7, active_timer: active, passive_timer: passive };
    return 0;
  }

  /** Of an interface's entry only the kind has to match to take it off. */
  change(wanted: FlowprobeInterface, isAdd: boolean): number {
    if (!this.interfaces.has(wanted.swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    if (wanted.which > LAST_WHICH || wanted.direction > LAST_DIRECTION) return retvals.INVALID_VALUE;
    if (this.params.record_flags === 0) return retvals.CANNOT_ENABLE_DISABLE_FEATURE;
    const found = this.byInterface.get(wanted.swIfIndex);
    if (isAdd && found) return retvals.ENTRY_ALREADY_EXISTS;
    if (!isAdd && !found) return retvals.NO_SUCH_ENTRY;
    if (found && found.which !== wanted.which) return retvals.ENTRY_ALREADY_EXISTS;
    if (isAdd) this.watch(wanted);
    else this.byInterface.delete(wanted.swIfIndex);
    return 0;
  }

  private watch(wanted: FlowprobeInterface): void {
    const remembers = this.params.active_timer > 0;
    this.remembers ??= remembers;
    if (this.remembers !== remembers)
      this.crash('flowprobe_interface_add_del with an active timer of 0 after another, or the other way round');
    this.byInterface.set(wanted.swIfIndex, wanted);
  }

  list(): FlowprobeInterface[] {
    return [...this.byInterface.values()].sort((a, b) => a.swIfIndex - b.swIfIndex);
  }
}
