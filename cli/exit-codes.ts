import type { ErrorCode } from '#lib/kernel/errors.js';

/** What the process says to scripts; listed in `bngctl --help`. */
export const EXIT = {
  ok: 0,
  /** The request was refused or failed. */
  error: 1,
  /** Wrong command line, unreadable file or settings. */
  usage: 2,
  /** `diff` found something that would change. */
  differences: 3,
  /** No such subscriber. */
  notFound: 4,
  /** A service (or what it needs) is away or silent. */
  unreachable: 5,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const byError: Partial<Record<ErrorCode, ExitCode>> = {
  not_found: EXIT.notFound,
  unavailable: EXIT.unreachable,
  timeout: EXIT.unreachable,
};

export const exitCodeOf = (code: ErrorCode): ExitCode => byError[code] ?? EXIT.error;

export const EXIT_HELP = `
Exit codes:
  0  done, or no differences
  1  refused or failed
  2  wrong command line, file or settings
  3  diff: something would change
  4  not found
  5  a service is unreachable`;

/** What stands in the way of a connection, without grpc-js's words around it. */
export const plainReason = (message: string): string =>
  /Last error: (?:Error: )?(.*?)\.? Resolution note:/s.exec(message)?.[1] ?? message;
