import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Replaces a file by new content, whole or not at all; both content and name are on the disk afterwards. */
export function replaceFile(file: string, content: string, mode = 0o644): void {
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true });
  const temporary = `${file}.${process.pid}.new`;
  try {
    withOpen(temporary, 'w', mode, (handle) => {
      writeFileSync(handle, content);
      fsyncSync(handle);
    });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  withOpen(folder, 'r', mode, fsyncSync);
}

function withOpen(path: string, flags: string, mode: number, work: (handle: number) => void): void {
  const handle = openSync(path, flags, mode);
  try {
    work(handle);
  } finally {
    closeSync(handle);
  }
}
