import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { DataplaneView } from '../harness/dataplane-view.js';
import { waitFor } from '../harness/wait-for.js';
import { bngctl, documentOf, Rig } from './rig.js';

/** Each test goes on where the one before ended. */
describe('a configuration that must be confirmed', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start();
    await rig.ready();
  }, 60_000);
  afterAll(() => rig?.stop());

  const status = () => callUnary(rig.grpc.status.bind(rig.grpc), {});
  const outcomes = async () => {
    const { entries } = await callUnary(rig.grpc.history.bind(rig.grpc), { limit: 0 });
    return entries.map(({ version, outcome }) => `${version} ${outcome}`);
  };
  const lines = async () => {
    const view = await DataplaneView.open(rig.sim.apiSocket);
    try {
      return (await view.interfaces()).filter(({ tag }) => tag.startsWith('cw:sub-interface')).length;
    } finally {
      await view.close();
    }
  };
  const reverted = (version: bigint) =>
    waitFor(
      `version ${version} in force`,
      async () => (await status()).configVersion === version && !(await status()).pendingConfirm,
      60_000,
    );
  /** The history is written after the switch: it may say so a moment later. */
  const told = (...expected: string[]) =>
    waitFor(
      `the history to begin with ${expected.join(', ')}`,
      async () => (await outcomes()).slice(0, expected.length).join() === expected.join(),
      60_000,
    );

  it('is taken back to nothing when it was the first', async () => {
    const first = await rig.apply(documentOf(2), '?confirm=1&user=ann');
    expect(first).toMatchObject({ status: 200, json: { version: 1, changed: true } });
    expect(first.json.confirmUntilMs).toBeGreaterThan(0);
    await reverted(2n);
    expect(await lines()).toBe(0);
    await told('2 applied', '1 reverted');
    expect(await outcomes()).toHaveLength(2);
  }, 60_000);

  it('stays when it is confirmed in time', async () => {
    expect((await rig.apply(documentOf(3), '?confirm=600&user=ann&comment=wider')).json.version).toBe(3);
    expect((await status()).pendingConfirm).toMatchObject({ version: 3n, revertTo: 2n, user: 'ann' });
    expect(await bngctl(rig, 'status')).toMatchObject({
      out: expect.stringMatching(/CONFIRM version 3 of ann within/),
    });
    const wrong = await rig.http('POST', '/config/confirm?version=2');
    expect([wrong.status, wrong.json.error.message]).toEqual([412, 'version 3 waits for a confirmation, not 2']);
    expect(await bngctl(rig, 'confirm')).toMatchObject({ code: 0, out: 'version 3 is confirmed: it stays\n' });
    expect((await status()).pendingConfirm).toBeUndefined();
    await rig.restartConfigd('SIGKILL');
    await rig.ready();
    expect(await status()).toMatchObject({ configVersion: 3n });
    expect((await status()).pendingConfirm).toBeUndefined();
    expect(await bngctl(rig, 'confirm')).toMatchObject({ code: 4 });
    expect(await lines()).toBe(3);
  }, 60_000);

  it('holds back other applies, not dry runs, and names how to go on', async () => {
    await rig.apply(documentOf(4), '?confirm=600');
    const other = await rig.apply(documentOf(5), '');
    expect(other.status).toBe(409);
    expect(other.json.error.message).toMatch(
      /^version 4 waits for its confirmation for another \d+ s: confirm it \(bngctl confirm\) or take it back \(bngctl rollback 3\) first; nothing was changed$/,
    );
    expect((await rig.apply(documentOf(5), '?dryRun')).status).toBe(200);
    expect(await lines()).toBe(4);
    const back = await bngctl(rig, 'rollback', '3');
    expect(back).toMatchObject({ code: 0, out: expect.stringContaining('applied as version 5') });
    expect((await status()).pendingConfirm).toBeUndefined();
    expect(await lines()).toBe(3);
    await told('5 applied', '4 reverted');
  }, 60_000);

  it('is taken back while configd is dead at the deadline', async () => {
    await rig.apply(documentOf(6), '?confirm=2');
    await rig.endConfigd('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 2100));
    await rig.startConfigd();
    await rig.ready();
    await reverted(7n);
    expect(await lines()).toBe(3);
    await told('7 applied', '6 reverted');
  }, 60_000);

  it('goes on waiting when configd was killed before the deadline', async () => {
    await rig.apply(documentOf(6), '?confirm=600');
    await rig.restartConfigd('SIGKILL');
    await rig.ready();
    expect((await status()).pendingConfirm).toMatchObject({ version: 8n, revertTo: 7n });
    expect(await lines()).toBe(6);
    expect((await rig.http('POST', '/config/confirm')).json).toEqual({ version: 8 });
  }, 60_000);

  it('is taken back without PostgreSQL, which hears of it when it is back', async () => {
    await rig.apply(documentOf(9), '?confirm=3');
    await rig.postgres.kill();
    await reverted(10n);
    expect(await lines()).toBe(6);
    await rig.postgres.restart();
    await waitFor('PostgreSQL is back', async () => (await status()).storeAvailable, 30_000);
    await told('10 applied', '9 reverted');
    expect(await lines()).toBe(6);
  }, 90_000);

  it('is taken back while VPP is away, which gets the earlier one', async () => {
    await rig.apply(documentOf(9), '?confirm=2');
    await rig.sim.kill();
    await waitFor('VPP is missed', async () => (await rig.http('GET', '/readyz')).status === 503);
    await reverted(12n);
    await rig.replaceVpp();
    await rig.ready();
    expect(await lines()).toBe(6);
  }, 60_000);
});
