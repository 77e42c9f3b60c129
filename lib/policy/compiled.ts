/** One refused input: the field as the caller wrote it, and what is wrong with it. */
export interface PolicyMistake {
  /** `pirBps`, `[3].srcPorts` ...: a path from the value that was compiled. */
  readonly field: string;
  readonly message: string;
}

/** Outcome of a pure compile function. `notes` say what was rounded or derived. */
export type Compiled<T> =
  | { ok: true; value: T; notes: string[] }
  | { ok: false; mistakes: [PolicyMistake, ...PolicyMistake[]] };

/** Result of a check that found `mistakes`, or `value` when there are none. */
export function compiled<T>(mistakes: readonly PolicyMistake[], value: () => T, notes: string[] = []): Compiled<T> {
  const [first, ...rest] = mistakes;
  return first === undefined ? { ok: true, value: value(), notes } : { ok: false, mistakes: [first, ...rest] };
}

/** All mistakes on one line, for errors that cross a service border. */
export const mistakesText = (mistakes: readonly PolicyMistake[]): string =>
  mistakes.map(({ field, message }) => `${field}: ${message}`).join('; ');
