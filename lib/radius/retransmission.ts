/** RFC 5080 section 2.2.1. Times in milliseconds. */
export interface RetransmissionTiming {
  /** IRT: wait before the first retransmission, until round trips are known. */
  readonly initialMs: number;
  /** MRT: longest wait. */
  readonly maxMs: number;
  /** MRC: datagrams to one server, the first included. */
  readonly transmissions: number;
  /** Shortest first wait that known round trips may lead to. Absent: they are not regarded. */
  readonly adaptiveFloorMs?: number;
}

export const defaultTiming: RetransmissionTiming = { initialMs: 1000, maxMs: 8000, transmissions: 3 };

/**
 * The waits after each transmission: doubling from the first, capped at `maxMs`, each with +-10 % of jitter.
 * The last is how long the last transmission may stay unanswered. With `expectedMs`, the server's timeout by its round
 * trips, a fast server is asked again sooner and a slow one later; a server is not given up sooner for that.
 */
export function waitsMs(
  timing: RetransmissionTiming,
  random: () => number = Math.random,
  expectedMs?: number,
): number[] {
  const configured = doubling(timing, timing.initialMs, random);
  if (timing.adaptiveFloorMs === undefined || expectedMs === undefined) return configured;
  const first = Math.min(timing.maxMs, Math.max(timing.adaptiveFloorMs, expectedMs));
  const adapted = doubling(timing, first, random);
  const missing = sum(configured) - sum(adapted);
  if (missing > 0) adapted[adapted.length - 1] = (adapted.at(-1) ?? 0) + missing;
  return adapted;
}

function doubling(timing: RetransmissionTiming, firstMs: number, random: () => number): number[] {
  const jitter = () => (random() * 2 - 1) * 0.1;
  const waits: number[] = [];
  let previous = 0;
  for (let i = 0; i < timing.transmissions; i++) {
    const next = i === 0 ? firstMs * (1 + jitter()) : previous * (2 + jitter());
    previous = next > timing.maxMs ? timing.maxMs * (1 + jitter()) : next;
    waits.push(previous);
  }
  return waits;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
