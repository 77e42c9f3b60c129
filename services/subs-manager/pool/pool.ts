/** An inclusive range of addresses as 32-bit numbers. */
export type AddressRange = readonly [first: number, last: number];

export interface PoolSpec {
  name: string;
  /** Ascending, without overlap; exclusions are already cut out. */
  ranges: readonly AddressRange[];
  /** The only VRF it serves; absent: all. */
  vrf?: string | undefined;
  /** Pool that follows when this one is exhausted. */
  overflow?: string | undefined;
}

/** `ranges` without the addresses of `exclusions`; both may overlap and be in any order. */
export function cutRanges(ranges: readonly AddressRange[], exclusions: readonly AddressRange[]): AddressRange[] {
  let left = joined(ranges);
  for (const [first, last] of exclusions) {
    left = left.flatMap(([from, to]): AddressRange[] => {
      if (last < from || first > to) return [[from, to]];
      const parts: AddressRange[] = [
        [from, first - 1],
        [last + 1, to],
      ];
      return parts.filter(([start, end]) => start <= end);
    });
  }
  return left;
}

function joined(ranges: readonly AddressRange[]): AddressRange[] {
  const result: AddressRange[] = [];
  for (const [first, last] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const before = result.at(-1);
    if (before !== undefined && first <= before[1] + 1)
      result[result.length - 1] = [before[0], Math.max(before[1], last)];
    else result.push([first, last]);
  }
  return result;
}

/**
 * Free and used addresses of one pool. Memory grows with the addresses that were ever used, not with the size:
 * untouched addresses are given first, in order, then those free for the longest time.
 */
export class Pool {
  readonly name: string;
  readonly size: number;
  private readonly usedBy = new Set<number>();
  private readonly freed = new Set<number>();
  private readonly quarantined = new Map<number, number>();
  private rangeAt = 0;
  private nextUntouched: number;

  constructor(private readonly spec: PoolSpec) {
    this.name = spec.name;
    this.size = spec.ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
    this.nextUntouched = spec.ranges[0]?.[0] ?? 0;
  }

  get vrf(): string | undefined {
    return this.spec.vrf;
  }

  get overflow(): string | undefined {
    return this.spec.overflow;
  }

  serves(vrf: string): boolean {
    return this.spec.vrf === undefined || this.spec.vrf === vrf;
  }

  get used(): number {
    return this.usedBy.size;
  }

  get inQuarantine(): number {
    return this.quarantined.size;
  }

  contains(address: number): boolean {
    return this.spec.ranges.some(([first, last]) => address >= first && address <= last);
  }

  /** Takes this address; false when it is used, in quarantine or not of this pool. */
  take(address: number, nowMs: number): boolean {
    if (!this.contains(address) || this.usedBy.has(address) || this.isQuarantined(address, nowMs)) return false;
    this.freed.delete(address);
    this.usedBy.add(address);
    return true;
  }

  /** Takes any address that `accept` likes; undefined when the pool is exhausted. */
  takeAny(nowMs: number, accept: (address: number) => boolean): number | undefined {
    for (const address of this.candidates(nowMs)) {
      if (this.usedBy.has(address) || this.isQuarantined(address, nowMs)) continue;
      this.freed.add(address);
      if (accept(address) && this.take(address, nowMs)) return address;
    }
    return undefined;
  }

  /** Gives the address back; until `quarantineUntilMs` (0: none) nobody gets it. */
  release(address: number, quarantineUntilMs = 0): void {
    this.usedBy.delete(address);
    this.freed.delete(address);
    if (quarantineUntilMs > 0) this.quarantined.set(address, quarantineUntilMs);
    else this.freed.add(address);
  }

  private *candidates(nowMs: number): Generator<number> {
    for (let range = this.spec.ranges[this.rangeAt]; range; range = this.spec.ranges[this.rangeAt]) {
      while (this.nextUntouched <= range[1]) {
        const address = this.nextUntouched++;
        if (!this.freed.has(address)) yield address;
      }
      this.rangeAt++;
      this.nextUntouched = this.spec.ranges[this.rangeAt]?.[0] ?? 0;
    }
    for (const address of [...this.quarantined.keys()]) this.isQuarantined(address, nowMs);
    yield* this.freed;
  }

  /** An address whose quarantine is over joins the free ones. */
  private isQuarantined(address: number, nowMs: number): boolean {
    const untilMs = this.quarantined.get(address);
    if (untilMs === undefined || nowMs < untilMs) return untilMs !== undefined;
    this.quarantined.delete(address);
    this.freed.add(address);
    return false;
  }
}
