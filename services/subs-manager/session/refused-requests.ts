import type { SessionSelector } from '#gen/bng/v1/subs.js';
import type { Clock } from '#lib/kernel/clock.js';
import { RateLimit } from '../dhcp/limits.js';
import { selectAny } from './select.js';
import type { SessionIndex } from './session-index.js';
import type { Timeline } from './timeline.js';

/** Lines a second: somebody who sends the same request again and again does not push other lines out. */
const LINES_PER_S = 50;
/** Sessions that get a line: a user name or a line that many share names nobody in particular. */
const MAX_NAMED = 4;

/** Requests that were refused, in the timeline of the sessions that they named. */
export class RefusedRequests {
  private readonly limit: RateLimit;

  constructor(
    private readonly index: SessionIndex,
    private readonly timeline: Pick<Timeline, 'note'>,
    clock: Clock,
  ) {
    this.limit = new RateLimit(LINES_PER_S, clock);
  }

  note(selector: SessionSelector, outcome: string, detail: string): void {
    for (const session of selectAny(this.index, selector).slice(0, MAX_NAMED))
      if (this.limit.allow()) this.timeline.note(session, { step: 'changed', outcome, detail });
  }
}
