import { join } from 'node:path';
import { temporaryFolder } from '../test/harness/child.js';
import { BenchConfigd, type BenchVpp, devices, startBenchVpp, timed } from './configd-node.js';
import { type Recorded, Replayer, WireTap } from './wire-tap.js';

/**
 * configd with 10,000 QinQ lines (VRF, unnumbered, uRPF, two policers each), with 4,000 lines under policy based routing, and
 * with an ACL of 100,000 rules. Each step runs
 * twice: once with a tap on the API socket, which records the requests, and once without it for the time. Beside each time
 * stands a raw replay of the recorded requests by a client that looks at no reply, to an empty VPP of the same kind.
 * "Verified" is: configd has read everything back once more and found no difference.
 * The dataplane is the sim, or with VPP_BIN (as root) a real VPP.
 */
const lines = Number(process.env.BENCH_LINES ?? 10_000);
const pbrLines = Number(process.env.BENCH_PBR_LINES ?? 4000);
const rules = Number(process.env.BENCH_RULES ?? 100_000);
const perOuter = 2500;

const accessEntries = (): string =>
  Array.from({ length: Math.ceil(lines / perOuter) }, (_, i) => {
    const inner = `1-${Math.min(perOuter, lines - i * perOuter)}`;
    const place = i % 2 === 0 ? 'unnumbered: subs-gw' : 'vrf: business, unnumbered: business-gw';
    const rest = 'urpf: { ip4: strict }, policer: { in: up, out: down }';
    return `      - { outerVlan: ${100 + i}, innerVlan: ${inner}, ${place}, ${rest} }`;
  }).join('\n');

const linesDocument = (cir: string): string => `interfaces:
  access:
    hostInterface: { device: ${devices.access} }
    subInterfaces:
${accessEntries()}
  core: { hostInterface: { device: ${devices.core} }, addresses: [10.255.0.1/30] }
  subs-gw: { loopback: {}, addresses: [100.64.0.1/16] }
  business-gw: { loopback: {}, vrf: business, addresses: [100.65.0.1/16] }
vrfs: { business: { table: 10 } }
policers: { up: { cirBps: 20M }, down: { cirBps: ${cir} } }
`;

const pbrDocument = (dst: string): string => `interfaces:
  access:
    hostInterface: { device: ${devices.access} }
    subInterfaces: [{ outerVlan: 100, innerVlan: 1-${pbrLines}, unnumbered: gw }]
  core: { hostInterface: { device: ${devices.core} }, addresses: [10.255.0.1/30] }
  gw: { loopback: {}, addresses: [100.64.0.1/16] }
pbr:
  work:
    in: ['access.100.*']
    rules:
      - { name: web, dst: 203.0.113.0/24, proto: tcp, dstPorts: 80, via: [{ address: 10.255.0.2, interface: core }] }
      - { name: rest, dst: ${dst}, drop: true }
`;

function aclDocument(port: number): string {
  const rule = (i: number) =>
    `      - permit tcp 10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32 any port ${i === rules >> 1 ? port : 443}`;
  const rows = Array.from({ length: rules }, (_, i) => rule(i)).join('\n');
  return `interfaces:
  core: { hostInterface: { device: ${devices.core} }, addresses: [10.255.0.1/30], acl: { in: [large] } }
acls:
  large:
    rules:
${rows}
`;
}

interface Step {
  readonly name: string;
  /** Steps that begin with an empty VPP: the replay gets one too. */
  readonly fresh?: true;
  run(node: Node): Promise<Measured>;
}

interface Node {
  readonly vpp: BenchVpp;
  readonly configd: BenchConfigd;
}

interface Measured {
  readonly seconds: number;
  readonly planMs?: number;
}

async function applyStep({ configd }: Node, yaml: string, verify: boolean): Promise<Measured> {
  const { seconds, result } = await timed(async () => {
    const applied = await configd.apply(yaml);
    if (verify) await configd.verify();
    return applied;
  });
  return { seconds, planMs: result.planMs };
}

const linesSteps: readonly Step[] = [
  { name: 'first apply to verified', fresh: true, run: (node) => applyStep(node, linesDocument('50M'), true) },
  { name: 'second apply, same document', run: (node) => applyStep(node, linesDocument('50M'), false) },
  { name: 'one-line change', run: (node) => applyStep(node, linesDocument('60M'), false) },
  { name: 'read back all of it', run: ({ configd }) => timed(() => configd.verify()) },
  {
    name: 'VPP restart to verified',
    fresh: true,
    async run({ vpp, configd }) {
      await vpp.replace();
      return timed(async () => {
        await configd.ready();
        await configd.verify();
      });
    },
  },
  {
    name: 'cold start to verified',
    fresh: true,
    async run({ vpp, configd }) {
      await configd.end();
      await vpp.replace();
      return timed(async () => {
        await configd.begin();
        await configd.ready();
        await configd.verify();
      });
    },
  },
  { name: 'removal', run: (node) => applyStep(node, 'interfaces: {}', false) },
];

const pbrSteps: readonly Step[] = [
  {
    name: 'first apply to verified',
    fresh: true,
    run: (node) => applyStep(node, pbrDocument('198.51.100.0/24'), true),
  },
  { name: 'one rule changed', run: (node) => applyStep(node, pbrDocument('198.51.101.0/24'), false) },
  { name: 'removal', run: (node) => applyStep(node, 'interfaces: {}', false) },
];

const aclSteps: readonly Step[] = [
  { name: `${rules} rules, first apply`, fresh: true, run: (node) => applyStep(node, aclDocument(443), false) },
  { name: 'second apply, same rules', run: (node) => applyStep(node, aclDocument(443), false) },
  { name: 'one rule changed', run: (node) => applyStep(node, aclDocument(80), false) },
  { name: 'read back all of it', run: ({ configd }) => timed(() => configd.verify()) },
  { name: 'removal', run: (node) => applyStep(node, 'interfaces: {}', false) },
];

/** The requests of each step. */
async function record(vpp: BenchVpp, steps: readonly Step[]): Promise<Recorded[][]> {
  const folder = temporaryFolder('bench-tap');
  const apiSocket = join(folder.path, 'tap.sock');
  const tap = await WireTap.listen(apiSocket, vpp.apiSocket);
  const configd = await BenchConfigd.start({ apiSocket, statsSocket: vpp.statsSocket });
  tap.take();
  const requests: Recorded[][] = [];
  for (const step of steps) {
    await step.run({ vpp, configd });
    requests.push(tap.take());
  }
  await configd.stop();
  await tap.close();
  folder.remove();
  return requests;
}

interface Replay {
  readonly seconds: number;
  readonly messages: number;
}

/** The requests again, each step on a VPP in the state where it began. */
async function replayAll(vpp: BenchVpp, steps: readonly Step[], requests: readonly Recorded[][]): Promise<Replay[]> {
  const replays: Replay[] = [];
  let replayer = await Replayer.connect(vpp.apiSocket);
  for (const [i, step] of steps.entries()) {
    if (step.fresh) {
      replayer.close();
      await vpp.replace();
      replayer = await Replayer.connect(vpp.apiSocket);
    }
    const replayed = await replayer.replay(requests[i] ?? []);
    if (replayed.refused > replayed.messages / 100)
      throw new Error(`${step.name}: VPP refused ${replayed.refused} of ${replayed.messages} replayed requests`);
    replays.push(replayed);
  }
  replayer.close();
  return replays;
}

const milliseconds = (seconds: number): string => (seconds * 1000).toFixed(seconds < 0.01 ? 2 : 0);

async function measure(vpp: BenchVpp, steps: readonly Step[]): Promise<void> {
  const requests = await record(vpp, steps);
  const replays = await replayAll(vpp, steps, requests);
  await vpp.replace();
  const configd = await BenchConfigd.start(vpp);
  const rows = [];
  for (const [i, step] of steps.entries()) {
    const { seconds, planMs } = await step.run({ vpp, configd });
    const replay = replays[i] ?? { seconds: 0, messages: 0 };
    rows.push({
      step: step.name,
      ms: milliseconds(seconds),
      'plan ms': planMs?.toFixed(0) ?? '',
      messages: replay.messages,
      'replay ms': replay.messages > 0 ? milliseconds(replay.seconds) : '',
      ratio: replay.messages > 0 ? (seconds / replay.seconds).toFixed(2) : '',
      'RSS MB': configd.rssMb('VmRSS').toFixed(0),
      'peak MB': configd.rssMb('VmHWM').toFixed(0),
    });
  }
  await configd.stop();
  console.table(rows);
}

const vpp = await startBenchVpp();
try {
  console.log(`${lines} QinQ lines with VRF, unnumbered, uRPF and policers; dataplane ${vpp.name}`);
  await measure(vpp, linesSteps);
  await vpp.replace();
  console.log(`policy based routing on ${pbrLines} lines; dataplane ${vpp.name}`);
  await measure(vpp, pbrSteps);
  await vpp.replace();
  console.log(`an ACL of ${rules} rules on an interface; dataplane ${vpp.name}`);
  await measure(vpp, aclSteps);
} finally {
  await vpp.stop();
}
process.exit(0);
