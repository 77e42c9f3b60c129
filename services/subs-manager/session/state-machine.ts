import { SessionState } from '#gen/bng/v1/subs.js';
import { BngError } from '#lib/kernel/errors.js';
import type { DropReason } from '../dhcp/drops.js';
import type { EndReasonCode } from './end-reasons.js';

interface Transition {
  readonly from: readonly SessionState[];
  /** `gone`: the session is forgotten. */
  readonly to: SessionState | 'gone';
  /** What has been done, or is done with it. */
  readonly does: string;
  /** Reason codes; `endReasons` and `dropReasons` say what they mean, a word of its own when the step has one reason only. */
  readonly reasons: readonly string[];
}

const { AUTHORIZING, OFFERED, ACTIVE, TERMINATING, REJECTED } = SessionState;

const given: readonly EndReasonCode[] = ['offer_lapsed', 'taken_over', 'disconnected', 'server_lease_lost', 'declined'];
const left: readonly EndReasonCode[] = [
  'released',
  'declined',
  'lease_expired',
  'server_lease_lost',
  'session_timeout',
  'idle_timeout',
  'taken_over',
  'disconnected',
];
const refused: readonly DropReason[] = [
  'radius_reject',
  'radius_timeout',
  'bad_policy',
  'address_in_use',
  'address_quarantined',
  'bad_address',
  'unknown_pool',
  'pool_exhausted',
  'internal',
];

/** Every step a session can take. What is not here cannot happen. docs/sessions.md shows it. */
export const transitions = {
  accept: {
    from: [AUTHORIZING],
    to: OFFERED,
    does: 'RADIUS said yes; an address is held, or a server is asked',
    reasons: ['radius_accept'],
  },
  refuse: {
    from: [AUTHORIZING],
    to: REJECTED,
    does: 'remembered for the hold time, nothing is held',
    reasons: refused,
  },
  abandon: {
    from: [AUTHORIZING],
    to: 'gone',
    does: 'forgotten: its predecessor is still leaving',
    reasons: ['line_busy'],
  },
  activate: {
    from: [OFFERED],
    to: ACTIVE,
    does: 'in VPP and in the store with its Start; the client is told',
    reasons: ['lease_taken'],
  },
  lapse: { from: [OFFERED], to: 'gone', does: 'what was held is free; VPP never had it', reasons: given },
  withdraw: {
    from: [OFFERED],
    to: TERMINATING,
    does: 'taken out of VPP, which may have it',
    reasons: [...given, 'address_conflict'],
  },
  end: { from: [ACTIVE], to: TERMINATING, does: 'taken out of VPP', reasons: left },
  remove: {
    from: [TERMINATING],
    to: 'gone',
    does: 'out of VPP, Stop written, addresses free',
    reasons: ['out_of_vpp'],
  },
  forget: { from: [REJECTED], to: 'gone', does: 'the client may ask again', reasons: ['hold_over', 'disconnected'] },
} as const satisfies Record<string, Transition>;

export type SessionStep = keyof typeof transitions;

/** State after `step`; throws `internal` for a step the state does not allow. */
export function nextState(state: SessionState, step: SessionStep): SessionState | 'gone' {
  const { from, to }: Transition = transitions[step];
  if (!from.includes(state)) throw new BngError('internal', `session step ${step} in state ${stateName(state)}`);
  return to;
}

const names: Record<SessionState, string> = {
  [SessionState.UNSPECIFIED]: 'unspecified',
  [AUTHORIZING]: 'authorizing',
  [OFFERED]: 'offered',
  [ACTIVE]: 'active',
  [TERMINATING]: 'terminating',
  [REJECTED]: 'rejected',
};

/** The state's name in metrics, statistics and rows. */
export const stateName = (state: SessionState): string => names[state];

/** All states a session can be in, for gauges. */
export const sessionStates: readonly SessionState[] = [AUTHORIZING, OFFERED, ACTIVE, TERMINATING, REJECTED];
