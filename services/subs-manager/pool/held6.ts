import { type Ip6Prefix, ip6Prefix } from '#lib/net/ip6.js';

interface Held extends Ip6Prefix {
  readonly sessionId: string;
}

const ADDRESS_BITS = 128;
const keyOf = (first: bigint, length: number) => `${first}/${length}`;
const rangeOf = (value: string) => ip6Prefix(value.includes('/') ? value : `${value}/${ADDRESS_BITS}`);

/** The IPv6 addresses and prefixes that are held in one VRF: who has one that another covers, or is covered by. */
export class Held6 {
  private readonly byRange = new Map<string, Held>();
  /** By their first addresses. */
  private readonly sorted: Held[] = [];
  /** How many there are of each length. */
  private readonly lengths = new Map<number, number>();

  add(value: string, sessionId: string): void {
    const range = rangeOf(value);
    if (range === undefined) return;
    const held = { ...range, sessionId };
    if (!this.byRange.has(keyOf(range.first, range.length))) this.count(range.length, 1);
    else this.unsort(range);
    this.byRange.set(keyOf(range.first, range.length), held);
    this.sorted.splice(this.position(range.first), 0, held);
  }

  remove(value: string): void {
    const range = rangeOf(value);
    if (range === undefined || !this.byRange.delete(keyOf(range.first, range.length))) return;
    this.count(range.length, -1);
    this.unsort(range);
  }

  /** Whether another session has something of this range: all of it, a part, or more. */
  isTaken(value: string, sessionId: string): boolean {
    const range = rangeOf(value);
    if (range === undefined) return false;
    for (const length of this.lengths.keys()) {
      if (length > range.length) continue;
      const bits = BigInt(ADDRESS_BITS - length);
      const around = this.byRange.get(keyOf((range.first >> bits) << bits, length));
      if (around !== undefined && around.sessionId !== sessionId) return true;
    }
    for (let at = this.position(range.first); at < this.sorted.length; at++) {
      const inside = this.sorted[at] as Held;
      if (inside.first > range.last) return false;
      if (inside.sessionId !== sessionId) return true;
    }
    return false;
  }

  /** The first that begins at or after `first`. */
  private position(first: bigint): number {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.sorted[middle] as Held).first < first) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private unsort({ first, length }: Ip6Prefix): void {
    let at = this.position(first);
    while (this.sorted[at]?.first === first && this.sorted[at]?.length !== length) at++;
    if (this.sorted[at]?.first === first) this.sorted.splice(at, 1);
  }

  private count(length: number, change: 1 | -1): void {
    const left = (this.lengths.get(length) ?? 0) + change;
    if (left === 0) this.lengths.delete(length);
    else this.lengths.set(length, left);
  }
}
