import { BngError, type ErrorCode } from '#lib/kernel/errors.js';

const codes = {
  /** No connection to VPP now; nothing was sent. */
  'not-ready': 'unavailable',
  /** `close` was called; nothing was sent. */
  closed: 'unavailable',
  /** The socket dropped before the reply. */
  disconnected: 'unavailable',
  /** VPP did not answer in time; it may still do the work. */
  timeout: 'timeout',
  /** VPP answered a later request: this one was dropped without a reply. */
  lost: 'dataplane',
  /** The reply does not follow its definition; the work was done or not as VPP pleased. */
  decode: 'dataplane',
  /** A value does not fit its field; nothing was sent. */
  encode: 'invalid_argument',
  /** VPP offers other messages than the ones we speak; nothing was sent. */
  incompatible: 'failed_precondition',
  /** An optional operation that this VPP does not offer; nothing was sent. */
  unsupported: 'unimplemented',
} as const satisfies Record<string, ErrorCode>;

export type VppClientReason = keyof typeof codes;

/** A request that has no reply from VPP to show for it; `VppError` is one that VPP answered with an error. */
export class VppClientError extends BngError {
  constructor(
    readonly reason: VppClientReason,
    message: string,
    /** The request may have been carried out: read back before it is repeated. */
    readonly outcomeUnknown: boolean,
    cause?: unknown,
  ) {
    super(codes[reason], message, { reason, outcomeUnknown }, cause);
    this.name = 'VppClientError';
  }
}
