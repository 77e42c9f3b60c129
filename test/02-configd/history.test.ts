import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { DataplaneView } from '../harness/dataplane-view.js';
import { bngctl, bundle, documentOf, Rig } from './rig.js';

/** Each test goes on where the one before ended. */
describe('the versions of a configuration', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start();
    await rig.ready();
  }, 60_000);
  afterAll(() => rig?.stop());

  const tags = async () => {
    const view = await DataplaneView.open(rig.sim.apiSocket);
    try {
      return (await view.interfaces()).map(({ tag }) => tag).sort();
    } finally {
      await view.close();
    }
  };

  it('say who, when, from where, why, what changed, how it ended and how long it took', async () => {
    const steps = (await rig.apply(documentOf(3), '?user=ann&comment=CHG-17')).json.steps.length;
    const { entries } = (await rig.http('GET', '/config/history')).json;
    expect(entries).toMatchObject([
      { version: 1, user: 'ann', source: 'rest', comment: 'CHG-17', outcome: 'applied', detail: '', steps },
    ]);
    const [{ atMs, durationMs, peer, messagesSent, etag }] = entries;
    expect(Math.abs(Date.now() - atMs)).toBeLessThan(60_000);
    expect(durationMs).toBeGreaterThan(0);
    expect(peer).toMatch(/127\.0\.0\.1$/);
    expect(messagesSent).toBeGreaterThan(10);
    expect((await rig.http('GET', '/config')).etag).toBe(`"${etag}"`);
  });

  it('are shown whole, with their diff as it was', async () => {
    await rig.apply(documentOf(4), '?user=bob&comment=one+more');
    const { json } = await rig.http('GET', '/config/history?version=2');
    expect(json.lines.map(({ text }: { text: string }) => text).join('\n')).toContain('access.100.4');
    expect(json.yaml).toBe(documentOf(4));
    const shown = await bngctl(rig, 'history', 'show', '2');
    expect(shown.code).toBe(0);
    expect(shown.out).toMatch(
      /^version {3}2\nwhen .*Z\nwho {7}bob\nfrom {6}rest .*127\.0\.0\.1\ncomment {3}one more\noutcome {3}applied\n/,
    );
    expect(shown.out).toMatch(/\n\+ .*access\.100\.4/);
    expect((await bngctl(rig, 'history', 'show', '2', '--yaml')).out).toBe(`${documentOf(4).trimEnd()}\n`);
    expect((await bngctl(rig, 'history', 'show', '99')).code).toBe(4);
  });

  it('keep what failed, and why', async () => {
    await rig.sim.control.fault({ kind: 'fail', retval: -7 }, { message: 'create_subif' });
    expect((await rig.apply(documentOf(6), '?user=eve')).status).not.toBe(200);
    const [failed] = (await rig.http('GET', '/config/history?limit=1')).json.entries;
    expect(failed).toMatchObject({ version: 3, user: 'eve', outcome: 'failed' });
    expect(failed.detail).toContain('create_subif');
    expect(failed.durationMs).toBeGreaterThan(0);
    const listed = await bngctl(rig, 'history');
    expect(listed.out.split('\n').map((line) => line.trim().split(/\s+/).slice(0, 1)[0])).toEqual([
      'VERSION',
      '3',
      '2',
      '1',
      '',
    ]);
  });

  it('come back whole by their number, as a new version', async () => {
    const before = await tags();
    await rig.apply(`${documentOf(2)}vrfs: { blue: { table: 7 } }\n`, '?allowSessionLoss');
    expect(await tags()).not.toEqual(before);
    const dry = await bngctl(rig, 'rollback', '2', '--dry-run');
    expect(dry).toMatchObject({ code: 0, out: expect.stringMatching(/\ndry run: .*nothing was sent\n$/) });
    const back = await bngctl(rig, 'rollback', '2', '--comment', 'blue was wrong');
    expect(back).toMatchObject({ code: 0, out: expect.stringContaining('applied as version 5') });
    expect(await tags()).toEqual(before);
    const [newest] = (await rig.http('GET', '/config/history?limit=1')).json.entries;
    expect(newest).toMatchObject({ version: 5, user: 'ann', source: 'cli', comment: 'blue was wrong' });
    expect((await bngctl(rig, 'rollback', '2')).out).toContain('no changes');
    expect(await bngctl(rig, 'rollback', '77')).toMatchObject({ code: 4, err: 'bngctl: there is no version 77\n' });
  });

  it('do not come back over sessions unless that is allowed, and wait for their confirmation when asked to', async () => {
    await callUnary(rig.grpc.applySession.bind(rig.grpc), { session: bundle(4) });
    const refused = await bngctl(rig, 'rollback', '1');
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('this drops 1 session (s4)') });
    const allowed = await bngctl(rig, 'rollback', '1', '--allow-session-loss', '--confirm', '10m');
    expect(allowed.out).toMatch(
      /taken back in 9m5\ds unless you confirm it: bngctl confirm 6\n$|taken back in 10m unless/,
    );
    expect((await rig.http('POST', '/config/confirm?version=6&user=ann')).json).toEqual({ version: 6 });
    expect(await tags()).toContain('cw:sub-interface/access.100.3');
    expect(await tags()).not.toContain('cw:sub-interface/access.100.4');
  });

  it('are refused with clear words when asked for wrongly', async () => {
    expect(await bngctl(rig, 'rollback', 'two')).toMatchObject({
      code: 2,
      err: expect.stringContaining('"two" is not a version'),
    });
    expect(await bngctl(rig, 'rollback', '1', '--confirm', 'soon')).toMatchObject({ code: 2 });
    expect((await rig.http('POST', '/config/rollback')).json.error.message).toBe('version: name the one to go back to');
    expect((await rig.http('POST', '/config/rollback?version=1&confirm=86401')).json.error.message).toBe(
      'confirm: 86401 s is more than a day (86400 s)',
    );
    expect((await rig.http('GET', '/config/history?limit=x')).json.error.message).toBe('limit is a number');
  });
});
