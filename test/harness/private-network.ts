import { spawnSync } from 'node:child_process';
import koffi from 'koffi';

const CLONE_NEWNET = 0x40000000;
let entered: boolean | undefined;

const run = (command: string, ...args: string[]): void => {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${result.stderr || String(result.error)}`);
};
const ip = (...args: string[]): void => run('ip', ...args);

/**
 * Moves this process's main thread, and every child it starts from now on, into a network namespace of its own with
 * only a loopback. All ports and addresses in it are free. It vanishes with the process. False without the privilege.
 */
export function enterPrivateNetwork(): boolean {
  if (entered !== undefined) return entered;
  const unshare = koffi.load('libc.so.6').func('int unshare(int flags)');
  entered = process.getuid?.() === 0 && unshare(CLONE_NEWNET) === 0;
  if (entered) ip('link', 'set', 'lo', 'up');
  return entered;
}

/**
 * A pair of connected network devices, both up; the first for the dataplane, the second for the far side. The first has
 * the MAC address, when there is one.
 * The kernel leaves checksums to the hardware, which a veth has not: VPP would drop such packets as damaged.
 */
export function createVethPair(dataplaneEnd: string, farEnd: string, mac?: string): void {
  ip('link', 'add', dataplaneEnd, 'type', 'veth', 'peer', 'name', farEnd);
  if (mac !== undefined) ip('link', 'set', dataplaneEnd, 'address', mac);
  for (const device of [dataplaneEnd, farEnd]) {
    ip('link', 'set', device, 'up');
    run('ethtool', '-K', device, 'tx', 'off');
  }
}

/** Fit for use at once: for IPv6 nobody is asked whether it is taken. */
export const addAddress = (device: string, address: string): void =>
  ip('address', 'add', address, 'dev', device, ...(address.includes(':') ? ['nodad'] : []));
export const removeDevice = (device: string): void => {
  spawnSync('ip', ['link', 'del', device]);
};
