import type { AttributeInput } from './attribute-row.js';
import type { RequestCode } from './codes.js';
import { decodeReply, encodeRequest, type SentRequest, type VerifiedPacket } from './message.js';
import type { DecodeReason } from './result.js';
import type { Server } from './server-list.js';
import type { Lease } from './source-ports.js';

/** What goes into a request: the same for every server, or made when it is its turn. */
export type RequestAttributes = readonly AttributeInput[] | (() => readonly AttributeInput[]);

/** How one request to one server ended. */
export type ExchangeEnd =
  | { readonly kind: 'reply'; readonly reply: VerifiedPacket; readonly roundTripMs: number; readonly sentOnce: boolean }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'cancelled' };

export interface ExchangeInput {
  readonly code: RequestCode;
  readonly attributes: RequestAttributes;
  readonly server: Server;
  /** Waits after each transmission; their count is the number of transmissions. */
  readonly waitsMs: readonly number[];
  readonly requireMessageAuthenticator: boolean;
  readonly monotonicMs: () => number;
  readonly onSend: (retransmission: boolean) => void;
  readonly onDiscard: (reason: DecodeReason) => void;
  readonly onEnd: (end: ExchangeEnd) => void;
}

/**
 * One request to one server: the same bytes sent again from the same port until answered or given up
 * (RFC 5080 section 2.2.1). What does not verify is discarded and waiting goes on.
 */
export class Exchange {
  private timer: NodeJS.Timeout | undefined;
  private lease: Lease | undefined;
  private sent: SentRequest | undefined;
  private startedMs = 0;
  private transmissions = 0;

  constructor(private readonly input: ExchangeInput) {}

  /** @throws RangeError when an attribute does not fit; the lease is then still the caller's. */
  start(lease: Lease): void {
    const { code, attributes, server, monotonicMs } = this.input;
    const now = typeof attributes === 'function' ? attributes() : attributes;
    this.sent = encodeRequest({ code, attributes: now, identifier: lease.identifier, secret: server.options.secret });
    this.lease = lease;
    this.startedMs = monotonicMs();
    this.transmit(this.sent.bytes);
  }

  private transmit(bytes: Buffer): void {
    const waitMs = this.input.waitsMs[this.transmissions];
    if (waitMs === undefined) {
      this.end({ kind: 'timeout' });
      return;
    }
    this.input.onSend(this.transmissions > 0);
    this.transmissions++;
    this.lease?.send(bytes);
    this.timer = setTimeout(() => this.afterLooking(() => this.transmit(bytes)), waitMs);
  }

  /**
   * Timers come before sockets in a turn of the event loop: when it was held up, the answer may be there unread. A copy sent
   * then would be taken for another record by a server of accounting that has answered already.
   */
  private afterLooking(then: () => void): void {
    setImmediate(() => {
      if (this.lease) then();
    });
  }

  receive(datagram: Buffer): void {
    if (!this.sent || !this.lease) return;
    const { server, requireMessageAuthenticator, monotonicMs } = this.input;
    const reply = decodeReply(datagram, this.sent, server.options.secret, { requireMessageAuthenticator });
    if (!reply.ok) this.input.onDiscard(reply.error.reason);
    else
      this.end({
        kind: 'reply',
        reply: reply.value,
        roundTripMs: monotonicMs() - this.startedMs,
        sentOnce: this.transmissions === 1,
      });
  }

  cancel(): void {
    this.end({ kind: 'cancelled' });
  }

  private end(end: ExchangeEnd): void {
    if (!this.lease) return;
    clearTimeout(this.timer);
    this.lease.release();
    this.lease = undefined;
    this.input.onEnd(end);
  }
}
