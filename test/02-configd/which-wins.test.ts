import { copyFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { DataplaneView } from '../harness/dataplane-view.js';
import { waitFor } from '../harness/wait-for.js';
import { documentOf, Rig } from './rig.js';

const deadlineMs = 30_000;

/** Each test goes on where the one before ended; versions are told apart by their number of lines. */
describe('the node and PostgreSQL have different configurations', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start();
    await rig.ready();
    await rig.apply(documentOf(1));
    copyFileSync(snapshot(), older());
    await rig.apply(documentOf(2));
  }, 60_000);
  afterAll(() => rig?.stop());

  const snapshot = () => `${rig.stateDir}/config-snapshot.json`;
  const older = () => `${rig.stateDir}/older-snapshot.json`;

  const lines = async (): Promise<number> => {
    const view = await DataplaneView.open(rig.sim.apiSocket);
    try {
      return (await view.interfaces()).filter(({ tag }) => tag.startsWith('cw:sub-interface/')).length;
    } finally {
      await view.close();
    }
  };

  /** The line of configd's log that begins with these words, without what every line has. */
  const logged = (words: string): object | undefined => {
    const line = rig.configd.child.output.split('\n').find((text) => text.includes(words));
    return line === undefined ? undefined : JSON.parse(line);
  };

  const sql = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: rig.postgres.url });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };

  const status = () => callUnary(rig.grpc.status.bind(rig.grpc), {});

  const postgresAway = async (): Promise<void> => {
    await rig.postgres.kill();
    await waitFor('the loss is seen', async () => !(await status()).storeAvailable, deadlineMs);
  };

  const postgresBack = async (): Promise<void> => {
    await rig.postgres.restart();
    await waitFor('PostgreSQL is back', async () => (await status()).storeAvailable, deadlineMs);
  };

  const history = async () => {
    const { entries } = await callUnary(rig.grpc.history.bind(rig.grpc), { limit: 2 });
    return entries.map(({ version, source, outcome }) => `${version} ${source} ${outcome}`);
  };

  it('and it starts while PostgreSQL is away: the node’s own first, the newer one when it is back', async () => {
    await rig.endConfigd('SIGTERM');
    copyFileSync(older(), snapshot());
    await rig.postgres.kill();
    await rig.startConfigd();
    await rig.ready();
    expect(await lines()).toBe(1);
    expect(await status()).toMatchObject({ configVersion: 1n, storeAvailable: false });
    expect((await rig.apply(documentOf(7))).json.error.message).toBe(
      'PostgreSQL is away: the configuration in force stays and cannot be changed now',
    );
    await postgresBack();
    expect(await lines()).toBe(2);
    expect((await rig.http('GET', '/config')).text).toBe(documentOf(2));
    expect(logged("PostgreSQL's configuration wins")).toMatchObject({ postgres: '2', local: '1' });
  }, 90_000);

  it('and it starts from an old disk: PostgreSQL’s wins', async () => {
    await rig.endConfigd('SIGTERM');
    copyFileSync(older(), snapshot());
    await rig.startConfigd();
    await rig.ready();
    expect(await lines()).toBe(2);
    expect(logged("PostgreSQL's configuration wins")).toMatchObject({ postgres: '2', local: '1' });
  }, 60_000);

  it('because PostgreSQL came back from an older backup: the node’s wins, and is stored again', async () => {
    await sql('DELETE FROM configd.config_versions WHERE version > 1');
    await postgresAway();
    await postgresBack();
    expect(logged('the local configuration wins')).toMatchObject({ postgres: '1', local: '2' });
    expect(await history()).toEqual(['2 snapshot applied', '1 rest applied']);
    expect(await lines()).toBe(2);
    expect((await rig.http('GET', '/config')).text).toBe(documentOf(2));
  }, 90_000);

  it('because PostgreSQL lost everything: the node’s wins, and applies count on from it', async () => {
    await sql('DELETE FROM configd.config_versions');
    await postgresAway();
    await postgresBack();
    expect(logged('"postgres":"none"')).toMatchObject({ postgres: 'none', local: '2' });
    expect(await lines()).toBe(2);
    expect((await rig.apply(documentOf(3))).json.version).toBe(3);
    expect(await history()).toEqual(['3 rest applied', '2 snapshot applied']);
  }, 90_000);

  it('and a version that did not succeed is never what wins', async () => {
    await sql("UPDATE configd.config_versions SET outcome = 'failed' WHERE version = 3");
    await postgresAway();
    await postgresBack();
    expect(await lines()).toBe(3);
    expect(await status()).toMatchObject({ configVersion: 4n });
    expect(await history()).toEqual(['4 snapshot applied', '3 rest failed']);
  }, 90_000);
});
