import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DisconnectSubscriberRequest, SubscriberFilter } from '#gen/bng/v1/subs.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import type { DhcpClient } from '../test/harness/dhcp-client.js';
import { lanes } from '../test/harness/lanes.js';
import { type Stack, startStack } from '../test/harness/stack.js';
import { bringOnline } from '../test/harness/subscribers.js';
import { waitFor } from '../test/harness/wait-for.js';
import { changeRates } from './coa-load.js';
import { timed } from './configd-node.js';
import { paced, spread } from './figures.js';
import { keaRate } from './kea-reference.js';
import { UsageMeter } from './usage.js';

/**
 * A day of subscribers on the whole system, in a few minutes: all attach at full speed, hold with interims and renewals, are
 * changed by CoA, see subs-manager and the dataplane restart, detach, and come back all at once. Beside the set-up rate stands
 * that of perfdhcp against Kea alone, in the same run. Everything shares the machine, neighbours and clients included: the
 * processor time of each is shown. The dataplane is the sim, or the VPP that VPP_BIN names (as root).
 */
const setting = (name: string, otherwise: number) => Number(process.env[`BENCH_${name}`] ?? otherwise);
const subscribers = setting('SUBSCRIBERS', 2000);
const concurrency = setting('CONCURRENCY', 256);
/** How long all are held, each renewing once; the samples ask for an interim every 60 s. */
const holdS = setting('HOLD_S', 10);
const coaPerSecond = setting('COA_PER_S', 500);
const coaS = setting('COA_S', 5);
const burst = setting('BURST', Math.min(subscribers, 5000));
const releasesPerSecond = 500;
const patienceMs = 60_000;

const lane = lanes.find(({ kind }) => kind === (process.env.VPP_BIN ? 'vpp' : 'sim'));
if (!lane?.available) throw new Error(lane?.why ?? 'no dataplane');
const reference = await keaRate(subscribers);
async function run(all: Stack): Promise<void> {
  const meter = new UsageMeter(all);
  const table = (phase: string, per: number, unit: string) => {
    console.log(`\n${phase}: processor time per ${unit}`);
    const used = meter.next();
    const sum = used.reduce((total, { cpuSeconds }) => total + cpuSeconds, 0);
    console.table(
      Object.fromEntries(
        used.map(({ name, cpuSeconds, rssKb }) => [
          name,
          {
            'cpu ms': ((cpuSeconds * 1000) / per).toFixed(3),
            'share %': ((100 * cpuSeconds) / sum).toFixed(1),
            'RSS MB': (rssKb / 1024).toFixed(0),
            'KB a session more': ((rssKb - (empty.get(name) ?? rssKb)) / subscribers).toFixed(1),
          },
        ]),
      ),
    );
    console.log(`sum ${((sum * 1000) / per).toFixed(3)} ms`);
  };
  const empty = new Map(meter.next().map(({ name, rssKb }) => [name, rssKb]));
  console.log(`${subscribers} subscribers, ${concurrency} at once, dataplane ${all.vpp.name}`);
  const clients = await attachAll(all);
  table('attach', subscribers, 'session');
  await hold(all, clients);
  table(`hold for ${holdS} s with a renewal each`, subscribers, 'session');
  const ids = await sessionIds(all);
  const { roundTripsMs, failures } = await changeRates(all, ids, {
    count: coaPerSecond * coaS,
    perSecond: coaPerSecond,
  });
  console.log(`CoA at ${coaPerSecond}/s, request to ACK: ${roundTripsMs.length} ACKs, ${spread(roundTripsMs)}`);
  for (const [kind, count] of failures) console.log(`  ${count} ${kind}`);
  table('CoA', coaPerSecond * coaS, 'change');
  await restarts(all, clients);
  await detach(all, clients);
  table('restarts and detach', subscribers, 'session');
  await comeAtOnce(all);
}

async function attachAll(all: Stack): Promise<DhcpClient[]> {
  const result = await bringOnline(await all.accessLink(), { count: subscribers, concurrency, firstTimeoutMs: 4000 });
  const { seconds: lagS } = await timed(() => accounted(all, 'Start', subscribers));
  const rate = result.online / result.seconds;
  const retransmitted = result.clients.reduce((sum, { sent }) => sum + sent, 0) - 2 * result.online;
  console.log(
    `online ${result.online}, set-up rate ${rate.toFixed(0)}/s; perfdhcp -> Kea alone ${reference.toFixed(0)}/s`,
  );
  console.log(
    `ratio ${(rate / reference).toFixed(3)}; DISCOVER to ACK ${spread(result.attachMs)}; ${retransmitted} sent again`,
  );
  console.log(`the last Accounting-Start was acknowledged ${lagS.toFixed(2)} s after the last ACK`);
  if (result.online < subscribers) throw new Error(`not online: ${result.failures.slice(0, 3).join('; ')}`);
  return result.clients;
}

/** Records of a kind that FreeRADIUS has written. */
const records = (all: Stack, kind: 'Start' | 'Interim-Update' | 'Stop'): number =>
  readFileSync(all.radius.detailFile, 'latin1').split(`Acct-Status-Type = ${kind}\n`).length - 1;

/** Waits until it has written as many; looks four times a second, for the file is large. */
async function accounted(all: Stack, kind: 'Start' | 'Stop', count: number): Promise<void> {
  const endMs = performance.now() + patienceMs;
  while (records(all, kind) < count) {
    if (performance.now() > endMs) throw new Error(`${records(all, kind)} of ${count} accounting records ${kind}`);
    await sleep(250);
  }
}

async function hold(all: Stack, clients: readonly DhcpClient[]): Promise<void> {
  const mac = await all.gatewayMac();
  const renewalsMs: number[] = [];
  const count = clients.length;
  await paced(count, count / holdS, async (i) => {
    const { seconds } = await timed(async () => clients[i]?.renew(mac));
    renewalsMs.push(seconds * 1000);
  });
  console.log(
    `held: ${count} renewals, REQUEST to ACK ${spread(renewalsMs)}; ${records(all, 'Interim-Update')} interims`,
  );
}

async function sessionIds(all: Stack): Promise<string[]> {
  const ids: string[] = [];
  for (let pageToken = ''; ; ) {
    const request = { filter: SubscriberFilter.fromPartial({}), pageSize: 1000, pageToken };
    const page = await callUnary(all.subs.list.bind(all.subs), request);
    ids.push(...page.sessions.map(({ sessionId }) => sessionId));
    pageToken = page.nextPageToken;
    if (pageToken === '') return ids;
  }
}

async function restarts(all: Stack, clients: readonly DhcpClient[]): Promise<void> {
  // By SIGTERM, so that a profile of it is written too; it starts from the rows as after SIGKILL.
  await all.service('subs-manager').stop();
  const subs = await timed(async () => (await all.start('subs-manager')).ready(patienceMs));
  console.log(`\nsubs-manager restarted, with ${subscribers} sessions: ready after ${subs.seconds.toFixed(2)} s`);
  await all.vpp.crash();
  await waitFor('configd notices', async () => (await fetch(`${all.service('configd').ops}/readyz`)).status !== 200);
  const begun = await timed(() => all.vpp.restart());
  const forwarding = await timed(async () => {
    await all.service('configd').ready(patienceMs);
    await waitFor(
      'routes of all sessions',
      async () => (await all.dataplane.hostRoutes()).length >= subscribers,
      patienceMs,
    );
  });
  console.log(
    `${all.vpp.name} killed: its start took ${begun.seconds.toFixed(2)} s, all sessions forwarding ${forwarding.seconds.toFixed(2)} s after that`,
  );
  // The lines have other indexes now; until subs-manager has heard them it does not know who a packet is from.
  const mac = await all.gatewayMac();
  const answered = await timed(async () => clients[0]?.renew(mac));
  console.log(`  a renewal sent then was answered after ${answered.seconds.toFixed(2)} s (sent again after 4 s)`);
}

/** RELEASE is not answered and never repeated: what is lost on the way ends with its lease, and is ended here by hand. */
async function detach(all: Stack, clients: readonly DhcpClient[]): Promise<void> {
  const mac = await all.gatewayMac();
  let left: string[] = [];
  const { seconds } = await timed(async () => {
    await paced(clients.length, releasesPerSecond, async (i) => clients[i]?.release(mac));
    for (let before = -1; left.length !== before || before < 0; await sleep(1000)) {
      before = left.length;
      left = await sessionIds(all);
      if (left.length === 0) break;
    }
  });
  console.log(
    `detach: ${clients.length} RELEASE at ${releasesPerSecond}/s, all seen after ${seconds.toFixed(2)} s; ${left.length} lost`,
  );
  const { dhcpDrops } = await callUnary(all.subs.stats.bind(all.subs), {});
  if (left.length > 0)
    console.log(
      `  dropped by subs-manager: ${Object.entries(dhcpDrops)
        .map(([reason, count]) => `${reason} ${count}`)
        .join(', ')}`,
    );
  for (const sessionId of left) {
    const request = DisconnectSubscriberRequest.fromPartial({ selector: { sessionId }, reason: 'bench' });
    await callUnary(all.subs.disconnect.bind(all.subs), request);
  }
  await accounted(all, 'Stop', clients.length);
}

/** Clients that send their DISCOVER in the same moment, as after a power cut; their retransmissions are those of RFC 2131. */
async function comeAtOnce(all: Stack): Promise<void> {
  const link = await all.accessLink();
  const result = await bringOnline(link, { count: burst, concurrency: burst, firstTimeoutMs: 4000 });
  const sent = result.clients.reduce((sum, client) => sum + client.sent, 0);
  console.log(
    `\nburst of ${burst} clients at once: ${result.online} online, the last after ${result.seconds.toFixed(2)} s; ${spread(result.attachMs)}; ${(sent / burst).toFixed(2)} packets each`,
  );
}

const stack = await startStack({ lane, subscribers });
try {
  await run(stack);
} finally {
  await stack.stop();
}
process.exit(0);
