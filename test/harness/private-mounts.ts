import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import koffi from 'koffi';

const CLONE_NEWNS = 0x00020000;
let entered: boolean | undefined;

const succeeds = (command: string, ...args: string[]): boolean =>
  spawnSync(command, args, { encoding: 'utf8' }).status === 0;

/**
 * Moves this process's main thread, and every child it starts from now on, into a mount namespace of its own: what is
 * mounted there nobody else sees, and it vanishes with the process. False without the privilege.
 */
export function enterPrivateMounts(): boolean {
  if (entered !== undefined) return entered;
  const unshare = koffi.load('libc.so.6').func('int unshare(int flags)');
  entered = process.getuid?.() === 0 && unshare(CLONE_NEWNS) === 0 && succeeds('mount', '--make-rprivate', '/');
  return entered;
}

/** A disk of `megabytes` in memory at `path`, for user `uid`. */
export function mountSmallDisk(path: string, megabytes: number, uid: number): void {
  mkdirSync(path);
  const options = `size=${megabytes}m,mode=0700,uid=${uid}`;
  if (!succeeds('mount', '-t', 'tmpfs', '-o', options, 'tmpfs', path)) throw new Error(`no disk at ${path}`);
}

/** Takes a disk away again, and all that lay on it. */
export function unmountDisk(path: string): void {
  if (!succeeds('umount', '--lazy', path)) throw new Error(`no disk at ${path}`);
}
