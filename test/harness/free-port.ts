import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const lowest = 10_000;
const attempts = 50;

/**
 * A TCP port of the loopback address that nobody listens on at this moment. It lies below the ports that the kernel hands to
 * connections going out: one of those would take it before it is listened on.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = randomInt(lowest, firstEphemeral());
    if (await isFree(port)) return port;
  }
  throw new Error('no free port of the loopback address');
}

/** Where the kernel's own range begins (ip_local_port_range). */
function firstEphemeral(): number {
  const first = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0]);
  return first > lowest + 1000 ? first : 32_768;
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/** A UDP port of a loopback address that nobody has at this moment. */
export const freeUdpPort = (address: '127.0.0.1' | '::1' = '127.0.0.1'): Promise<number> =>
  new Promise((resolve) => {
    const socket = createSocket(address === '::1' ? 'udp6' : 'udp4').bind(0, address, () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
