import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DisconnectSubscriberRequest } from '#gen/bng/v1/subs.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { lanes } from '../harness/lanes.js';
import { sampleLine } from '../harness/subscribers.js';
import { waitFor } from '../harness/wait-for.js';
import { range } from './crew.js';
import {
  activeSessions,
  expectIntact,
  expectPolicedOnce,
  type FaultStack,
  noneEnding,
  sessionOf,
  startFaultStack,
  stopFaultStack,
} from './fault-stack.js';

describe.each(lanes)('in the middle of work on $name', (lane) => {
  const open = lane.available ? describe : describe.skip;
  open(lane.available ? 'a service ends' : `skipped: ${lane.why}`, () => {
    let all: FaultStack;

    /** Exactly one Start of every session there was, and no Stop but those of `ended`. */
    const expectAccounted = async (ended: readonly string[] = []): Promise<void> => {
      const wanted = [...(await activeSessions(all)).map(({ sessionId }) => sessionId), ...ended].sort();
      const { accounting } = all;
      await waitFor(
        'records',
        () => accounting.ids('Start').length + accounting.ids('Stop').length >= wanted.length + ended.length,
        40_000,
      );
      expect(accounting.ids('Start').sort()).toEqual(wanted);
      expect(accounting.ids('Stop').sort()).toEqual([...ended].sort());
    };

    beforeAll(async () => {
      all = await startFaultStack(lane, 100);
    }, 120_000);
    afterAll(() => stopFaultStack(all), 60_000);

    it('configd by SIGKILL while sessions are put into VPP', async () => {
      const { stack, crew } = all;
      const attaching = crew.attachAll(0, 40);
      await crew.whenOnline(12);
      await stack.service('configd').kill();
      expect(crew.leases().size).toBeLessThan(40);
      await stack.killAndRestart('configd');
      await attaching;
      await expectPolicedOnce(all, range(0, 40));
      await expectIntact(all);
      await expectAccounted();
    }, 90_000);

    it('subs-manager by SIGTERM while subscribers attach: who has begun is answered, the others come again', async () => {
      const { stack, crew } = all;
      const attaching = crew.attachAll(40, 80);
      await crew.whenOnline(52);
      const { child } = stack.service('subs-manager');
      child.kill('SIGTERM');
      expect(await child.exited).toBe(0);
      expect(crew.leases().size).toBeLessThan(80);
      await (await stack.start('subs-manager')).ready(30_000);
      await attaching;
      await expectIntact(all);
      await expectAccounted();
    }, 90_000);

    it('subs-manager by SIGKILL while sessions are ended: each is there or gone, with its Stop', async () => {
      const { stack, crew } = all;
      const sessions = await Promise.all(range(0, 20).map((index) => sessionOf(all, index)));
      const ends = sessions.map(({ sessionId }) =>
        callUnary(
          stack.subs.disconnect.bind(stack.subs),
          DisconnectSubscriberRequest.fromPartial({ selector: { sessionId } }),
        ),
      );
      await Promise.any(ends);
      await stack.service('subs-manager').kill();
      const confirmed = (await Promise.allSettled(ends)).filter(({ status }) => status === 'fulfilled').length;
      await stack.killAndRestart('subs-manager');
      await noneEnding(all);
      const active = new Set((await activeSessions(all)).map(({ sessionId }) => sessionId));
      const gone = sessions.filter(({ sessionId }) => !active.has(sessionId));
      expect(gone.length).toBeGreaterThanOrEqual(confirmed);
      for (const [index, { sessionId }] of sessions.entries())
        for (const _ of gone.filter((one) => one.sessionId === sessionId)) crew.forget(index);
      expect(crew.leases().has(sampleLine(79).mac)).toBe(true);
      await expectIntact(all);
      await expectAccounted(gone.map(({ sessionId }) => sessionId));
    }, 90_000);
  });
});
