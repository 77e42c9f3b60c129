import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { retvals } from '#lib/vpp/retval.js';
import { type Lane, lanes } from '../harness/lanes.js';
import { radclient } from '../harness/radclient.js';
import type { SimControl } from '../harness/sim-control.js';
import { sampleDocument } from '../harness/stack-config.js';
import { waitFor } from '../harness/wait-for.js';
import { range } from './crew.js';
import {
  contentOf,
  expectContent,
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

const lineCount = 80;
/** Messages of an apply that adds lines, at which the simulator vanishes; a real VPP is killed when some lines are there. */
const moments: Record<Lane['kind'], string[]> = {
  sim: ['create_subif', 'sw_interface_tag_add_del', 'sw_interface_set_unnumbered'],
  vpp: ['some line'],
};

describe.each(lanes)('dataplane faults on $name', (lane) => {
  const open = lane.available ? describe : describe.skip;
  open(lane.available ? 'with subscribers' : `skipped: ${lane.why}`, () => {
    let all: FaultStack;

    const status = () => callUnary(all.stack.config.status.bind(all.stack.config), {}, { waitForReady: true });
    const configdReady = () => waitFor('configd ready', async () => (await status()).state === 'ready', 30_000);
    const control = (): SimControl => {
      const { sim } = all.stack.vpp;
      if (!sim) throw new Error('no simulator');
      return sim.control;
    };
    const strike = {
      sim: async (message: string) => control().fault({ kind: 'vanish' }, { message, skip: 30 }),
      vpp: async () => {
        const count = async () => (await all.stack.dataplane.interfaces()).length;
        const before = await count();
        striking = waitFor('half of it', async () => (await count()) > before + 50).then(() => all.stack.vpp.crash());
      },
    }[lane.kind];
    let striking = Promise.resolve();
    const vppBack = async () => {
      await all.stack.vpp.restart();
      await configdReady();
      await waitFor('the view', () => all.stack.dataplane.interfaces());
    };

    beforeAll(async () => {
      all = await startFaultStack(lane, lineCount);
      await all.crew.attachAll(0, 30);
    }, 120_000);
    afterAll(() => stopFaultStack(all), 60_000);

    it.each(moments[lane.kind])(
      'VPP gone in the middle of an apply (%s): the answer says so, all is back with it',
      async (moment) => {
        const { stack } = all;
        const content = await contentOf(all);
        await strike(moment);
        const apply = stack.apply(sampleDocument(1500, stack.vpp.devices));
        await expect(apply).rejects.toMatchObject({
          code: 'unavailable',
          message: expect.stringContaining('VPP went away during the apply'),
        });
        await expect(stack.apply(sampleDocument(1500, stack.vpp.devices))).rejects.toMatchObject({
          code: 'unavailable',
        });
        await striking;
        await stack.vpp.crash();
        await vppBack();
        expect(await contentOf(all)).toEqual(content);
        await expectPolicedOnce(all, range(0, 30));
        await expectIntact(all);
      },
      60_000,
    );

    it('VPP gone in the middle of attaches: who was told an address has it, the others get one', async () => {
      const { stack, crew, accounting } = all;
      const attaching = crew.attachAll(30, 70);
      await crew.whenOnline(40);
      await stack.vpp.crash();
      expect(crew.leases().size).toBeLessThan(70);
      await vppBack();
      await attaching;
      await expectIntact(all);
      await expectPolicedOnce(all, range(0, 70));
      await waitFor('Starts', () => accounting.ids('Start').length >= 70, 40_000);
      expect(accounting.ids('Start')).toHaveLength(70);
      expect(accounting.ids('Stop')).toEqual([]);
    }, 90_000);

    const onSim = lane.kind === 'sim' ? describe : describe.skip;
    onSim('a step that VPP does not do', () => {
      const refuse = { kind: 'fail', retval: retvals.UNSPECIFIED } as const;
      const steps = [
        'policer_add',
        'policer_input_v2',
        'policer_output_v2',
        'ip_neighbor_add_del',
        'ip_route_add_del',
        'urpf_update_v2',
      ];

      it.each(steps)(
        'refused %s: no ACK, nothing left of the session, the next try works',
        async (message) => {
          const content = await contentOf(all);
          await control().fault(refuse, { message });
          expect(await all.crew.attempt(75, 1)).toBe(false);
          await expectContent(all, content);
          await all.crew.attach(75);
          await expectPolicedOnce(all, [75]);
          await expectIntact(all);
          await release(all, [75]);
          await expectContent(all, content);
        },
        60_000,
      );

      it.each(steps)(
        'unanswered %s: nothing is there twice afterwards',
        async (message) => {
          const content = await contentOf(all);
          await control().fault({ kind: 'drop' }, { message });
          await all.crew.attach(76);
          await expectPolicedOnce(all, [76]);
          await expectIntact(all);
          await release(all, [76]);
          await expectContent(all, content);
        },
        60_000,
      );

      it('refused, and its undo as well: the next try works, nothing stays after the session', async () => {
        const content = await contentOf(all);
        await control().fault(refuse, { message: 'policer_output_v2' });
        await control().fault(refuse, { message: 'policer_del', times: 2 });
        expect(await all.crew.attempt(77, 1)).toBe(false);
        await control().clearFaults();
        await all.crew.attach(77);
        await expectPolicedOnce(all, [77]);
        await release(all, [77]);
        await expectContent(all, content);
      }, 60_000);

      it.each([
        ['refused', refuse],
        ['unanswered', { kind: 'drop' } as const],
      ])(
        '%s in a CoA: NAK, and the rate before',
        async (_, fault) => {
          const content = await contentOf(all);
          const { sessionId } = await sessionOf(all, 1);
          await control().fault(fault, { message: 'policer_update' });
          expect(await setDownloadKbps(all, sessionId, 77_000)).toBe('CoA-NAK');
          await configdReady();
          expect(await ratesOf(all, sessionId)).toEqual([10_000, 50_000]);
          await expectContent(all, content);
        },
        60_000,
      );

      it('refused in a CoA of two things: NAK, and neither is changed', async () => {
        const content = await contentOf(all);
        const { sessionId } = await sessionOf(all, 2);
        await control().fault(refuse, { message: 'acl_interface_set_acl_list' });
        const answer = await radclient(all.stack.coa, 'coa', [
          `Acct-Session-Id = "${sessionId}"`,
          'Causeway-Download-Kbps = 66000',
          'Filter-Id = "web-only"',
        ]);
        expect(answer.code).toBe('CoA-NAK');
        await expectContent(all, content);
      }, 60_000);

      it('refused when a session ends: it ends all the same, once', async () => {
        const content = await contentOf(all);
        await all.crew.attach(78);
        const { sessionId } = await sessionOf(all, 78);
        await control().fault(refuse, { message: 'ip_route_add_del' });
        await release(all, [78]);
        await expectContent(all, content);
        await waitFor('Stop', () => all.accounting.story(sessionId).length >= 2, 40_000);
        expect(all.accounting.story(sessionId)).toEqual(['Start', 'Stop']);
      }, 60_000);
    });
  });
});
