import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SubscriberToolsServiceClient } from '#gen/bng/v1/subs_tools.js';
import { channelCredentials, readStream } from '#lib/kernel/rpc-client.js';
import { bngctl } from '../harness/bngctl.js';
import type { DhcpClient } from '../harness/dhcp-client.js';
import { lanes } from '../harness/lanes.js';
import { repositoryRoot } from '../harness/service.js';
import { type Stack, startStack } from '../harness/stack.js';
import { bringOnline, sampleLine } from '../harness/subscribers.js';
import { waitFor } from '../harness/wait-for.js';

const COUNT = 12;

const read = (...path: string[]) => readFileSync(join(repositoryRoot, 'infra', ...path), 'utf8');
const dashboards = readdirSync(join(repositoryRoot, 'infra', 'grafana')).filter((file) => file.endsWith('.json'));
/** Texts that name metrics: each dashboard, and the alert rules. */
const naming: [string, string][] = [
  ...dashboards.map((file): [string, string] => [file, read('grafana', file)]),
  ['alerts.yml', read('prometheus', 'alerts.yml')],
];

describe.each(lanes)('the NOC on $name', (lane) => {
  const open = lane.available ? describe : describe.skip;
  open(lane.available ? 'subscribers' : `skipped: ${lane.why}`, () => {
    let stack: Stack;
    let clients: DhcpClient[] = [];
    const run = (...args: string[]) => bngctl(stack, args);

    beforeAll(async () => {
      stack = await startStack({
        lane,
        subscribers: COUNT,
        adjust: (configs) => Object.assign(configs['subs-manager'], { counterPollS: 1 }),
      });
      const result = await bringOnline(await stack.accessLink(), { count: COUNT, concurrency: COUNT });
      expect(result.failures).toEqual([]);
      clients = result.clients;
    }, 180_000);
    afterAll(() => stack?.stop(), 60_000);

    it('finds a subscriber by each of its names and by parts of them', async () => {
      const { mac, innerVlan } = sampleLine(3);
      const address = clients[3]?.lease?.address ?? '';
      for (const text of [mac, mac.slice(3), address, `access.100.${innerVlan}`]) {
        const { code, output } = await run('subs', 'find', text);
        expect({ text, code, found: output.includes(address) }).toEqual({ text, code: 0, found: true });
      }
      expect((await run('subs', 'find', '100.64.')).output).toContain(`${COUNT} of ${COUNT}`);
      expect((await run('subs', 'find', 'nobody')).code).toBe(4);
    }, 60_000);

    it('shows what a subscriber sends, from the counters of the dataplane', async () => {
      const gatewayMac = await stack.gatewayMac();
      const tools = new SubscriberToolsServiceClient(stack.addresses.subsManager, channelCredentials());
      let watching = true;
      const sending = (async () => {
        while (watching) {
          await clients[2]?.renew(gatewayMac);
          await setTimeout(50);
        }
      })();
      const most = { upBps: 0, upPps: 0, downBps: 0 };
      const deadlineMs = performance.now() + 60_000;
      try {
        for await (const sample of readStream(tools.watchRate({ key: sampleLine(2).mac }))) {
          for (const what of ['upBps', 'upPps', 'downBps'] as const) most[what] = Math.max(most[what], sample[what]);
          if ((most.upBps > 0 && most.upPps > 0 && most.downBps > 0) || performance.now() > deadlineMs) break;
        }
        for (const rate of Object.values(most)) expect(rate).toBeGreaterThan(0);
        const talker = await waitFor(
          'the talker',
          async () => {
            const { output } = await run('subs', 'top', '--by', 'up', '--limit', '1');
            return output.includes(clients[2]?.lease?.address ?? 'nothing') && output;
          },
          60_000,
        );
        expect(talker).toMatch(/\d measured, together down/);
      } finally {
        watching = false;
        await sending;
        tools.close();
      }
    }, 120_000);

    it('exports every subscriber', async () => {
      const { output } = await run('subs', 'export');
      const records = output.trim().split('\r\n');
      expect(records).toHaveLength(COUNT + 1);
      for (const client of clients) expect(output).toContain(`,${client.lease?.address},`);
    }, 60_000);

    it('ends many at once: out of the dataplane, and Admin-Reset in the records of the RADIUS server', async () => {
      const filter = ['--vlan', '100', '--state', 'active'];
      const preview = await run('subs', 'bulk', 'disconnect', ...filter);
      const count = /(\d+) subscribers would be touched/.exec(preview.output)?.[1] ?? '';
      expect(Number(count)).toBe(COUNT);
      const yes = ['--reason', 'maintenance', '--rate', '100', '--yes'];
      const refused = await run('subs', 'bulk', 'disconnect', ...filter, ...yes, String(COUNT - 1));
      expect(refused.code).toBe(1);
      expect(await stack.dataplane.hostRoutes()).toHaveLength(COUNT);
      const done = await run('subs', 'bulk', 'disconnect', ...filter, ...yes, count);
      expect(done).toMatchObject({ code: 0, output: expect.stringContaining(`${COUNT} of ${COUNT}: ${COUNT} done`) });
      expect(await stack.dataplane.hostRoutes()).toEqual([]);
      const stops = () => stack.radius.detail().filter((record) => record.get('Acct-Status-Type') === 'Stop');
      await waitFor('Stops', () => stops().length >= COUNT, 30_000);
      expect(new Set(stops().map((record) => record.get('Acct-Terminate-Cause')))).toEqual(new Set(['Admin-Reset']));
      expect((await run('subs', 'bulk-jobs')).output).toMatch(/done +12\/12 +0 +0 .*maintenance/);
      expect((await run('subs', 'why', sampleLine(0).mac)).output).toContain('maintenance');
    }, 90_000);

    it.each(naming)(
      '%s names metrics that the services give',
      async (_, text) => {
        const named = new Set(text.match(/\bbng_[a-z0-9_]+/g) ?? []);
        expect(named.size).toBeGreaterThan(2);
        const given = new Set<string>();
        for (const { ops } of stack.services.values()) {
          const exposition = await (await fetch(`${ops}/metrics`)).text();
          for (const [, name = '', type] of exposition.matchAll(/^# TYPE (\S+) (\S+)$/gm))
            for (const end of type === 'histogram' ? ['_bucket', '_count', '_sum'] : ['']) given.add(name + end);
        }
        expect([...named].filter((name) => !given.has(name))).toEqual([]);
      },
      60_000,
    );
  });
});
