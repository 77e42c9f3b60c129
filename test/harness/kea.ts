import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child, temporaryFolder } from './child.js';
import { freeUdpPort } from './free-port.js';
import { waitFor } from './wait-for.js';

export interface KeaServer {
  /** UDP port it serves on, on the loopback address. */
  serverPort: number;
  /** Port it answers relays on. */
  relayPort: number;
  pid: number;
  /** Its leases now, by the columns of its own file; the newest line of each address, without those that ended. */
  leases(): Record<string, string>[];
  /** What it logged. */
  log(): string;
  /** SIGSTOP: it is there and says nothing; its socket takes what comes. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  stop(): Promise<void>;
}

interface KeaOptions {
  /** Port it serves on; a free one when absent. */
  serverPort?: number;
  /** Port it answers relays on; a free one when absent. */
  relayPort?: number;
  /** Subnets as Kea's own configuration has them; one that takes every relay when absent. */
  subnets?: object[];
  /** Further keys of its configuration. */
  more?: object;
}

const families = {
  4: { socket: 'udp4', address: '127.0.0.1', key: 'Dhcp4', subnets: 'subnet4', program: 'kea-dhcp4' },
  6: { socket: 'udp6', address: '::1', key: 'Dhcp6', subnets: 'subnet6', program: 'kea-dhcp6' },
} as const;
type Family = (typeof families)[4 | 6];

const largePool = {
  subnet: '100.64.0.0/10',
  relay: { 'ip-addresses': ['127.0.0.1'] },
  pools: [{ pool: '100.64.0.2 - 100.127.255.254' }],
};

const config = ({ key, subnets, program, address }: Family, folder: string, options: KeaOptions) => ({
  [key]: {
    'interfaces-config': {
      interfaces: [`lo/${address}`],
      're-detect': false,
      ...(key === 'Dhcp4' && { 'dhcp-socket-type': 'udp' }),
    },
    'lease-database': { type: 'memfile', persist: true, name: join(folder, 'leases.csv'), 'lfc-interval': 0 },
    'valid-lifetime': 3600,
    ...(key === 'Dhcp6' && {
      'server-id': { type: 'EN', 'enterprise-id': 1, identifier: randomBytes(8).toString('hex'), persist: false },
      'data-directory': folder,
    }),
    'multi-threading': { 'enable-multi-threading': false },
    ...options.more,
    [subnets]: options.subnets ?? [largePool],
    loggers: [{ name: program, severity: 'INFO', output_options: [{ output: join(folder, 'kea.log') }] }],
  },
});

/** A Kea DHCP server on loopback, on free ports. DHCPv4 has one large pool for relays on 127.0.0.1 unless told otherwise. */
export async function startKea(version: 4 | 6 = 4, options: KeaOptions = {}): Promise<KeaServer> {
  const family = families[version];
  const folder = temporaryFolder('kea');
  const serverPort = options.serverPort ?? (await freeUdpPort(family.address));
  const relayPort = options.relayPort ?? (await freeUdpPort(family.address));
  const file = join(folder.path, 'kea.json');
  writeFileSync(file, JSON.stringify(config(family, folder.path, options)));
  const env = { ...process.env, KEA_PIDFILE_DIR: folder.path, KEA_LOCKFILE_DIR: folder.path };
  const args = ['-c', file, '-p', String(serverPort), '-P', String(relayPort)];
  const child = new Child(family.program, family.program, args, { env });
  const log = () => {
    try {
      return readFileSync(join(folder.path, 'kea.log'), 'utf8');
    } catch {
      return '';
    }
  };
  await waitFor(
    family.program,
    () => {
      child.assertRunning();
      return portTaken(family, serverPort);
    },
    30_000,
  ).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw new Error(`${String(error)}\n${log()}`);
  });
  return {
    serverPort,
    relayPort,
    pid: child.pid,
    leases: () => leasesIn(readFileSync(join(folder.path, 'leases.csv'), 'utf8')),
    log,
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
    async stop() {
      child.kill('SIGCONT');
      await child.stop();
      folder.remove();
    },
  };
}

/** Kea appends a line at each change of a lease; a lifetime of 0 says that it was released. */
function leasesIn(text: string): Record<string, string>[] {
  const [head = '', ...lines] = text.trim().split('\n');
  const names = head.split(',');
  const newest = new Map<string, Record<string, string>>();
  for (const line of lines) {
    const values = line.split(',');
    const lease = Object.fromEntries(names.map((name, at) => [name, values[at] ?? '']));
    newest.set(lease.address ?? '', lease);
  }
  return [...newest.values()].filter(({ valid_lifetime }) => valid_lifetime !== '0');
}

/** Whether somebody already has the UDP port of the loopback address. */
function portTaken({ socket: type, address }: Family, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket(type);
    socket.once('error', () => resolve(true));
    socket.bind(port, address, () => socket.close(() => resolve(false)));
  });
}
