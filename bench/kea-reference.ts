import { Child } from '../test/harness/child.js';
import { startKea } from '../test/harness/kea.js';

/** Four-way exchanges per second of perfdhcp with as many clients against Kea alone: leases in memory, no RADIUS. */
export async function keaRate(clients: number): Promise<number> {
  const kea = await startKea();
  const ports = ['-L', String(kea.relayPort), '-N', String(kea.serverPort)];
  const load = ['-R', String(clients), '-n', String(clients), '-r', '20000', '-W', '1'];
  const perfdhcp = new Child('perfdhcp', 'perfdhcp', ['-4', '-l', '127.0.0.1', ...ports, ...load, '127.0.0.1']);
  await perfdhcp.exited;
  await kea.stop();
  return Number(/Rate: ([\d.]+)/.exec(perfdhcp.output)?.[1] ?? 0);
}
