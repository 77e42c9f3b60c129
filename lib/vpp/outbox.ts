import { VppClientError } from './client-error.js';
import { beginFrame, endFrame } from './framing.js';
import { InFlight } from './in-flight.js';
import type { AnyMessage } from './message.js';
import type { Pending } from './pending.js';
import type { Transport } from './transport.js';
import { Writer } from './wire.js';

/** Bytes joined to one write before it goes out. */
const batchBytes = 1024 * 1024;
/** Requests taken from the queue before its array is cut. */
const compactAt = 4096;

/** What an outbox tells its session. */
export interface OutboxEvents {
  /** A value that does not fit its message: nothing of it was sent. */
  refused(entry: Pending, error: VppClientError): void;
  sent(message: AnyMessage, context: number, value: unknown): void;
}

/** The way out: requests wait for room in the window, and all that leave in one turn of the event loop share one write. */
export class Outbox {
  readonly inFlight = new InFlight();
  private readonly writer = new Writer(64 * 1024);
  private waiting: Pending[] = [];
  private head = 0;
  private blocked = false;

  constructor(
    private readonly transport: Transport,
    private readonly clientIndex: number,
    private readonly windowRequests: number,
    private readonly events: OutboxEvents,
  ) {}

  get hasWaiting(): boolean {
    return this.head < this.waiting.length;
  }

  add(entry: Pending): void {
    this.waiting.push(entry);
  }

  /**
   * Writes as many requests as the window and the socket take. A window more than half full waits for more replies, so that
   * what leaves while VPP answers leaves in large writes.
   */
  flush(): void {
    if (this.inFlight.size > this.windowRequests >> 1) return;
    const now = performance.now();
    while (this.hasWaiting && this.inFlight.size < this.windowRequests && !this.blocked) {
      this.append(this.waiting[this.head++] as Pending, now);
      if (this.writer.offset >= batchBytes) this.send();
    }
    this.send();
    if (this.head === this.waiting.length || this.head > compactAt) {
      this.waiting.splice(0, this.head);
      this.head = 0;
    }
  }

  /** The socket takes more again. */
  unblock(): void {
    this.blocked = false;
    this.flush();
  }

  /** Takes out what was never sent. */
  drain(): Pending[] {
    return this.waiting.splice(0).slice(this.head);
  }

  private append(entry: Pending, now: number): void {
    const { message, ids, value } = entry;
    const start = beginFrame(this.writer);
    const context = this.inFlight.nextContext;
    try {
      message.encodeInto(this.writer, ids.request ?? 0, this.clientIndex, context, value);
    } catch (error) {
      this.writer.rewind(start);
      const why = error instanceof Error ? error.message : String(error);
      this.events.refused(entry, new VppClientError('encode', `${message.name}: ${why}`, false, error));
      return;
    }
    endFrame(this.writer, start);
    entry.sentAtMs = now;
    this.inFlight.push(entry);
    this.events.sent(message, context, value);
  }

  private send(): void {
    if (this.writer.offset === 0) return;
    const bytes = this.writer.finish();
    this.writer.reset();
    if (!this.transport.write(bytes)) this.blocked = true;
  }
}
