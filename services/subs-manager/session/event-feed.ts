import type { SessionEvent } from '#gen/bng/v1/subs.js';
import { BngError } from '#lib/kernel/errors.js';

const MAX_BEHIND = 10_000;

interface Watcher {
  push(event: SessionEvent): void;
}

/** Session events for those who watch over the API: from now on, as long as they keep up. Money never hangs on it. */
export class EventFeed {
  private readonly watchers = new Set<Watcher>();

  /** Those who watch now. */
  get size(): number {
    return this.watchers.size;
  }

  publish(event: SessionEvent): void {
    for (const watcher of this.watchers) watcher.push(event);
  }

  /** Ends when `signal` aborts; throws `exhausted` when the reader is too far behind. */
  async *watch(accept: (event: SessionEvent) => boolean, signal: AbortSignal): AsyncGenerator<SessionEvent> {
    let waiting: SessionEvent[] = [];
    let wake = () => {};
    const watcher = {
      push(event: SessionEvent) {
        if (waiting.length > MAX_BEHIND || !accept(event)) return;
        waiting.push(event);
        wake();
      },
    };
    const onAbort = () => wake();
    this.watchers.add(watcher);
    signal.addEventListener('abort', onAbort);
    try {
      while (!signal.aborted) {
        if (waiting.length > MAX_BEHIND) throw new BngError('exhausted', 'the watcher is too slow');
        const batch = waiting;
        waiting = [];
        yield* batch;
        if (waiting.length > 0 || signal.aborted) continue;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      this.watchers.delete(watcher);
      signal.removeEventListener('abort', onAbort);
    }
  }
}
