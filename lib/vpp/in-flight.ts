import type { Pending } from './pending.js';

const contextMask = 0x3fffffff;
const compactAt = 4096;

/** Requests sent and not yet answered, in the order sent: VPP answers one client in that order. */
export class InFlight {
  private entries: Pending[] = [];
  private head = 0;
  private headContext = 1;

  get size(): number {
    return this.entries.length - this.head;
  }

  /** The context that `push` will stand for. Contexts stay clear of client indexes, which have bit 31 set. */
  get nextContext(): number {
    return (this.headContext + this.size) & contextMask;
  }

  push(entry: Pending): void {
    this.entries.push(entry);
  }

  get(context: number): Pending | undefined {
    const distance = (context - this.headContext) & contextMask;
    return distance < this.size ? this.entries[this.head + distance] : undefined;
  }

  /** Takes out the oldest. */
  shift(): Pending | undefined {
    if (this.head === this.entries.length) return undefined;
    const oldest = this.entries[this.head++];
    this.headContext = (this.headContext + 1) & contextMask;
    if (this.head === this.entries.length) {
      this.entries.length = 0;
      this.head = 0;
    } else if (this.head > compactAt) {
      this.entries.splice(0, this.head);
      this.head = 0;
    }
    return oldest;
  }

  /** Oldest first. */
  *[Symbol.iterator](): Generator<Pending> {
    for (const entry of this.entries.slice(this.head)) yield entry;
  }
}
