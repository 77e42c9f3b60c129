import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SessionState } from '#gen/bng/v1/subs.js';
import { lanes } from '../harness/lanes.js';
import { waitFor } from '../harness/wait-for.js';
import { range } from './crew.js';
import {
  contentOf,
  expectIntact,
  type FaultStack,
  release,
  sessionOf,
  setDownloadKbps,
  startFaultStack,
  stopFaultStack,
} from './fault-stack.js';

const unanswered = /^bng_aaa_authorizations_total\{[^}]*outcome="timeout"[^}]*\} (\d+)/m;
const acctTimeouts = /^bng_radius_timeouts_total\{[^}]*role="acct"[^}]*\} (\d+)/m;
const heldDrops = /^bng_subs_dhcp_drops_total\{[^}]*reason="rejected_hold"[^}]*\} (\d+)/m;
const timeouts = /^bng_subs_attachments_refused_total\{[^}]*reason="radius_timeout"[^}]*\} (\d+)/m;

describe.each(lanes)('RADIUS silent on $name', (lane) => {
  const open = lane.available ? describe : describe.skip;
  open(lane.available ? 'with subscribers' : `skipped: ${lane.why}`, () => {
    let all: FaultStack;

    beforeAll(async () => {
      all = await startFaultStack(lane, 20, (configs) => {
        for (const group of configs['subs-manager'].groups) Object.assign(group, { aaaTimeoutHoldS: 10 });
      });
      await all.crew.attachAll(0, 5);
    }, 120_000);
    afterAll(() => stopFaultStack(all), 60_000);

    it('to an Access-Request: no address, asked once however often the client tries, and again when the hold is over', async () => {
      const { stack, crew } = all;
      const content = await contentOf(all);
      stack.radius.signal('SIGSTOP');
      expect(await crew.attempt(5, 3)).toBe(false);
      await waitFor('a refusal', async () => (await stack.metric('subs-manager', timeouts)) === 1);
      await waitFor('one who came during the hold', async () => {
        expect(await crew.attempt(5, 1)).toBe(false);
        return (await stack.metric('subs-manager', heldDrops)) > 0;
      });
      expect(await stack.metric('aaa', unanswered)).toBe(1);
      expect(await sessionOf(all, 5)).toMatchObject({
        state: SessionState.REJECTED,
        ipv4: '',
        reason: 'RADIUS gave no answer',
      });
      expect(await contentOf(all)).toEqual(content);
      await expectIntact(all);
      stack.radius.signal('SIGCONT');
      await crew.attach(5, 60_000);
      expect(await stack.metric('aaa', unanswered)).toBeLessThanOrEqual(2);
      await expectIntact(all);
    }, 60_000);

    it('to accounting: records wait, and are delivered once, in order, with the time they waited', async () => {
      const { stack, crew, accounting } = all;
      const records = () => accounting.records().length;
      await waitFor('the Starts so far', () => records() === crew.leases().size, 40_000);
      const before = records();
      await accounting.leave();
      await crew.attachAll(6, 12);
      const sessions = await Promise.all(range(6, 12).map((index) => sessionOf(all, index)));
      const [first, second] = sessions.map(({ sessionId }) => sessionId);
      expect(await setDownloadKbps(all, first ?? '', 11_000)).toBe('CoA-ACK');
      expect(await setDownloadKbps(all, first ?? '', 12_000)).toBe('CoA-ACK');
      await release(all, [6, 7, 8]);
      await waitFor('aaa has given up each once', async () => (await stack.metric('aaa', acctTimeouts)) >= 6, 40_000);
      expect(records()).toBe(before);
      await accounting.comeBack();
      await waitFor('all records', () => records() >= before + 6 + 2 + 3, 40_000);
      expect(records()).toBe(before + 6 + 2 + 3);
      expect(accounting.story(first ?? '')).toEqual(['Start', 'Interim-Update', 'Interim-Update', 'Stop']);
      expect(accounting.story(second ?? '')).toEqual(['Start', 'Stop']);
      const late = accounting
        .records()
        .filter((record, at) => at >= before && record.get('Acct-Status-Type') === 'Start');
      expect(late.filter((record) => Number(record.get('Acct-Delay-Time')) < 1)).toEqual([]);
      await expectIntact(all);
    }, 90_000);

    it('from the beginning: aaa starts, is ready, and serves when RADIUS comes', async () => {
      const { stack, crew } = all;
      stack.radius.signal('SIGSTOP');
      await stack.killAndRestart('aaa');
      const attaching = crew.attach(12, 40_000);
      await waitFor('a refusal', async () => (await stack.metric('subs-manager', timeouts)) > 1, 40_000);
      stack.radius.signal('SIGCONT');
      await attaching;
      await expectIntact(all);
    }, 60_000);
  });
});
