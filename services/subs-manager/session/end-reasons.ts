import { TerminateCause } from '#gen/bng/v1/subs.js';

interface EndReason {
  /** Acct-Terminate-Cause (RFC 2866 section 5.10). */
  cause: TerminateCause;
  when: string;
}

const {
  USER_REQUEST,
  USER_ERROR,
  LOST_CARRIER,
  LOST_SERVICE,
  IDLE_TIMEOUT,
  SESSION_TIMEOUT,
  ADMIN_RESET,
  PORT_PREEMPTED,
  NAS_ERROR,
  NAS_REQUEST,
} = TerminateCause;

/** Why a session, one of its families or one of its services ends: reason code to Terminate-Cause. No other place chooses one. */
export const endReasons = {
  released: { cause: USER_REQUEST, when: 'RELEASE of the client' },
  declined: { cause: USER_ERROR, when: 'DECLINE of the client: another host has the address' },
  lease_expired: { cause: LOST_CARRIER, when: 'not renewed in time' },
  offer_lapsed: { cause: LOST_CARRIER, when: 'the client did not take the offer, or took that of another server' },
  server_lease_lost: { cause: LOST_SERVICE, when: 'the DHCP server of the operator refused or changed the lease' },
  session_timeout: { cause: SESSION_TIMEOUT, when: 'Session-Timeout is over' },
  idle_timeout: { cause: IDLE_TIMEOUT, when: 'nothing sent for Idle-Timeout' },
  taken_over: { cause: PORT_PREEMPTED, when: 'a newcomer has its place, or the client moved' },
  disconnected: { cause: ADMIN_RESET, when: 'Disconnect-Request or operator; a cause they give takes its place' },
  address_conflict: { cause: NAS_ERROR, when: 'the store has the address for another session' },
  row_left_over: { cause: NAS_ERROR, when: 'a row without its session, found by the audit' },
  service_off: { cause: NAS_REQUEST, when: 'a named service was switched off' },
} as const satisfies Record<string, EndReason>;

export type EndReasonCode = keyof typeof endReasons;

export const causeOf = (code: EndReasonCode): TerminateCause => endReasons[code].cause;
