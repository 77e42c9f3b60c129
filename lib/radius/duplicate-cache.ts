/** What became of a request seen before; the answer's bytes once there is one. */
interface Seen {
  readonly authenticator: string;
  readonly expiresMs: number;
  answer?: Buffer;
}

/** `new`: to be worked on. `pending`: already being worked on. Otherwise the bytes to send again. */
export type Novelty = 'new' | 'pending' | Buffer;

/**
 * Recognises retransmissions (RFC 5080 section 2.2.2): same sender address and port, code and identifier, same authenticator.
 * The same identifier with another authenticator is a new request. The oldest entries go when `capacity` is reached.
 */
export class DuplicateCache {
  private readonly entries = new Map<string, Seen>();

  constructor(
    private readonly keepMs: number,
    private readonly capacity: number,
  ) {}

  /** Registers a request. `sender` says address, port, code and identifier. */
  admit(sender: string, authenticator: Buffer, nowMs: number): Novelty {
    this.expire(nowMs);
    const seen = this.entries.get(sender);
    const digest = authenticator.toString('latin1');
    if (seen?.authenticator === digest) return seen.answer ?? 'pending';
    this.entries.delete(sender);
    this.entries.set(sender, { authenticator: digest, expiresMs: nowMs + this.keepMs });
    return 'new';
  }

  /** Keeps the answer for retransmissions, unless a newer request took the identifier meanwhile. */
  answered(sender: string, authenticator: Buffer, answer: Buffer): void {
    const seen = this.entries.get(sender);
    if (seen?.authenticator === authenticator.toString('latin1')) seen.answer = answer;
  }

  /** Forgets a request that will have no answer, so that its retransmission is worked on. */
  forget(sender: string): void {
    this.entries.delete(sender);
  }

  private expire(nowMs: number): void {
    for (const [key, seen] of this.entries) {
      if (seen.expiresMs > nowMs && this.entries.size < this.capacity) return;
      this.entries.delete(key);
    }
  }
}
