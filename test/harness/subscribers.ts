import { ClientSwitch, type DhcpClient } from './dhcp-client.js';
import type { FrameLink } from './frame-link.js';

/** Inner VLANs used of each outer one; the sample RADIUS users reject those above 4000. */
const innerPerOuter = 4000;
const firstOuter = 100;

export interface SampleLine {
  /** Name of the line in the sample configuration. */
  name: string;
  outerVlan: number;
  innerVlan: number;
  mac: string;
}

/** The line and hardware address of sample subscriber `index` (0, 1, 2 ...). */
export function sampleLine(index: number): SampleLine {
  const outerVlan = firstOuter + Math.floor(index / innerPerOuter);
  const innerVlan = 1 + (index % innerPerOuter);
  const number = index + 1;
  const mac = [0x02, 0x53, (number >>> 24) & 255, (number >>> 16) & 255, (number >>> 8) & 255, number & 255];
  return {
    name: `access.${outerVlan}.${innerVlan}`,
    outerVlan,
    innerVlan,
    mac: mac.map((byte) => byte.toString(16).padStart(2, '0')).join(':'),
  };
}

/** The `subInterfaces` that `count` sample subscribers need, as ranges. */
export function sampleRanges(count: number): { outerVlan: number; innerVlan: string }[] {
  const ranges = [];
  for (let from = 0; from < count; from += innerPerOuter) {
    const last = Math.min(count - from, innerPerOuter);
    ranges.push({ outerVlan: firstOuter + from / innerPerOuter, innerVlan: last === 1 ? '1' : `1-${last}` });
  }
  return ranges;
}

export interface OnlineOptions {
  count: number;
  /** Attaches under way at once at most. */
  concurrency: number;
  /** Called after each attach that ended. */
  onProgress?: (done: number) => void;
  firstTimeoutMs?: number;
}

export interface OnlineResult {
  clients: DhcpClient[];
  online: number;
  failures: string[];
  /** From the first DISCOVER to the last ACK. */
  seconds: number;
  /** DISCOVER to ACK of each client that came online, sorted. */
  attachMs: number[];
}

/** Brings `count` sample subscribers online with real DHCP packets over `link`. */
export async function bringOnline(link: FrameLink, options: OnlineOptions): Promise<OnlineResult> {
  const access = new ClientSwitch(link);
  const clients = Array.from({ length: options.count }, (_, index) => {
    const line = sampleLine(index);
    return access.add({
      mac: line.mac,
      tags: [{ vid: line.outerVlan }, { vid: line.innerVlan }],
      hostName: `cpe-${index + 1}`,
      firstTimeoutMs: options.firstTimeoutMs ?? 2000,
    });
  });
  const failures: string[] = [];
  const startedMs = performance.now();
  let next = 0;
  let done = 0;
  const worker = async () => {
    for (let client = clients[next++]; client; client = clients[next++]) {
      await client.attach().catch((error) => failures.push(String(error)));
      options.onProgress?.(++done);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, worker));
  const attachMs = clients.flatMap((client) => (client.lease ? [client.lease.elapsedMs] : [])).sort((a, b) => a - b);
  const seconds = (performance.now() - startedMs) / 1000;
  return { clients, online: attachMs.length, failures, seconds, attachMs };
}
