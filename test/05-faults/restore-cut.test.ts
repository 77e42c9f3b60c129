import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { range } from '../01-first-light/crew.js';
import {
  contentOf,
  expectIntact,
  expectPolicedOnce,
  type FaultStack,
  startFaultStack,
  stopFaultStack,
} from '../01-first-light/fault-stack.js';
import { type Lane, lanes } from '../harness/lanes.js';
import type { SimFault } from '../harness/sim-control.js';
import { waitFor } from '../harness/wait-for.js';

const SESSIONS = 30;
/** A real VPP is cut when some of the lines are there: there have to be many for that to be in the middle. */
const LINES: Record<Lane['kind'], number> = { sim: 60, vpp: 1500 };
/** Messages of a restore, and how many of each are let pass: in the middle of the lines, and of the sessions. */
const moments: Record<Lane['kind'], [message: string, skip: number][]> = {
  sim: [
    ['create_subif', 20],
    ['policer_add', 25],
  ],
  vpp: [['some lines', 300]],
};
/** Longer than the simulator would need for all of it. */
const HELD_UP_MS = 60_000;

describe.each(lanes)('a restore after a restart of VPP that is cut in the middle, on $name', (lane) => {
  const open = lane.available ? describe : describe.skip;
  open(lane.available ? 'with subscribers' : `skipped: ${lane.why}`, () => {
    let all: FaultStack;
    let content: string[];

    const objects = async () => {
      const { dataplane } = all.stack;
      return (await dataplane.interfaces()).length + (await dataplane.policers()).length;
    };
    /** An empty VPP, which configd begins to fill when this resolves; the simulator gets the fault. */
    const emptyVpp = async (action: SimFault, [message, skip]: [string, number]): Promise<void> => {
      const { stack } = all;
      stack.service('configd').child.kill('SIGSTOP');
      await stack.vpp.crash();
      await stack.vpp.restart();
      await waitFor('the empty VPP', async () => (await objects()) < 5);
      await stack.vpp.sim?.control.fault(action, { message, skip });
      stack.service('configd').child.kill('SIGCONT');
    };
    const inTheMiddle = (skip: number) => waitFor('a part is there', async () => (await objects()) > skip);
    /** The simulator dies by itself at the message, a real VPP is killed when this resolves. */
    const struck = {
      sim: async (_skip: number): Promise<unknown> => all.stack.vpp.sim?.process.child.exited,
      vpp: inTheMiddle,
    }[lane.kind];
    const expectRestored = async (): Promise<void> => {
      await all.stack.service('configd').ready(60_000);
      await waitFor('the view', () => all.stack.dataplane.interfaces());
      expect(await contentOf(all)).toEqual(content);
      await expectPolicedOnce(all, range(0, SESSIONS));
      await expectIntact(all);
      expect(all.accounting.ids('Stop')).toEqual([]);
    };

    beforeAll(async () => {
      all = await startFaultStack(lane, LINES[lane.kind]);
      await all.crew.attachAll(0, SESSIONS);
      content = await contentOf(all);
    }, 180_000);
    afterAll(() => stopFaultStack(all), 60_000);

    it.each(moments[lane.kind])(
      'by SIGKILL of configd (%s): the next one finishes it, nothing is there twice',
      async (...moment) => {
        const { stack } = all;
        await emptyVpp({ kind: 'delay', ms: HELD_UP_MS }, moment);
        await inTheMiddle(moment[1]);
        await stack.service('configd').kill();
        expect(await contentOf(all)).not.toEqual(content);
        await stack.vpp.sim?.control.clearFaults();
        await stack.start('configd');
        await expectRestored();
      },
      120_000,
    );

    it.each(moments[lane.kind])(
      'by SIGKILL of VPP (%s): the next VPP gets all of it',
      async (...moment) => {
        const { stack } = all;
        await emptyVpp({ kind: 'vanish' }, moment);
        await struck(moment[1]);
        await stack.vpp.crash();
        await stack.vpp.restart();
        await waitFor('configd has noticed', async () => (await objects()) > 5);
        await expectRestored();
      },
      120_000,
    );
  });
});
