import { SessionState } from '#gen/bng/v1/subs.js';
import type { Log } from '#lib/kernel/log.js';
import type { StoreFault } from '../store-health.js';
import type { Ledger } from './ledger.js';
import type { Session } from './session.js';

/** How often what waits is tried, in milliseconds. */
const EVERY_MS = 1000;
/** Written together at most. */
const BATCH = 500;

interface LateTimesParts {
  readonly ledger: Pick<Ledger, 'write'>;
  /** Why nothing can be stored, as the last transaction said. */
  readonly fault: () => StoreFault | undefined;
  readonly log: Log;
}

/**
 * Times of sessions that the store has to hear of later: leases that were extended while PostgreSQL was away or full, and
 * all after a step of the clock. Those who are online stay so without the store; a restart leaves each at least a whole
 * lease, so that nobody loses what was promised meanwhile.
 */
export class LateTimes {
  private readonly waiting = new Set<Session>();
  private writing = false;
  private nextMs = 0;

  constructor(private readonly parts: LateTimesParts) {}

  get size(): number {
    return this.waiting.size;
  }

  /** The last transaction failed: there is no use in waiting for the next one before a client is answered. */
  get storeFault(): StoreFault | undefined {
    return this.parts.fault();
  }

  /** What the session's times are when it comes to writing is written. */
  add(session: Session): void {
    this.waiting.add(session);
  }

  /** Writes what waits, now and then; `nowMs` is monotonic. */
  tick(nowMs: number): void {
    if (this.writing || this.waiting.size === 0 || nowMs < this.nextMs) return;
    this.nextMs = nowMs + EVERY_MS;
    this.writing = true;
    void this.write().finally(() => {
      this.writing = false;
    });
  }

  private async write(): Promise<void> {
    const { log, ledger } = this.parts;
    const before = this.waiting.size;
    try {
      while (this.waiting.size > 0) {
        const batch = [...this.waiting].slice(0, BATCH);
        for (const session of batch) this.waiting.delete(session);
        const active = batch.filter(({ state }) => state === SessionState.ACTIVE);
        const writes = await Promise.allSettled(active.map((session) => ledger.write({ kind: 'times', session })));
        const failed = active.filter((_, at) => writes[at]?.status === 'rejected');
        for (const session of failed) this.waiting.add(session);
        if (failed.length > 0) return;
      }
      log.info({ sessions: before }, 'leases written that the store had not heard of');
    } catch (error) {
      log.error({ err: error }, 'late leases not written');
    }
  }
}
