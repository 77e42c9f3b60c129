import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

type Loopback = '127.0.0.1' | '::1';

const lowest = 10_000;
const attempts = 50;

/**
 * A TCP port of the loopback address that nobody listens on at this moment. It lies below the ports that the kernel hands to
 * connections going out: one of those would take it before it is listened on. No other process of the tests gets it while
 * this one lives, so that who is to listen may start late, and be killed and start again.
 */
export const freePort = (): Promise<number> => reserved((port) => listens(port));

/** The same for UDP. */
export const freeUdpPort = (address: Loopback = '127.0.0.1'): Promise<number> =>
  reserved((port) => binds(port, address));

async function reserved(isFree: (port: number) => Promise<boolean>): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = randomInt(lowest, firstEphemeral());
    if ((await reserve(port)) && (await isFree(port))) return port;
  }
  throw new Error('no free port of the loopback address');
}

/** Where the kernel's own range begins (ip_local_port_range). */
function firstEphemeral(): number {
  const first = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0]);
  return first > lowest + 1000 ? first : 32_768;
}

/**
 * Marks the port as ours by a name in the abstract space of Unix sockets (unix(7)). As the ports themselves it belongs to the
 * network namespace and to one process, and it ends with that.
 */
const reserve = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const mark = createServer().once('error', () => resolve(false));
    mark.listen(`\0causeway-test-port-${port}`, () => resolve(true));
    mark.unref();
  });

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

const binds = (port: number, address: Loopback): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createSocket(address === '::1' ? 'udp6' : 'udp4').once('error', () => resolve(false));
    socket.bind(port, address, () => socket.close(() => resolve(true)));
  });
