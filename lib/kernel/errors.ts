import { status as grpc } from '@grpc/grpc-js';

interface CodeRow {
  readonly grpc: number;
  readonly http: number;
  /** Error-Cause (RFC 5176 section 3.5) when the error ends a CoA or Disconnect request. */
  readonly errorCause: number;
  /** Whether the same call may be tried again without a change. */
  readonly retry: boolean;
}

/** Every error code of the product, with its face on each protocol. */
export const errorCodes = {
  invalid_argument: { grpc: grpc.INVALID_ARGUMENT, http: 400, errorCause: 407, retry: false },
  missing_attribute: { grpc: grpc.INVALID_ARGUMENT, http: 400, errorCause: 402, retry: false },
  unsupported_attribute: { grpc: grpc.INVALID_ARGUMENT, http: 400, errorCause: 401, retry: false },
  unauthenticated: { grpc: grpc.UNAUTHENTICATED, http: 401, errorCause: 501, retry: false },
  forbidden: { grpc: grpc.PERMISSION_DENIED, http: 403, errorCause: 501, retry: false },
  not_found: { grpc: grpc.NOT_FOUND, http: 404, errorCause: 503, retry: false },
  ambiguous: { grpc: grpc.FAILED_PRECONDITION, http: 409, errorCause: 508, retry: false },
  conflict: { grpc: grpc.ALREADY_EXISTS, http: 409, errorCause: 506, retry: false },
  stale: { grpc: grpc.ABORTED, http: 412, errorCause: 506, retry: true },
  failed_precondition: { grpc: grpc.FAILED_PRECONDITION, http: 409, errorCause: 504, retry: false },
  exhausted: { grpc: grpc.RESOURCE_EXHAUSTED, http: 429, errorCause: 506, retry: true },
  cancelled: { grpc: grpc.CANCELLED, http: 499, errorCause: 506, retry: true },
  timeout: { grpc: grpc.DEADLINE_EXCEEDED, http: 504, errorCause: 506, retry: true },
  unavailable: { grpc: grpc.UNAVAILABLE, http: 503, errorCause: 506, retry: true },
  /** The dataplane refused a step; everything was put back. */
  dataplane: { grpc: grpc.INTERNAL, http: 502, errorCause: 506, retry: false },
  unimplemented: { grpc: grpc.UNIMPLEMENTED, http: 501, errorCause: 405, retry: false },
  internal: { grpc: grpc.INTERNAL, http: 500, errorCause: 506, retry: false },
} as const satisfies Record<string, CodeRow>;

export type ErrorCode = keyof typeof errorCodes;

/** Extra facts of an error: field, line, column, attribute ... Plain JSON. */
export type ErrorFields = Readonly<Record<string, string | number | boolean>>;

/** The error of an answer on a stream, which carries code and text instead of a status; an unknown code is `internal`. */
export const codedError = (code = 'internal', message = 'no answer'): BngError =>
  new BngError(code in errorCodes ? (code as ErrorCode) : 'internal', message);

/** The one error class of the product. Thrown inside; turned into a status at the edges by `errorCodes`. */
export class BngError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly fields: ErrorFields = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'BngError';
  }

  get row(): CodeRow {
    return errorCodes[this.code];
  }

  /** Any thrown value as a BngError; what is not one already becomes `fallback`. */
  static from(thrown: unknown, fallback: ErrorCode = 'internal'): BngError {
    if (thrown instanceof BngError) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new BngError(fallback, message, {}, thrown);
  }
}
