import { eventsOf, type Fact } from '../fact.js';
import type { GroupCommit } from '../group-commit.js';
import type { EventFeed } from './event-feed.js';

/** Makes facts true: in the store with their event, then to those who watch. */
export class Ledger {
  constructor(
    private readonly facts: GroupCommit<Fact>,
    private readonly feed: EventFeed,
    private readonly observe: (ms: number) => void,
  ) {}

  /** Resolves once committed. Rejects with `unavailable` when the store is away; the fact may be true all the same. */
  async write(fact: Fact): Promise<void> {
    const beganMs = performance.now();
    await this.facts.submit(fact);
    this.observe(performance.now() - beganMs);
    for (const event of eventsOf(fact)) this.feed.publish(event);
  }

  /** Resolves when nothing waits to be written. */
  idle(): Promise<void> {
    return this.facts.idle();
  }
}
