const IDENTIFIERS = 256;

/**
 * The 256 identifiers between one source port and one server, given out in rotation,
 * so that a late answer to an abandoned request meets its identifier free rather than taken anew.
 */
export class IdentifierSpace<T> {
  private readonly holders = new Map<number, T>();
  private next = 0;

  /** Takes a free identifier for `holder`; undefined when all 256 are taken. */
  take(holder: T): number | undefined {
    if (this.holders.size === IDENTIFIERS) return undefined;
    while (this.holders.has(this.next)) this.next = (this.next + 1) % IDENTIFIERS;
    const identifier = this.next;
    this.next = (this.next + 1) % IDENTIFIERS;
    this.holders.set(identifier, holder);
    return identifier;
  }

  get(identifier: number): T | undefined {
    return this.holders.get(identifier);
  }

  release(identifier: number): void {
    this.holders.delete(identifier);
  }
}
