import type { Clock } from '#lib/kernel/clock.js';

/** What the wall clock may gain or lose against the monotonic one between two looks before it counts as set. */
const STEP_MS = 2000;

/**
 * A clock that notices when the wall clock is set: whoever listens is told before anybody sees the new time, so that
 * deadlines can move along and neither end early nor stand still.
 */
export class SteppingClock implements Clock {
  private offsetMs: number;
  private listener: (stepMs: number) => void = () => {};

  constructor(private readonly inner: Clock) {
    this.offsetMs = inner.nowMs() - inner.monotonicMs();
  }

  /** One listener: told by how much the wall clock was set forward, negative for back. */
  onStep(listener: (stepMs: number) => void): void {
    this.listener = listener;
  }

  nowMs(): number {
    const nowMs = this.inner.nowMs();
    const offsetMs = nowMs - this.inner.monotonicMs();
    const stepMs = Math.round(offsetMs - this.offsetMs);
    this.offsetMs = offsetMs;
    if (Math.abs(stepMs) >= STEP_MS) this.listener(stepMs);
    return nowMs;
  }

  monotonicMs(): number {
    return this.inner.monotonicMs();
  }
}
