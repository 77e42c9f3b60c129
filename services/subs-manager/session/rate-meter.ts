import type { Counters } from '#gen/bng/v1/common.js';
import type { Session } from './session.js';

/** What a session sent and received between two readings of its counters. */
export interface Rate {
  /** Of the later reading, monotonic milliseconds. */
  atMs: number;
  periodMs: number;
  upBps: number;
  downBps: number;
  upPps: number;
  downPps: number;
}

/** Readings closer together than this count as one: over so short a time a rate says nothing. */
const MIN_PERIOD_MS = 200;

interface Reading {
  total: Counters;
  atMs: number;
  rate: Rate | undefined;
}

/** Rates of sessions over the last interval between two readings, whoever asked for them. */
export class RateMeter {
  private readonly readings = new WeakMap<Session, Reading>();

  constructor(private readonly monotonicMs: () => number) {}

  /** The counters of a session were read: its totals now. */
  note(session: Session, total: Counters): void {
    const atMs = this.monotonicMs();
    const last = this.readings.get(session);
    if (last === undefined) {
      this.readings.set(session, { total, atMs, rate: undefined });
      return;
    }
    const periodMs = atMs - last.atMs;
    if (periodMs < MIN_PERIOD_MS) return;
    const perSecond = (field: 'inputOctets' | 'outputOctets' | 'inputPackets' | 'outputPackets') =>
      (Number(total[field] - last.total[field]) * 1000) / periodMs;
    const rate = {
      atMs,
      periodMs,
      upBps: 8 * perSecond('inputOctets'),
      downBps: 8 * perSecond('outputOctets'),
      upPps: perSecond('inputPackets'),
      downPps: perSecond('outputPackets'),
    };
    this.readings.set(session, { total, atMs, rate });
  }

  /** Undefined before the second reading. */
  of(session: Session): Rate | undefined {
    return this.readings.get(session)?.rate;
  }
}
