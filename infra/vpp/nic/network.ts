import { spawnSync } from 'node:child_process';
import type { Tree } from '../machine/tree.js';

/** Runs `ip -json` with these arguments and returns its parsed answer. Throws when it cannot tell. */
export type IpJson = (...args: string[]) => unknown;

export const systemIp: IpJson = (...args) => {
  const result = spawnSync('ip', ['-json', ...args], { encoding: 'utf8' });
  if (result.status !== 0)
    throw new Error(`ip ${args.join(' ')}: ${result.error?.message ?? (result.stderr.trim() || 'failed')}`);
  return result.stdout.trim() === '' ? [] : JSON.parse(result.stdout);
};

/** What the kernel's network devices are used for now. */
export interface NetworkUse {
  /** Addresses of each device, link-local ones left out. */
  readonly addresses: ReadonlyMap<string, readonly string[]>;
  /** Devices that a default route of either family, in any table, leads to. */
  readonly defaultRoutes: ReadonlySet<string>;
  /** Devices that an SSH session comes in by, or its answers leave by; with the peer's address. */
  readonly sshSessions: ReadonlyMap<string, string>;
}

const records = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'object' && item !== null) : [];
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Throws when addresses or routes cannot be read: nothing may be taken away on a guess. */
export function readNetworkUse(tree: Tree, ip: IpJson): NetworkUse {
  const addresses = readAddresses(ip);
  return {
    addresses,
    defaultRoutes: new Set([...procDefaultRoutes(tree), ...tableDefaultRoutes(ip)]),
    sshSessions: new Map(sshPeers(tree).flatMap((session) => devicesOf(session, addresses, ip))),
  };
}

function readAddresses(ip: IpJson): Map<string, string[]> {
  return new Map(
    records(ip('address', 'show')).map((link) => [
      textOf(link.ifname),
      records(link.addr_info)
        .filter(({ scope }) => scope !== 'link')
        .map(({ local }) => textOf(local)),
    ]),
  );
}

/** The main table, of which the kernel itself tells. */
function procDefaultRoutes(tree: Tree): string[] {
  const rows = (path: string) => (tree.text(path) ?? '').split('\n').map((line) => line.trim().split(/\s+/));
  const v4 = rows('/proc/net/route')
    .filter(([, destination, , , , , , mask]) => destination === '00000000' && mask === '00000000')
    .map(([device]) => device ?? '');
  const v6 = rows('/proc/net/ipv6_route')
    .filter(([destination, length]) => /^0{32}$/.test(destination ?? '') && length === '00')
    .map((row) => row.at(-1) ?? '');
  return [...v4, ...v6].filter((device) => device !== 'lo');
}

/** Every table, VRFs and policy routing included. */
function tableDefaultRoutes(ip: IpJson): string[] {
  return ['-4', '-6']
    .flatMap((family) => records(ip(family, 'route', 'show', 'table', 'all')))
    .filter(({ dst }) => dst === 'default')
    .flatMap((route) => [textOf(route.dev), ...records(route.nexthops).map(({ dev }) => textOf(dev))])
    .filter((device) => device !== '' && device !== 'lo');
}

interface SshSession {
  readonly local: string;
  readonly peer: string;
}

const ESTABLISHED = '01';
const SSH_PORT = 22;

/** Established TCP connections to our port 22, and those that an sshd has open, whatever its port. */
function sshPeers(tree: Tree): SshSession[] {
  const ofDaemon = sshSockets(tree);
  return ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap((path) => (tree.text(path) ?? '').split('\n'))
    .map((line) => line.trim().split(/\s+/))
    .filter((row) => row[3] === ESTABLISHED && (portOf(row[1]) === SSH_PORT || ofDaemon.has(row[9] ?? '')))
    .map(([, local, peer]) => ({ local: socketAddress(local), peer: socketAddress(peer) }));
}

/** Inodes of the sockets of sshd processes (sshd-session since OpenSSH 9.8). */
function sshSockets(tree: Tree): Set<string> {
  const daemons = tree
    .list('/proc')
    .filter((pid) => /^\d+$/.test(pid) && /^sshd/.test(tree.text(`/proc/${pid}/comm`) ?? ''));
  const links = daemons.flatMap((pid) =>
    tree.list(`/proc/${pid}/fd`).map((fd) => tree.target(`/proc/${pid}/fd/${fd}`)),
  );
  return new Set(links.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target ?? '')?.slice(1) ?? []));
}

const portOf = (text: string | undefined) => Number.parseInt(text?.split(':')[1] ?? '', 16);

/** `0100007F:0016` into `127.0.0.1`: 32-bit words in the byte order of the machine, little-endian on all we support. */
export function socketAddress(text: string | undefined): string {
  const words = (text?.split(':')[0] ?? '').match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).reverse()).map((byte) => Number.parseInt(byte, 16));
  const mapped = bytes.length === 16 && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff;
  if (bytes.length === 4 || mapped) return bytes.slice(-4).join('.');
  const groups = Array.from({ length: 8 }, (_, i) =>
    ((bytes[2 * i] ?? 0) * 256 + (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  return groups.join(':');
}

/** The device that has the local address, and the one that leads back to the peer. */
function devicesOf(
  { local, peer }: SshSession,
  addresses: ReadonlyMap<string, readonly string[]>,
  ip: IpJson,
): [device: string, peer: string][] {
  const holders = [...addresses].filter(([, own]) => own.some((address) => sameAddress(address, local)));
  const routes = records(ip('route', 'get', peer)).map(({ dev }) => textOf(dev));
  return [...holders.map(([device]) => device), ...routes]
    .filter((device) => device !== '' && device !== 'lo')
    .map((device) => [device, peer]);
}

/** `fd00::2` and `fd00:0:0:0:0:0:0:2` are the same. */
function sameAddress(a: string, b: string): boolean {
  return expanded(a) === expanded(b);
}

function expanded(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const groups = (text: string | undefined) => (text ? text.split(':') : []);
  const missing = 8 - groups(head).length - groups(tail).length;
  const zeros = tail === undefined ? [] : Array.from({ length: missing }, () => '0');
  return [...groups(head), ...zeros, ...groups(tail)].map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}
