import type { Clock } from '#lib/kernel/clock.js';
import type { Timeline } from '../session/timeline.js';
import type { DropReason, Drops } from './drops.js';

/** Of whom a message was that came to nothing, as far as it says so. */
export interface About {
  mac: string;
  /** Empty: VPP did not say a line that we know. */
  line: string;
  /** What was wrong with it, in the message's own words. */
  detail: string;
}

const EVERY_MS = 60_000;
/** Lines of the timeline a minute, over all clients: a flood of bad packets must not fill the store. */
const AT_MOST = 200;

/**
 * Messages that come to nothing before there is a session: counted, and noted in the timeline so that `why` tells of them,
 * once a minute for each client and reason.
 */
export class Refusals {
  private noted = new Set<string>();
  private sinceMs = 0;

  constructor(
    private readonly drops: Drops,
    private readonly timeline: Pick<Timeline, 'refused'>,
    private readonly clock: Pick<Clock, 'monotonicMs'>,
  ) {}

  /** `peer` is who sent the datagram: the relay, or who claims to be it. */
  add(reason: DropReason, peer: string, about?: About): void {
    this.drops.count(reason);
    if (about === undefined) return;
    const nowMs = this.clock.monotonicMs();
    if (nowMs - this.sinceMs >= EVERY_MS) {
      this.sinceMs = nowMs;
      this.noted = new Set();
    }
    const key = `${about.mac} ${about.line} ${reason}`;
    if (this.noted.has(key) || this.noted.size >= AT_MOST) return;
    this.noted.add(key);
    this.timeline.refused({ ...about, outcome: reason, peer });
  }
}
