import { type Ip6Prefix, ip6Prefix, ip6PrefixText, ip6Text } from '#lib/net/ip6.js';
import type { Pool6Config } from '../config6.js';

const ADDRESS_BITS = 128;

/**
 * Addresses (`length` 128) or prefixes of one length out of a prefix. Memory grows with what was ever used: untouched
 * ones are given first, in order, then those free for the longest time.
 */
export class Pool6 {
  readonly name: string;
  /** The one VRF whose subscribers it serves; undefined: all. */
  readonly vrf: string | undefined;
  /** What it gives has this length. */
  readonly length: number;
  /** How many it can give; at most 2^53 - 1 is told. */
  readonly size: number;
  private readonly whole: Ip6Prefix;
  private readonly excluded: readonly Ip6Prefix[];
  private readonly step: bigint;
  private readonly usedValues = new Set<string>();
  private readonly freed = new Set<string>();
  private readonly quarantined = new Map<string, number>();
  private next: bigint;

  constructor({ name, prefix, length, exclude, vrf }: Pool6Config) {
    this.name = name;
    this.vrf = vrf;
    this.length = length;
    this.whole = ip6Prefix(prefix) ?? { first: 0n, last: -1n, length: 0 };
    this.excluded = exclude.map(ip6Prefix).filter((part) => part !== undefined);
    this.step = 1n << BigInt(ADDRESS_BITS - length);
    // The first address of a subnet is every router's (RFC 4291 section 2.6.1).
    this.next = length === ADDRESS_BITS ? this.whole.first + 1n : this.whole.first;
    this.size = Math.min(2 ** (length - this.whole.length), Number.MAX_SAFE_INTEGER);
  }

  get used(): number {
    return this.usedValues.size;
  }

  get inQuarantine(): number {
    return this.quarantined.size;
  }

  serves(vrf: string): boolean {
    return this.vrf === undefined || this.vrf === vrf;
  }

  /** Whether the value, an address or `prefix/length`, is one that this pool gives. */
  contains(value: string): boolean {
    const part = ip6Prefix(value.includes('/') ? value : `${value}/${ADDRESS_BITS}`);
    if (part === undefined || part.length !== this.length) return false;
    return part.first >= this.whole.first && part.last <= this.whole.last && !this.isExcluded(part.first);
  }

  /** Takes this one; false when it is used, in quarantine or not of this pool. */
  take(value: string, nowMs: number): boolean {
    if (!this.contains(value) || this.usedValues.has(value) || this.isQuarantined(value, nowMs)) return false;
    this.freed.delete(value);
    this.usedValues.add(value);
    return true;
  }

  /** Takes any that `accept` likes; undefined when the pool is exhausted. */
  takeAny(nowMs: number, accept: (value: string) => boolean): string | undefined {
    for (const value of this.candidates(nowMs)) {
      if (!this.usedValues.has(value)) this.freed.add(value);
      if (accept(value) && this.take(value, nowMs)) return value;
    }
    return undefined;
  }

  /** Gives it back; until `quarantineUntilMs` (0: none) nobody gets it. */
  release(value: string, quarantineUntilMs = 0): void {
    this.usedValues.delete(value);
    this.freed.delete(value);
    if (quarantineUntilMs > 0) this.quarantined.set(value, quarantineUntilMs);
    else this.freed.add(value);
  }

  private *candidates(nowMs: number): Generator<string> {
    while (this.next <= this.whole.last) {
      const first = this.next;
      this.next += this.step;
      const value = this.text(first);
      const touched = this.usedValues.has(value) || this.freed.has(value) || this.quarantined.has(value);
      if (!touched && !this.isExcluded(first)) yield value;
    }
    for (const value of [...this.quarantined.keys()]) this.isQuarantined(value, nowMs);
    yield* [...this.freed];
  }

  private text(first: bigint): string {
    return this.length === ADDRESS_BITS ? ip6Text(first) : ip6PrefixText(first, this.length);
  }

  private isExcluded(first: bigint): boolean {
    const last = first + this.step - 1n;
    return this.excluded.some((part) => last >= part.first && first <= part.last);
  }

  /** What has its quarantine over joins the free ones. */
  private isQuarantined(value: string, nowMs: number): boolean {
    const untilMs = this.quarantined.get(value);
    if (untilMs === undefined || nowMs < untilMs) return untilMs !== undefined;
    this.quarantined.delete(value);
    this.freed.add(value);
    return false;
  }
}
