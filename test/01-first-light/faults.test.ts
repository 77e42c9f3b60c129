import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { lanes } from '../harness/lanes.js';
import type { StackService } from '../harness/stack.js';
import { sampleDocument } from '../harness/stack-config.js';
import { waitFor } from '../harness/wait-for.js';
import { range } from './crew.js';
import {
  activeSessions,
  contentOf,
  expectIntact,
  expectPolicedOnce,
  type FaultStack,
  ratesOf,
  release,
  sessionOf,
  setDownloadKbps,
  startFaultStack,
  stopFaultStack,
} from './fault-stack.js';

const lineCount = 120;
const metricPending = /^bng_aaa_accounting_pending\{[^}]*\} (\d+)/m;
const policerUpdates = /^bng_configd_steps_total\{[^}]*kind="policer",action="update",outcome="done"[^}]*\} (\d+)/m;

describe.each(lanes)('what is killed on $name', (lane) => {
  const open = lane.available ? describe : describe.skip;
  open(lane.available ? 'and comes back' : `skipped: ${lane.why}`, () => {
    let all: FaultStack;
    const generation = async () =>
      (await callUnary(all.stack.config.status.bind(all.stack.config), {}, { waitForReady: true })).generation;
    const everyStart = async () => {
      const ids = (await activeSessions(all)).map(({ sessionId }) => sessionId);
      await waitFor(
        'a Start of each session',
        () => {
          const started = new Set(all.accounting.ids('Start'));
          return ids.every((id) => started.has(id));
        },
        40_000,
      );
    };
    /** Starts by session and time of the event: after a kill of aaa a record may come again, even a while later. */
    const startFacts = () => {
      const starts = all.accounting.records().filter((record) => record.get('Acct-Status-Type') === 'Start');
      return new Set(starts.map((record) => `${record.get('Acct-Session-Id')} ${record.get('Event-Timestamp')}`));
    };
    const expectStartedOnce = async (indices: number[]) => {
      const starts = all.accounting.ids('Start');
      for (const index of indices) {
        const { sessionId } = await sessionOf(all, index);
        expect(starts.filter((id) => id === sessionId)).toHaveLength(1);
      }
    };

    beforeAll(async () => {
      all = await startFaultStack(lane, lineCount);
    }, 120_000);
    afterAll(() => stopFaultStack(all), 60_000);

    it('subs-manager, in the middle of 60 attaches and with all of them online', async () => {
      const { stack, crew, accounting } = all;
      const attaching = crew.attachAll(0, 60);
      await crew.whenOnline(20);
      await stack.service('subs-manager').kill();
      const before = crew.leases();
      expect(before.size).toBeLessThan(60);
      await stack.killAndRestart('subs-manager');
      await attaching;
      for (const [mac, address] of before) expect(crew.leases().get(mac)).toBe(address);
      await expectIntact(all);
      await stack.killAndRestart('subs-manager');
      await expectIntact(all);
      await expectPolicedOnce(all, range(0, 60));
      await everyStart();
      expect(accounting.ids('Start')).toHaveLength(60);
      expect(accounting.ids('Stop')).toEqual([]);
    }, 90_000);

    it('aaa, while records wait for the accounting server', async () => {
      const { stack, crew, accounting } = all;
      await accounting.leave();
      await crew.attachAll(60, 70);
      const stopped = await release(all, range(0, 5));
      const { sessionId } = await sessionOf(all, 10);
      expect(await setDownloadKbps(all, sessionId, 60_000)).toBe('CoA-ACK');
      await waitFor('records wait', async () => (await stack.metric('aaa', metricPending)) >= 16, 40_000);
      await stack.killAndRestart('aaa');
      await accounting.comeBack();
      await waitFor('every record', () => accounting.ids('Start').length + accounting.ids('Stop').length >= 75, 30_000);
      await waitFor('the change', () => accounting.story(sessionId).length >= 2, 30_000);
      expect(new Set(accounting.ids('Start')).size).toBe(70);
      expect(accounting.ids('Start')).toHaveLength(70);
      expect(accounting.ids('Stop').sort()).toEqual(stopped.sort());
      for (const id of stopped) expect(accounting.story(id)).toEqual(['Start', 'Stop']);
      expect(accounting.story(sessionId)).toEqual(['Start', 'Interim-Update']);
    }, 90_000);

    it('aaa, in the middle of sending: what was on its way comes again as the same record, nothing is lost', async () => {
      const { stack, crew, accounting } = all;
      const attaching = crew.attachAll(90, 110);
      await waitFor('some records', () => accounting.ids('Start').length >= 75, 40_000);
      await stack.killAndRestart('aaa');
      await attaching;
      await everyStart();
      expect(startFacts().size).toBe(90);
    }, 60_000);

    it('configd, with sessions up: VPP keeps what it has, nothing is there twice', async () => {
      const { stack } = all;
      const [content, life] = [await contentOf(all), await generation()];
      await stack.killAndRestart('configd');
      expect(await contentOf(all)).toEqual(content);
      expect(await generation()).toBe(life);
      await expectPolicedOnce(all, range(5, 70));
      await expectIntact(all);
      const { sessionId } = await sessionOf(all, 11);
      await waitFor('a change is taken', async () => (await setDownloadKbps(all, sessionId, 70_000)) === 'CoA-ACK');
      expect(await ratesOf(all, sessionId)).toEqual([10_000, 70_000]);
      expect(await stack.metric('configd', policerUpdates)).toBe(1);
      await expectPolicedOnce(all, [11]);
    }, 60_000);

    it('configd, in the middle of an apply: the version before is in force and in VPP', async () => {
      const { stack } = all;
      const content = await contentOf(all);
      await stack.vpp.sim?.control.fault({ kind: 'delay', ms: 60_000 }, { message: 'create_subif', skip: 150 });
      const [yaml, apply] = [stack.document, stack.apply(sampleDocument(2500, stack.vpp.devices))];
      const outcome = apply.then(
        () => 'applied',
        () => 'cut off',
      );
      await waitFor('half of it in VPP', async () => (await stack.dataplane.interfaces()).length > lineCount + 100);
      await stack.killAndRestart('configd');
      expect(await outcome).toBe('cut off');
      expect(await contentOf(all)).toEqual(content);
      const now = await callUnary(stack.config.getConfig.bind(stack.config), { version: 0n }, { waitForReady: true });
      expect(now.yaml).toBe(yaml);
      const { entries } = await callUnary(stack.config.history.bind(stack.config), { limit: 1 });
      expect(entries.map((entry) => entry.outcome)).toEqual(['interrupted']);
      await expectIntact(all);
    }, 60_000);

    it('NATS, while subscribers come and go', async () => {
      const { stack, crew, accounting } = all;
      await stack.nats.kill();
      await crew.attachAll(70, 80);
      const stopped = await release(all, range(5, 8));
      await stack.nats.restart();
      await everyStart();
      await waitFor('every Stop', () => accounting.ids('Stop').length >= 8, 40_000);
      expect(startFacts().size).toBe(100);
      await expectStartedOnce(range(70, 80));
      expect(accounting.ids('Stop')).toHaveLength(8);
      for (const id of stopped) expect(accounting.story(id)).toEqual(['Start', 'Stop']);
      await expectIntact(all);
    }, 60_000);

    it('PostgreSQL, while subscribers renew and change', async () => {
      const { stack, crew, accounting } = all;
      const [content, session] = [await contentOf(all), await sessionOf(all, 12)];
      await stack.postgres?.kill();
      expect(await setDownloadKbps(all, session.sessionId, 90_000)).toBe('CoA-NAK');
      expect(await contentOf(all)).toEqual(content);
      const renewals = crew.renewAll(await stack.gatewayMac());
      await stack.postgres?.restart();
      expect(await renewals).toEqual(crew.leases());
      await crew.attachAll(80, 90);
      await waitFor('a change', async () => (await setDownloadKbps(all, session.sessionId, 90_000)) === 'CoA-ACK');
      expect(await ratesOf(all, session.sessionId)).toEqual([10_000, 90_000]);
      await release(all, [12]);
      await waitFor('Stop', () => accounting.story(session.sessionId).includes('Stop'), 40_000);
      expect(accounting.story(session.sessionId)).toEqual(['Start', 'Interim-Update', 'Stop']);
      await everyStart();
      expect(startFacts().size).toBe(110);
      await expectStartedOnce(range(80, 90));
      await expectIntact(all);
    }, 90_000);

    describe('SIGTERM', () => {
      const order: StackService[] = ['exporter', 'aaa', 'subs-manager', 'qos-compiler', 'configd'];
      const drain = async (name: StackService) => {
        const { child } = all.stack.service(name);
        child.kill('SIGTERM');
        const code = await child.exited;
        const complaints = child.output.split('\n').filter((line) => /deadline passed|did not end cleanly/.test(line));
        return [name, code, complaints];
      };
      const drained = order.map((name) => [name, 0, []]);

      it('ends every service within its deadline, and leaves VPP as it is', async () => {
        const content = await contentOf(all);
        const ends = [];
        for (const name of order) ends.push(await drain(name));
        expect(ends).toEqual(drained);
        expect(await contentOf(all)).toEqual(content);
      }, 60_000);

      it('does so while NATS and PostgreSQL are away', async () => {
        const { stack } = all;
        for (const name of [...order].reverse()) await stack.start(name);
        for (const name of order) await stack.service(name).ready(30_000);
        await expectIntact(all);
        await Promise.all([stack.nats.kill(), stack.postgres?.kill()]);
        const ends = await Promise.all(order.map(drain));
        expect(ends).toEqual(drained);
      }, 90_000);

      const onSim = lane.kind === 'sim' ? it : it.skip;
      onSim(
        'ends the simulator, too',
        async () => {
          const child = all.stack.vpp.sim?.process.child;
          child?.kill('SIGTERM');
          expect(await child?.exited).toBe(0);
        },
        40_000,
      );
    });
  });
});
