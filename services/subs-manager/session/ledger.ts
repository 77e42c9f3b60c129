import type { GroupCommit } from '../group-commit.js';
import { eventsOf, type Fact } from '../store.js';
import type { EventFeed } from './event-feed.js';

/** Makes facts true: in the store with their event, then on the way to JetStream and to those who watch. */
export class Ledger {
  constructor(
    private readonly facts: GroupCommit<Fact>,
    private readonly feed: EventFeed,
    /** The outbox has something new. */
    private readonly kick: () => void,
    private readonly observe: (ms: number) => void,
  ) {}

  /** Resolves once committed. Rejects with `unavailable` when the store is away; the fact may be true all the same. */
  async write(fact: Fact): Promise<void> {
    const beganMs = performance.now();
    await this.facts.submit(fact);
    this.observe(performance.now() - beganMs);
    const events = eventsOf(fact);
    if (events.length === 0) return;
    this.kick();
    for (const event of events) this.feed.publish(event);
  }

  /** Resolves when nothing waits to be written. */
  idle(): Promise<void> {
    return this.facts.idle();
  }
}
