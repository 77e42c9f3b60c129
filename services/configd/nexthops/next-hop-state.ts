/** How a next hop is probed, and when it is believed; times in milliseconds. */
export interface ProbeSettings {
  /** From the start of one probe to the start of the next. */
  readonly intervalMs: number;
  /** How long an answer may take. */
  readonly timeoutMs: number;
  /** Probes in a row without an answer that take it out. */
  readonly failures: number;
  /** Probes in a row that must be answered before it comes back. */
  readonly successes: number;
  /** How long it must answer without a gap before it comes back; twice as long for each time it was out before. */
  readonly returnAfterMs: number;
  /** The longest of these times. A next hop that was in for so long has its past forgiven. */
  readonly maxReturnAfterMs: number;
}

/**
 * `unknown`: not probed yet; as good as up. `up`. `down`: does not answer. `held`: answers again, but has to go on doing so
 * for a while. Those that are down or held carry no traffic.
 */
export type Verdict = 'unknown' | 'up' | 'down' | 'held';

export interface NextHopState {
  readonly verdict: Verdict;
  /** Since when the verdict holds; Unix time. */
  readonly sinceMs: number;
  /** Unanswered and answered in a row. */
  readonly lost: number;
  readonly answered: number;
  /** Times it was taken out since it was last calm. */
  readonly flaps: number;
  /** The last answers, newest last: true for one that came. Empty after a return. */
  readonly recent: readonly boolean[];
  /** Part of its weight that it is worth, by its losses: 1, 0.75, 0.5 or 0.25. */
  readonly worth: number;
  /** Since when its losses would allow for more. */
  readonly betterSinceMs: number | undefined;
}

/** What a probe said. One that says nothing, because it could not be sent, is no observation. */
export type Observation = 'answered' | 'lost';

/** Probes that losses are counted over. */
export const lossWindow = 20;
const leastSamples = 10;
const leastWorth = 0.25;

export const newState = (nowMs: number): NextHopState => ({
  ...{ verdict: 'unknown', sinceMs: nowMs, lost: 0, answered: 0, flaps: 0 },
  ...{ recent: [], worth: 1, betterSinceMs: undefined },
});

/** Whether traffic goes to it. */
export const carries = ({ verdict }: Pick<NextHopState, 'verdict'>): boolean =>
  verdict === 'unknown' || verdict === 'up';

/** How long it must answer to come back. */
export const holdMs = (flaps: number, { returnAfterMs, maxReturnAfterMs }: ProbeSettings): number =>
  Math.min(maxReturnAfterMs, returnAfterMs * 2 ** Math.min(30, Math.max(0, flaps - 1)));

/** The state after one probe. */
export function observe(state: NextHopState, seen: Observation, settings: ProbeSettings, nowMs: number): NextHopState {
  const counted = {
    ...state,
    lost: seen === 'lost' ? state.lost + 1 : 0,
    answered: seen === 'answered' ? state.answered + 1 : 0,
  };
  if (!carries(state)) return whileOut(counted, settings, nowMs);
  const now = weighed(
    { ...counted, recent: [...state.recent, seen === 'answered'].slice(-lossWindow) },
    settings,
    nowMs,
  );
  if (now.lost >= settings.failures) return takenOut(now, settings, nowMs);
  return state.verdict === 'unknown' && seen === 'answered' ? { ...now, verdict: 'up', sinceMs: nowMs } : now;
}

/** The state when probes cannot be sent: nothing is held against it for that. */
export const unprobed = (state: NextHopState): NextHopState =>
  state.lost === 0 && state.answered === 0 ? state : { ...state, lost: 0, answered: 0 };

function takenOut(state: NextHopState, { maxReturnAfterMs }: ProbeSettings, nowMs: number): NextHopState {
  const isCalm = state.verdict === 'unknown' || nowMs - state.sinceMs >= maxReturnAfterMs;
  const flaps = (isCalm ? 0 : state.flaps) + 1;
  return { ...state, verdict: 'down', sinceMs: nowMs, flaps, recent: [], worth: 1, betterSinceMs: undefined };
}

function whileOut(state: NextHopState, settings: ProbeSettings, nowMs: number): NextHopState {
  if (state.lost > 0) return state.verdict === 'down' ? state : { ...state, verdict: 'down', sinceMs: nowMs };
  const held: NextHopState = state.verdict === 'held' ? state : { ...state, verdict: 'held', sinceMs: nowMs };
  const isDue = held.answered >= settings.successes && nowMs - held.sinceMs >= holdMs(held.flaps, settings);
  return isDue ? { ...held, verdict: 'up', sinceMs: nowMs } : held;
}

/** Less at once when it loses more, more only after it was better for a while. */
function weighed(state: NextHopState, { returnAfterMs }: ProbeSettings, nowMs: number): NextHopState {
  if (state.recent.length < leastSamples) return state;
  const allowed = worthOf(lossOf(state));
  if (allowed === state.worth) return { ...state, betterSinceMs: undefined };
  if (allowed < state.worth) return { ...state, worth: allowed, betterSinceMs: undefined };
  const since = state.betterSinceMs ?? nowMs;
  return nowMs - since >= returnAfterMs
    ? { ...state, worth: allowed, betterSinceMs: undefined }
    : { ...state, betterSinceMs: since };
}

/** Part of the recent probes that were lost. */
export const lossOf = ({ recent }: Pick<NextHopState, 'recent'>): number =>
  recent.length === 0 ? 0 : recent.filter((came) => !came).length / recent.length;

/** One lost probe in twenty is forgiven; beyond, quarters. */
const worthOf = (loss: number): number => (loss <= 0.05 ? 1 : Math.max(leastWorth, Math.floor((1 - loss) * 4) / 4));
