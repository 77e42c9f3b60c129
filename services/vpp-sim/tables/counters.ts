import type { InterfaceTable } from './interfaces.js';

export interface Count {
  packets: number;
  bytes: number;
}

export interface InterfaceCounters {
  rx: Count;
  tx: Count;
  /** Packets that reached VPP's ip4-input and ip6-input. */
  ip4: number;
  ip6: number;
  drops: number;
}

/** Interface counters by index. A new interface on a used index starts from zero, as in VPP. */
export class CounterTable {
  private readonly byIndex = new Map<number, InterfaceCounters>();
  private readonly errors = new Map<string, number>();

  constructor(interfaces: InterfaceTable) {
    interfaces.onChange((swIfIndex, change) => {
      if (change === 'added') this.byIndex.set(swIfIndex, zero());
    });
    this.byIndex.set(0, zero());
  }

  of(swIfIndex: number): InterfaceCounters {
    const found = this.byIndex.get(swIfIndex) ?? zero();
    this.byIndex.set(swIfIndex, found);
    return found;
  }

  rx(swIfIndex: number, bytes: number): void {
    count(this.of(swIfIndex).rx, bytes);
  }

  tx(swIfIndex: number, bytes: number): void {
    count(this.of(swIfIndex).tx, bytes);
  }

  /** A packet of a family that came in. */
  ip(swIfIndex: number, family: 'ip4' | 'ip6'): void {
    this.of(swIfIndex)[family]++;
  }

  /** A packet that came in on `swIfIndex` and ends here; `reason` as VPP's error counter, `node/text`. */
  drop(swIfIndex: number, reason: string): void {
    this.of(swIfIndex).drops++;
    this.error(reason);
  }

  error(reason: string): void {
    this.errors.set(reason, (this.errors.get(reason) ?? 0) + 1);
  }

  allErrors(): ReadonlyMap<string, number> {
    return this.errors;
  }
}

const zero = (): InterfaceCounters => ({
  rx: { packets: 0, bytes: 0 },
  tx: { packets: 0, bytes: 0 },
  ip4: 0,
  ip6: 0,
  drops: 0,
});

function count(into: Count, bytes: number): void {
  into.packets++;
  into.bytes += bytes;
}
