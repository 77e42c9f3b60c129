export interface TraceEntry {
  readonly atMs: number;
  readonly direction: 'sent' | 'received';
  readonly message: string;
  readonly context: number;
  readonly value: unknown;
}

const plain = (_key: string, value: unknown) => {
  if (typeof value === 'bigint') return value.toString();
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
};

/** The last `capacity` messages of a client, decoded: for people, and for a support bundle. */
export class MessageTrace {
  private readonly ring: TraceEntry[] = [];
  private recorded = 0;

  constructor(readonly capacity = 1000) {}

  record(entry: TraceEntry): void {
    this.ring[this.recorded % this.capacity] = entry;
    this.recorded++;
  }

  /** Oldest first. */
  entries(): TraceEntry[] {
    if (this.recorded <= this.capacity) return [...this.ring];
    const oldest = this.recorded % this.capacity;
    return [...this.ring.slice(oldest), ...this.ring.slice(0, oldest)];
  }

  /** One line a message, oldest first. */
  format(): string {
    return this.entries()
      .map(({ atMs, direction, message, context, value }) => {
        const arrow = direction === 'sent' ? '>>' : '<<';
        return `${new Date(atMs).toISOString()} ${arrow} ${message} #${context} ${JSON.stringify(value, plain)}`;
      })
      .join('\n');
  }
}
