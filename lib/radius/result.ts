/** What was wrong with received bytes: `reason` is a fixed word fit for a metric label, `message` is for people. */
export interface DecodeError {
  readonly reason: DecodeReason;
  readonly message: string;
}

/** Closed list, so that counters by reason stay few. */
export type DecodeReason =
  | 'length'
  | 'attribute-length'
  | 'attribute-value'
  | 'unexpected-code'
  | 'bad-authenticator'
  | 'missing-message-authenticator'
  | 'bad-message-authenticator'
  | 'repeated-message-authenticator';

/** Outcome of decoding untrusted bytes. Decoders of this library never throw. */
export type Decoded<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: DecodeError };

export function decoded<T>(value: T): Decoded<T> {
  return { ok: true, value };
}

export function refused(reason: DecodeReason, message: string): { readonly ok: false; readonly error: DecodeError } {
  return { ok: false, error: { reason, message } };
}
