import type { PolicerColour, PolicerConfig } from './policers.js';

const RATE_PPS = 1;
const TWO_RATES = new Set([2, 3, 4]);
const ONE_RATE_TWO_COLOURS = 0;

/**
 * The meter of one policer: committed bucket refilled at `cir`, second bucket at `eir` (or from the overflow of the
 * first for RFC 2697). Kilobits and bytes, or packets and milliseconds of burst.
 */
export class TokenBucket {
  private committed: number;
  private excess: number;
  private readonly committedMax: number;
  private readonly excessMax: number;
  private readonly committedPerMs: number;
  private readonly excessPerMs: number;
  private readonly perPacket: boolean;

  constructor(
    private readonly config: PolicerConfig,
    private lastMs: number,
  ) {
    this.perPacket = config.rate_type === RATE_PPS;
    this.committedPerMs = this.perPacket ? config.cir / 1000 : config.cir / 8;
    this.excessPerMs = this.perPacket ? config.eir / 1000 : config.eir / 8;
    this.committedMax = this.perPacket ? Number(config.cb) * this.committedPerMs : Number(config.cb);
    this.excessMax = this.perPacket ? Number(config.eb) * this.excessPerMs : Number(config.eb);
    this.committed = this.committedMax;
    this.excess = this.excessMax;
  }

  /** Charges one packet and says its colour. */
  take(bytes: number, nowMs: number): PolicerColour {
    this.refill(nowMs);
    const cost = this.perPacket ? 1 : bytes;
    if (this.config.type === 2) return this.takeTwoRate(cost);
    if (cost <= this.committed) {
      this.committed -= cost;
      return 'conform';
    }
    if (this.config.type === ONE_RATE_TWO_COLOURS || cost > this.excess) return 'violate';
    this.excess -= cost;
    return 'exceed';
  }

  /** RFC 2698: the peak bucket is charged by every packet that passes. */
  private takeTwoRate(cost: number): PolicerColour {
    if (cost > this.excess) return 'violate';
    this.excess -= cost;
    if (cost > this.committed) return 'exceed';
    this.committed -= cost;
    return 'conform';
  }

  private refill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.lastMs);
    this.lastMs = nowMs;
    const filled = this.committed + elapsedMs * this.committedPerMs;
    this.committed = Math.min(this.committedMax, filled);
    const extra = TWO_RATES.has(this.config.type) ? elapsedMs * this.excessPerMs : filled - this.committed;
    this.excess = Math.min(this.excessMax, this.excess + extra);
  }
}
