/** Where a value stands in the document: mapping keys and list positions from the top. */
export type Path = readonly (string | number)[];

/** Something to say about one place of the document, before that place has a line number. */
export interface Problem {
  readonly path: Path;
  readonly message: string;
  /** `warning`: applied nevertheless. */
  readonly severity: 'error' | 'warning';
  /** Points at the mapping key instead of its value: for names and unknown keys. */
  readonly atKey?: boolean;
  /** A mistake that is none in a configuration that was applied already, when it was not refused yet. */
  readonly newOnly?: true;
}

/** A problem with its place in the text, as operators see it. */
export interface LocatedProblem {
  readonly message: string;
  /** 1-based; 0 when the text is not to blame. */
  readonly line: number;
  readonly column: number;
  /** `interfaces.access.subInterfaces[0].innerVlan`. */
  readonly path: string;
  /** Absent when the configuration is one nameless text. */
  readonly file?: string;
}

export const mistake = (path: Path, message: string, atKey = false): Problem => ({
  path,
  message,
  severity: 'error',
  ...(atKey && { atKey }),
});

/** A mistake of new configurations; one that was applied already is taken with it. */
export const refusedAnew = (path: Path, message: string): Problem => ({ ...mistake(path, message), newOnly: true });

export const advice = (path: Path, message: string): Problem => ({ path, message, severity: 'warning' });

/** `interfaces.access.subInterfaces[0]`; keys that are no plain names stand in quotes. */
export function pathText(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += (text ? '.' : '') + (/^[\w-]+$/.test(step) ? step : JSON.stringify(clip(step)));
  }
  return text;
}

/** A value from outside as it may stand in a message: one line, at most 60 characters. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(clip(value));
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  return value === undefined ? 'nothing' : String(value);
}

const clip = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);

/** `12:7: vrfs.blue: message`, the form of every message to operators; after the file's name when there is one. */
export function problemText(problem: LocatedProblem): string {
  const file = problem.file === undefined ? '' : `${problem.file}:`;
  const place = problem.line > 0 ? `${file}${problem.line}:${problem.column}: ` : file && `${file} `;
  return `${place}${problem.path ? `${problem.path}: ` : ''}${problem.message}`;
}
