import { setImmediate as nextTurn } from 'node:timers/promises';
import { SessionState, type SubscriberFilter } from '#gen/bng/v1/subs.js';
import { RateSample, type Talker, TopRequest_Order, type TopResponse } from '#gen/bng/v1/subs_tools.js';
import { type Clock, sleep } from '#lib/kernel/clock.js';
import { BngError } from '#lib/kernel/errors.js';
import type { CounterReader } from '../session/counter-reader.js';
import type { Rate, RateMeter } from '../session/rate-meter.js';
import { compileFilter, filterable } from '../session/select.js';
import { type Session, toMessage } from '../session/session.js';
import type { SessionIndex } from '../session/session-index.js';
import { stateName } from '../session/state-machine.js';

const SAMPLE_MS = 1000;
/** Who may watch at once; each has the counters of its session read every second. */
const MAX_WATCHERS = 100;
/** Sessions looked at before others get their turn. */
const SLICE = 2000;

export interface RateParts {
  index: SessionIndex;
  counters: Pick<CounterReader, 'read'>;
  rates: RateMeter;
  clock: Clock;
  /** Rates older than this say nothing of now. */
  maxAgeMs: number;
}

/** What subscribers send and receive now. */
export class Rates {
  private watchers = 0;

  constructor(private readonly parts: RateParts) {}

  /**
   * A sample at once and then one a second. While the counters cannot be read samples say so by a period of 0. Throws
   * `not_found` when the session ends, `exhausted` when too many watch.
   */
  async *watch(session: Session, signal: AbortSignal): AsyncGenerator<RateSample> {
    const { index, counters, clock } = this.parts;
    if (session.state !== SessionState.ACTIVE)
      throw new BngError('failed_precondition', `the session is ${stateName(session.state)}`);
    if (this.watchers >= MAX_WATCHERS) throw new BngError('exhausted', `${MAX_WATCHERS} watch rates already`);
    this.watchers++;
    try {
      for (let seenMs = -1; !signal.aborted; ) {
        const beganMs = clock.monotonicMs();
        await counters.read(session);
        if (index.get(session.id) !== session) throw new BngError('not_found', `session ${session.id} has ended`);
        const rate = this.parts.rates.of(session);
        yield this.sample(session, rate?.atMs === seenMs ? undefined : rate);
        seenMs = rate?.atMs ?? -1;
        await sleep(Math.max(0, SAMPLE_MS - (clock.monotonicMs() - beganMs)), signal);
      }
    } finally {
      this.watchers--;
    }
  }

  /** Those that send or receive most, and the sum over all that match. */
  async top(order: TopRequest_Order, limit: number, filter: SubscriberFilter | undefined): Promise<TopResponse> {
    const accept = compileFilter(filter);
    const { index, rates, clock, maxAgeMs } = this.parts;
    const earliestMs = clock.monotonicMs() - maxAgeMs;
    const best = new Best<Session>(limit);
    const sum = { measured: 0, upBps: 0, downBps: 0 };
    let seen = 0;
    for (const session of index.all()) {
      if (++seen % SLICE === 0) await nextTurn();
      const rate = rates.of(session);
      if (rate === undefined || rate.atMs < earliestMs || !accept(filterable(session))) continue;
      sum.measured++;
      sum.upBps += rate.upBps;
      sum.downBps += rate.downBps;
      best.offer(session, worth(order, rate));
    }
    return { ...sum, talkers: best.items.map((session) => this.talker(session)) };
  }

  private talker(session: Session): Talker {
    return { session: toMessage(session), rate: this.sample(session, this.parts.rates.of(session)) };
  }

  private sample(session: Session, rate: Rate | undefined): RateSample {
    const { clock } = this.parts;
    const ageMs = rate === undefined ? 0 : clock.monotonicMs() - rate.atMs;
    return RateSample.fromPartial({
      sessionId: session.id,
      atMs: BigInt(Math.round(clock.nowMs() - ageMs)),
      periodS: (rate?.periodMs ?? 0) / 1000,
      upBps: rate?.upBps ?? 0,
      downBps: rate?.downBps ?? 0,
      upPps: rate?.upPps ?? 0,
      downPps: rate?.downPps ?? 0,
      counters: session.usage.total,
    });
  }
}

function worth(order: TopRequest_Order, { upBps, downBps }: Rate): number {
  switch (order) {
    case TopRequest_Order.UP:
      return upBps;
    case TopRequest_Order.DOWN:
      return downBps;
    case TopRequest_Order.UNSPECIFIED:
      return upBps + downBps;
    default:
      return order satisfies never;
  }
}

/** The best of many by a number above 0, best first, without sorting all of them. */
class Best<T> {
  private readonly kept: { item: T; value: number }[] = [];

  constructor(private readonly limit: number) {}

  get items(): T[] {
    return this.kept.map(({ item }) => item);
  }

  offer(item: T, value: number): void {
    const worst = this.kept.at(-1)?.value ?? 0;
    if (value <= 0 || (this.kept.length >= this.limit && value <= worst)) return;
    let [from, to] = [0, this.kept.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.kept[middle]?.value ?? 0) >= value) from = middle + 1;
      else to = middle;
    }
    this.kept.splice(from, 0, { item, value });
    if (this.kept.length > this.limit) this.kept.pop();
  }
}
