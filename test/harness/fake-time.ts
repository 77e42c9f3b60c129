import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const libraries = '/usr/lib';

/** libfaketime for programs with threads, of Debian's package; undefined when it is not installed. */
export function fakeTimeLibrary(): string | undefined {
  const found = readdirSync(libraries, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => {
      const folder = join(libraries, name, 'faketime');
      return readFolder(folder).map((file) => join(folder, file));
    });
  return found.find((file) => file.includes('libfaketimeMT.so'));
}

function readFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A wall clock for one process, which can be set while it runs; its monotonic clock is the true one. */
export class FakeTime {
  private readonly file: string;

  constructor(
    private readonly library: string,
    folder: string,
  ) {
    this.file = join(folder, 'faketime');
    this.set(0);
  }

  /** So many seconds before or behind the true time, at once. */
  set(offsetS: number): void {
    writeFileSync(this.file, `${offsetS < 0 ? '' : '+'}${offsetS}s\n`);
  }

  /** For the process. */
  get env(): Record<string, string> {
    return {
      LD_PRELOAD: this.library,
      FAKETIME_TIMESTAMP_FILE: this.file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }
}
