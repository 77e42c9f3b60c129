import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { text } from 'node:stream/consumers';

/** The world around the command, so that tests can stand in for it. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  /** Colours only here: standard output is a terminal and NO_COLOR is not set. */
  colour: boolean;
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  /** Who the process runs as, for where the environment names nobody; empty when the machine does not know. */
  login(): string;
  nowMs(): number;
  /** A file, or standard input for `-`. */
  read(path: string): Promise<string>;
  /** Names in a folder, sorted; undefined when it is none. */
  entries(path: string): Promise<string[] | undefined>;
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

function login(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}

export const processIo = (): Io => ({
  out: (line) => process.stdout.write(line),
  err: (line) => process.stderr.write(line),
  colour: process.stdout.isTTY === true && !process.env.NO_COLOR,
  env: process.env,
  home: homedir(),
  login,
  nowMs: () => Date.now(),
  read: (path) => (path === '-' ? text(process.stdin) : readFile(path, 'utf8')),
  entries: async (path) => {
    if (path === '-' || !(await isFolder(path))) return undefined;
    return (await readdir(path)).sort();
  },
});
