import type { Server } from './server-list.js';
import type { Lease, ReplyHandler } from './source-ports.js';
import type { Transports } from './transports.js';

/** Why no lease was given: the request was withdrawn, its server was found dead, or too many wait. */
export type NoLease = 'cancelled' | 'timeout' | 'overload';

interface Waiting {
  readonly onReply: ReplyHandler;
  readonly resolve: (lease: Lease | NoLease) => void;
}

/** Requests that wait, first come first served per server, until an identifier is free. */
export class LeaseQueue {
  private readonly lines = new Map<Server, Set<Waiting>>();
  private count = 0;

  constructor(
    private readonly transports: Transports,
    private readonly maxWaiting: number,
  ) {}

  /** A lease now or later, or the reason why not. */
  async take(server: Server, onReply: ReplyHandler): Promise<Lease | NoLease> {
    const line = this.lines.get(server) ?? new Set<Waiting>();
    this.lines.set(server, line);
    const lease = line.size === 0 ? this.lease(server, onReply) : undefined;
    if (lease) return lease;
    if (this.count >= this.maxWaiting) return 'overload';
    return new Promise((resolve) => {
      line.add({ onReply, resolve });
      this.count++;
    });
  }

  private lease(server: Server, onReply: ReplyHandler): Lease | undefined {
    const lease = server.isFull ? undefined : this.transports.lease(server, onReply);
    if (!lease) return undefined;
    server.outstanding++;
    const release = () => {
      server.outstanding--;
      lease.release();
    };
    return { ...lease, release };
  }

  /** Serves who waits for `server`; to be called after one of its leases was released. */
  wake(server: Server): void {
    const line = this.lines.get(server) ?? new Set();
    for (const waiting of line) {
      const lease = this.lease(server, waiting.onReply);
      if (!lease) return;
      this.leave(line, waiting, lease);
    }
  }

  /** Sends away who waits for `server`. */
  dismiss(server: Server, reason: NoLease): void {
    const line = this.lines.get(server) ?? new Set();
    for (const waiting of line) this.leave(line, waiting, reason);
  }

  private leave(line: Set<Waiting>, waiting: Waiting, result: Lease | NoLease): void {
    line.delete(waiting);
    this.count--;
    waiting.resolve(result);
  }
}
