import type { Clients } from './clients.js';
import type { ExitCode } from './exit-codes.js';
import type { Io } from './io.js';
import type { Settings } from './settings.js';
import { type Paint, paint } from './table.js';

/** What a command works with. */
export interface CliContext {
  io: Io;
  clients: Clients;
  settings: Settings;
  /** Who works, for the history; empty: not known. */
  user: string;
  /** `--json`: one JSON document on standard output, nothing else. */
  json: boolean;
  /** `--timeout`, else the command's own. */
  timeoutMs(defaultMs: number): number;
  paint: Paint;
}

/** One command's work; options and arguments are as commander parsed them. */
export type Action<O> = (context: CliContext, options: O, ...args: string[]) => Promise<ExitCode>;

/** JSON for scripts or text for people. */
export function print(context: CliContext, json: unknown, text: () => string): void {
  const shown = context.json ? JSON.stringify(json, null, 2) : text();
  context.io.out(shown.endsWith('\n') || shown === '' ? shown : `${shown}\n`);
}

export const paintFor = (io: Pick<Io, 'colour'>): Paint => paint(io.colour);
