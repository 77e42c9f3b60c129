import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deleteSubif } from '#lib/vpp/messages/interface.js';
import { lanes } from '../../../test/harness/lanes.js';
import { infraOwner } from '../reconcile/engine.js';
import type { InterfaceHandle } from './interface-common.js';
import {
  bundle,
  changedInfrastructure,
  dumpAll,
  infrastructure,
  openEngine,
  sessionResources,
  startLane,
} from './kinds.testkit.js';

const one = () => bundle('s1', 'access.100.7', '100.64.0.10');
const two = () => bundle('s2', 'access.200', '100.65.0.10', { aclOut: undefined });
const all = () => [...infrastructure(), ...sessionResources(one()), ...sessionResources(two())];
const noDrift = { missing: [], different: [], leftover: [], foreign: [] };

describe.each(lanes.filter((lane) => lane.available))('kinds on $name', (lane) => {
  let subject: Awaited<ReturnType<typeof startLane>>;
  let open: Awaited<ReturnType<typeof openEngine>>;

  beforeAll(async () => {
    subject = await startLane(lane);
    open = await openEngine(subject.apiSocket);
    await open.engine.restore();
  }, 60_000);
  afterAll(async () => {
    await open.close();
    await subject.stop();
  }, 60_000);

  test('everything is made and reads back as wanted', async () => {
    const { engine } = open;
    const infra = await engine.apply(infraOwner, infrastructure());
    expect(infra.outcome.failures).toEqual([]);
    for (const session of [one(), two()]) {
      const { outcome } = await engine.apply(`session/${session.sessionId}`, sessionResources(session));
      expect(outcome.failures).toEqual([]);
    }
    expect(await engine.audit()).toEqual(noDrift);
  });

  test('a changed rate is one message and reads back', async () => {
    const { outcome, plan } = await open.engine.apply(
      'session/s1',
      sessionResources(bundle('s1', 'access.100.7', '100.64.0.10', { downloadBps: 30_000_000n })),
    );
    expect(outcome).toMatchObject({ result: 'done', messages: 1 });
    expect(plan.steps).toMatchObject([{ action: 'update', key: 'policer/session.s1.down' }]);
    expect(await open.engine.audit()).toEqual(noDrift);
    await open.engine.apply('session/s1', sessionResources(one()));
  });

  test('a line moves into a VRF for its session, is adopted there, and comes back with its end', async () => {
    const { engine } = open;
    const before = await dumpAll(open.dataplane, all());
    const moved = { ...bundle('s3', 'access.100.8', '100.65.0.20'), vrf: { name: 'blue', lender: 'bluegw' } };
    expect((await engine.apply('session/s3', sessionResources(moved))).outcome.failures).toEqual([]);
    expect(await engine.audit()).toEqual(noDrift);
    await withOther(async (other) => {
      other.engine.load(infraOwner, infrastructure());
      for (const session of [one(), two(), moved])
        other.engine.load(`session/${session.sessionId}`, sessionResources(session));
      expect(await other.engine.restore()).toMatchObject({ failures: [], messages: 3 * 4 });
    });
    expect((await engine.apply('session/s3', [])).outcome.failures).toEqual([]);
    expect(await engine.audit()).toEqual(noDrift);
    expect(await dumpAll(open.dataplane, all())).toEqual(before);
  });

  test('the change itself, and back', async () => {
    const { engine } = open;
    expect((await engine.apply(infraOwner, changedInfrastructure())).outcome.failures).toEqual([]);
    expect(await engine.audit()).toEqual(noDrift);
    expect((await engine.apply(infraOwner, infrastructure())).outcome.failures).toEqual([]);
  });

  /** A second engine on the same VPP, as after a restart of configd. */
  async function withOther<T>(run: (other: typeof open) => Promise<T>): Promise<T> {
    const other = await openEngine(subject.apiSocket);
    return run(other).finally(() => other.close());
  }

  test('another configd adopts what is there without a message, attachments excepted', () =>
    withOther(async ({ engine }) => {
      engine.load(infraOwner, infrastructure());
      for (const session of [one(), two()]) engine.load(`session/${session.sessionId}`, sessionResources(session));
      const before = await dumpAll(open.dataplane, all());
      const { failures, messages } = await engine.restore();
      expect(failures).toEqual([]);
      expect(messages).toBe(2 * 4);
      expect(await dumpAll(open.dataplane, all())).toEqual(before);
    }));

  test('another configd that wants nothing removes all of ours', () =>
    withOther(async ({ engine }) => {
      engine.claim(all());
      const { failures } = await engine.restore();
      expect(failures).toEqual([]);
      expect(await dumpAll(open.dataplane, all())).toEqual({});
    }));

  test('an empty VPP gets everything again', async () => {
    expect((await open.engine.restore()).failures).toEqual([]);
    expect(await open.engine.audit()).toEqual(noDrift);
  });

  test('a line removed behind our back comes back with all that hung on it', async () => {
    const before = await dumpAll(open.dataplane, all());
    const index = open.engine.recorded.handle<InterfaceHandle>('sub-interface/access.100.7').swIfIndex;
    await open.dataplane.call(deleteSubif, { sw_if_index: index });
    await open.engine.repair();
    expect(await dumpAll(open.dataplane, all())).toEqual(before);
  });
});
