import { AccessIdentity } from '#gen/bng/v1/aaa.js';
import { SubscriberToolsServiceClient } from '#gen/bng/v1/subs_tools.js';
import { systemClock } from '#lib/kernel/clock.js';
import { StateHolder } from '#lib/kernel/lifecycle.js';
import { callUnary, channelCredentials } from '#lib/kernel/rpc-client.js';
import { RpcServer } from '#lib/kernel/rpc-server.js';
import { formatMac } from '#lib/vpp/ip-text.js';
import { RateMeter } from '../services/subs-manager/session/rate-meter.js';
import { newSession, type Session } from '../services/subs-manager/session/session.js';
import { SessionIds } from '../services/subs-manager/session/session-id.js';
import { SessionIndex } from '../services/subs-manager/session/session-index.js';
import { toolsApi } from '../services/subs-manager/tools/api.js';
import type { Bulk } from '../services/subs-manager/tools/bulk.js';
import { names } from '../services/subs-manager/tools/names.js';
import { SubscriberTools } from '../services/subs-manager/tools/tools.js';

/**
 * Finding subscribers by a name or a part of one among many sessions in memory, over gRPC, beside a linear scan that reads
 * every name of every session and looks for the text in it. `pause` is the longest time that others waited meanwhile.
 */
const count = Number(process.env.BENCH_SESSIONS ?? 50_000);
const rounds = Number(process.env.BENCH_ROUNDS ?? 15);

const macOf = (number: number) => formatMac(Uint8Array.of(2, 0x5e, 0x10, number >> 16, number >> 8, number));
const ipOf = (number: number) => `100.${64 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;

/** Dual-stack sessions behind access nodes of 48 ports. */
function fill(index: SessionIndex): void {
  const ids = new SessionIds(systemClock);
  for (let number = 0; number < count; number++) {
    const line = `access.${100 + Math.floor(number / 4000)}.${1 + (number % 4000)}`;
    const identity = AccessIdentity.fromPartial({
      mac: macOf(number),
      line: { name: line },
      circuitId: Buffer.from(`olt-${Math.floor(number / 48)} eth 0/${number % 48}`),
      remoteId: Buffer.from(`CPE${number}`),
      hostName: `home-${number}`,
    });
    const session = newSession(ids.next(), { identity, place: line, addressKey: line, group: 'homes' }, 0);
    Object.assign(session, { userName: `user${number}@isp.example`, ipv4: ipOf(number), up4: true });
    const [high, low] = [(number >> 8).toString(16), (number & 255).toString(16)];
    Object.assign(session.ip6, {
      up: true,
      address: `2001:db8:64::${high}:${low}`,
      delegated: `2001:db8:${high}:${low}00::/56`,
      framed: `2001:db9:${high}:${low}::/64`,
    });
    index.add(session);
    for (const step of ['accept', 'activate'] as const) index.move(session, step);
  }
}

/** The reference: no index, no knowledge of what a text can be a part of. */
function scan(index: SessionIndex, text: string): number {
  const lower = text.toLowerCase();
  const fits = (session: Session) =>
    names.some(({ read }) => read(session).some((value) => value.toLowerCase().includes(lower)));
  return [...index.all()].filter(fits).length;
}

const number = count - 77;
const texts: Record<string, string> = {
  'MAC, whole': macOf(number),
  'MAC, part': macOf(number).slice(6, 14),
  'IPv4, whole': ipOf(number),
  'IPv4, beginning': ipOf(number).slice(0, -1),
  'IPv4, prefix': '100.64.3.0/24',
  'IPv6, within a delegated prefix': `2001:db8:${(number >> 8).toString(16)}:${(number & 255).toString(16)}0a::1`,
  'IPv6, beginning': '2001:db8:4:',
  'IPv6, prefix': '2001:db9:4::/48',
  'user name, part': `user${number}`,
  'circuit-id, part': 'olt-700 ',
  'line, part': 'access.103.77',
  'in every session': 'isp.example',
  'in none': 'nobody at all',
};

const percentile = (values: number[], share: number) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;

/** Longest time between two turns of the event loop while `work` is done. */
async function pauseOf(work: () => Promise<unknown>): Promise<number> {
  let [longest, last, going] = [0, performance.now(), true];
  const turn = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (going) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  going = false;
  return longest;
}

async function measure(client: SubscriberToolsServiceClient, index: SessionIndex, name: string, text: string) {
  const took: number[] = [];
  const pauses: number[] = [];
  const reference: number[] = [];
  let total = 0;
  for (let round = 0; round < rounds; round++) {
    const beganMs = performance.now();
    pauses.push(
      await pauseOf(async () => {
        total = (await callUnary(client.find.bind(client), { text, limit: 20 })).total;
      }),
    );
    took.push(performance.now() - beganMs);
    const scanMs = performance.now();
    scan(index, text);
    reference.push(performance.now() - scanMs);
  }
  return {
    text: name,
    total,
    'p50 ms': percentile(took, 0.5).toFixed(1),
    'p99 ms': percentile(took, 0.99).toFixed(1),
    'pause ms': Math.max(...pauses).toFixed(1),
    'linear scan, p50 ms': percentile(reference, 0.5).toFixed(1),
    ratio: (percentile(took, 0.5) / percentile(reference, 0.5)).toFixed(2),
  };
}

const index = new SessionIndex();
fill(index);
const rates = new RateMeter(() => performance.now());
const counters = { read: async () => {} };
const state = new StateHolder();
const tools = new SubscriberTools({ index, rates, counters, clock: systemClock, state, maxAgeMs: 30_000 });
/** Not asked for here. */
const bulk = {} as Bulk;
const server = new RpcServer('127.0.0.1:0', state, [toolsApi(tools, bulk)]);
await server.start();
const client = new SubscriberToolsServiceClient(`127.0.0.1:${server.port}`, channelCredentials());
/** What subs-manager does in the background when it is ready, and the first search after it. */
async function first() {
  const beganMs = performance.now();
  const pauseMs = await pauseOf(() => tools.prepare());
  const preparedMs = performance.now();
  await callUnary(client.find.bind(client), { text: 'nobody at all', limit: 20 });
  const [prepare, search] = [preparedMs - beganMs, performance.now() - preparedMs].map((ms) => ms.toFixed(0));
  return `prepared in ${prepare} ms, longest pause ${pauseMs.toFixed(0)} ms; the first search took ${search} ms`;
}

console.log(await first());
const rows: object[] = [];
for (const [name, text] of Object.entries(texts)) rows.push(await measure(client, index, name, text));
console.log(`find among ${index.size} sessions, over gRPC, ${rounds} rounds`);
console.table(rows);
client.close();
await server.stop();
