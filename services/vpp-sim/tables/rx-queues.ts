import { retvals } from '#lib/vpp/retval.js';
import type { InterfaceTable } from './interfaces.js';

/** `rx_mode`. */
const MODE = { interrupt: 2, adaptive: 3 } as const;

/** Receive queues of host interfaces: one each, on the main thread. */
export class RxQueues {
  private readonly modes = new Map<number, number>();

  constructor(private readonly interfaces: InterfaceTable) {
    interfaces.onDelete((swIfIndex) => this.modes.delete(swIfIndex));
  }

  setMode(swIfIndex: number, queue: number | undefined, mode: number): number {
    const wrong = this.wrong(swIfIndex);
    if (wrong !== 0) return wrong;
    const hasQueue = this.hasQueue(swIfIndex);
    if ((queue !== undefined && (queue > 0 || !hasQueue)) || (hasQueue && mode === MODE.adaptive))
      return retvals.UNIMPLEMENTED;
    if (hasQueue) this.modes.set(swIfIndex, mode);
    return 0;
  }

  place(swIfIndex: number, queue: number): number {
    const wrong = this.wrong(swIfIndex);
    if (wrong !== 0) return wrong;
    return queue > 0 || !this.hasQueue(swIfIndex) ? retvals.UNIMPLEMENTED : 0;
  }

  list(): { swIfIndex: number; mode: number }[] {
    return this.interfaces
      .all()
      .filter(({ swIfIndex }) => this.hasQueue(swIfIndex))
      .map(({ swIfIndex }) => ({ swIfIndex, mode: this.modes.get(swIfIndex) ?? MODE.interrupt }));
  }

  private hasQueue(swIfIndex: number): boolean {
    return this.interfaces.get(swIfIndex)?.kind === 'af-packet';
  }

  private wrong(swIfIndex: number): number {
    const found = this.interfaces.get(swIfIndex);
    if (!found) return retvals.INVALID_SW_IF_INDEX;
    return found.sub ? retvals.INVALID_VALUE : 0;
  }
}
