import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lanes } from '../harness/lanes.js';
import { KillRig, type Victim } from './kill-rig.js';

/** Subscribers who stay online; `FAULT_SESSIONS=1000` for the size of a small node. */
const STEADY = Number(process.env.FAULT_SESSIONS ?? 120);
const CHURNING = 100;
/** Killing these must not even repeat a record: nothing was on its way from aaa to a server. */
const quiet: readonly Victim[] = ['configd', 'subs-manager', 'vpp'];

describe.each(lanes)('SIGKILL while 50 subscribers a second attach or leave, on $name', (lane) => {
  const open = lane.available ? describe : describe.skip;
  open(lane.available ? `with ${STEADY} who stay` : `skipped: ${lane.why}`, () => {
    let rig: KillRig;
    let before: Map<string, string>;
    const doubled = () => rig.records.doubled('Start').length + rig.records.doubled('Stop').length;

    beforeAll(async () => {
      rig = await KillRig.start(lane, STEADY, CHURNING);
      before = await rig.people.begin();
    }, 240_000);
    afterAll(() => rig?.stop(), 60_000);

    it.each<Victim>(['configd', 'subs-manager', 'vpp', 'nats', 'postgres', 'aaa', 'freeradius'])(
      '%s: sessions, addresses, VPP and accounting are right afterwards, nobody lost an address',
      async (victim) => {
        const [twice, { attaches, releases }] = [doubled(), rig.people];
        await rig.killDuringChurn(victim);
        await rig.expectRight(before);
        expect(rig.people.attaches - attaches).toBeGreaterThan(20);
        expect(rig.people.releases - releases).toBeGreaterThan(20);
        expect(doubled() - twice).toBeLessThanOrEqual(quiet.includes(victim) ? 0 : CHURNING);
      },
      180_000,
    );
  });
});
