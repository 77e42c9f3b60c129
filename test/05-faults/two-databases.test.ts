import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { DisconnectSubscriberRequest, SubscriberServiceClient } from '#gen/bng/v1/subs.js';
import { callUnary, channelCredentials } from '#lib/kernel/rpc-client.js';
import { freePort } from '../harness/free-port.js';
import { lanes } from '../harness/lanes.js';
import { type ServiceProcess, startService } from '../harness/service.js';
import { type Stack, startStack } from '../harness/stack.js';
import type { ServiceConfigs } from '../harness/stack-config.js';
import { sampleLine } from '../harness/subscribers.js';
import { waitFor } from '../harness/wait-for.js';

const [sim] = lanes;

/** A database beside that of the stack, in the same server. */
async function otherDatabase(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('CREATE DATABASE elsewhere');
  await client.end();
  return Object.assign(new URL(url), { pathname: '/elsewhere' }).href;
}

describe('a second subs-manager with a database of its own', () => {
  let stack: Stack;
  let configs: ServiceConfigs;
  let second: ServiceProcess;

  const readiness = async () => (await fetch(`${second.ops}/readyz`)).text();
  const isRefused = async () =>
    /the sessions are with subs-manager .* which has another database/.test(await readiness());

  beforeAll(async () => {
    if (sim === undefined) throw new Error('no lane');
    stack = await startStack({
      lane: sim,
      subscribers: 3,
      adjust(all) {
        configs = all;
      },
    });
    const link = await stack.accessLink();
    for (const index of [1, 2]) await stack.extraClient(link, { ...sampleLine(index), tries: 8 }).attach();
    const databaseUrl = await otherDatabase(stack.postgres?.url ?? '');
    const own = { databaseUrl, grpc: '127.0.0.1:0', dhcp: { listen: `127.0.0.1:${await freePort()}` } };
    const { dhcp6: _, ...config } = configs['subs-manager'] as Record<string, unknown>;
    second = await startService('subs-manager', stack.folder, { ...config, ...own }, 'second');
  }, 240_000);
  afterAll(async () => {
    await second?.kill();
    await stack?.stop();
  }, 30_000);

  it('is refused by configd and says who has the sessions; those of the first stay', async () => {
    await waitFor('refused', isRefused, 60_000);
    expect(await readiness()).toContain(`pid ${stack.service('subs-manager').child.pid}`);
    expect(await (await fetch(`${second.ops}/metrics`)).text()).toMatch(/^bng_subs_refused\{[^}]*\} 1$/m);
    const client = new SubscriberServiceClient(second.grpc, channelCredentials());
    const call = callUnary(client.disconnect.bind(client), DisconnectSubscriberRequest.fromPartial({}));
    await expect(call.finally(() => client.close())).rejects.toMatchObject({ code: 'unavailable' });
    expect(await stack.metric('subs-manager', /^bng_subs_sessions\{[^}]*state="active"[^}]*\} (\d+)$/m)).toBe(2);
    expect((await stack.dataplane.policers()).length).toBe(4);
  }, 120_000);

  it('is refused as well by a configd that was killed, and while the first restarts', async () => {
    await stack.killAndRestart('configd');
    await stack.service('subs-manager').ready();
    await stack.killAndRestart('subs-manager');
    await waitFor('refused', isRefused, 60_000);
    expect((await stack.dataplane.policers()).length).toBe(4);
    const link = await stack.accessLink();
    const third = stack.extraClient(link, { ...sampleLine(0), tries: 8 });
    await third.attach();
    expect(third.lease?.address).toMatch(/^100\.64\./);
  }, 240_000);
});
