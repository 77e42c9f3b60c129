import { randomFillSync } from 'node:crypto';
import type { Clock } from '#lib/kernel/clock.js';

/** Acct-Session-Id: 32 hex digits, unique for ever, sorting by time of creation. */
export type SessionId = string & { readonly brand: 'SessionId' };

/** The text as an id, where it comes from a row or a caller. */
export const asSessionId = (text: string): SessionId => text as SessionId;

/**
 * Makes ids in the layout of UUID version 7 (RFC 9562 section 5.7) without dashes. `rand_a` counts within one
 * millisecond (section 6.2, method 1), so ids of one generator always ascend, even when the clock steps back.
 */
export class SessionIds {
  private lastMs = 0;
  private count = 0;
  /** Random bytes not used yet: asking for 16 at a time costs more than all the rest of an id. */
  private readonly pool = Buffer.alloc(4096);
  private used = this.pool.length;

  constructor(private readonly clock: Clock) {}

  next(): SessionId {
    const nowMs = this.clock.nowMs();
    if (nowMs > this.lastMs) {
      this.lastMs = nowMs;
      this.count = 0;
    } else if (++this.count > 0xfff) {
      this.lastMs++;
      this.count = 0;
    }
    const bytes = Buffer.from(this.random(16));
    bytes.writeUIntBE(this.lastMs, 0, 6);
    bytes.writeUInt16BE(0x7000 | this.count, 6);
    bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
    return asSessionId(bytes.toString('hex'));
  }

  private random(size: number): Buffer {
    if (this.used + size > this.pool.length) {
      randomFillSync(this.pool);
      this.used = 0;
    }
    this.used += size;
    return this.pool.subarray(this.used - size, this.used);
  }
}
