import { sleep } from '#lib/kernel/clock.js';
import type { Dataplane } from '../dataplane.js';

/** `ping` of VPP's ping plugin, as far as the gateway uses it. */
export interface PingCommand {
  readonly address: string;
  readonly repeat: number;
  readonly intervalMs: number;
  readonly from: { tableId: number } | { swIfIndex: number };
}

const PING = /^ping (\S+)((?: (?:source|repeat|interval|table-id) \S+)*)$/;

/** A ping command; a complaint of VPP's when it is one that VPP would not take; undefined for another command. */
export function readPing(line: string, { interfaces }: Dataplane): PingCommand | string | undefined {
  const [, address = '', rest = ''] = PING.exec(line.trim()) ?? [];
  if (address === '') return undefined;
  const options = Object.fromEntries(
    [...rest.matchAll(/ (\S+) (\S+)/g)].map(([, key = '', value = '']) => [key, value]),
  );
  const source = options.source === undefined ? undefined : interfaces.byName(options.source);
  if (options.source !== undefined && !source) return `ping: unknown interface \`${options.source}'\n`;
  return {
    address,
    repeat: Number(options.repeat ?? 5),
    intervalMs: Number(options.interval ?? 1) * 1000,
    from: source ? { swIfIndex: source.swIfIndex } : { tableId: Number(options['table-id'] ?? 0) },
  };
}

/** Pings as VPP does: a line for each answer as it comes, and the last interval is waited for as well. */
export async function runPing(command: PingCommand, dataplane: Dataplane, say: (text: string) => void): Promise<void> {
  let [sent, received] = [0, 0];
  for (let turn = 1; turn <= command.repeat; turn++) {
    const echo = dataplane.pinger.echo(command.address, command.from);
    if (typeof echo === 'string') say(`Failed: ${echo}\n`);
    else sent++;
    if (echo === true) {
      received++;
      say(`116 bytes from ${command.address}: icmp_seq=${turn} ttl=64 time=.0500 ms\n`);
    }
    await sleep(command.intervalMs);
  }
  const loss = sent === 0 ? 0 : Math.round((100 * (sent - received)) / sent);
  say(`\n\nStatistics: ${sent} sent, ${received} received, ${loss}% packet loss\n`);
}
