import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { VppClient } from '#lib/vpp/client.js';
import { createLoopbackInstance } from '#lib/vpp/messages/interface.js';
import { ipRouteAddDel } from '#lib/vpp/messages/ip.js';
import { memifSocketFilenameAddDelV2, memifSocketFilenameDump } from '#lib/vpp/messages/memif.js';
import { unixSocket } from '#lib/vpp/transport.js';
import { DataplaneView } from '../harness/dataplane-view.js';
import { waitFor } from '../harness/wait-for.js';
import { bngctl, bundle, documentOf, Rig } from './rig.js';

const tags = async (rig: Rig): Promise<string[]> => {
  const view = await DataplaneView.open(rig.sim.apiSocket);
  const found = (await view.interfaces()).map(({ tag }) => tag).filter(Boolean);
  await view.close();
  return found.sort();
};

const lines = async (rig: Rig): Promise<number> =>
  (await tags(rig)).filter((tag) => tag.startsWith('cw:sub-interface/')).length;

const hostRoutes = async (rig: Rig): Promise<string[]> => {
  const view = await DataplaneView.open(rig.sim.apiSocket);
  const routes = await view.hostRoutes();
  await view.close();
  return routes;
};

/** A route of the default table: nothing in VPP marks it as ours. */
const withRoute = (yaml: string) =>
  yaml.replace('routes: [', 'routes: [{ prefix: 192.0.2.1/32, via: [{ address: 10.255.0.2, interface: core }] }, ');

const history = async (rig: Rig) => (await callUnary(rig.grpc.history.bind(rig.grpc), { limit: 0 })).entries;

describe('an apply that does not end', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await Rig.start();
    await rig.ready();
    await rig.apply(documentOf(2));
  }, 60_000);
  afterEach(() => rig?.stop());

  it('because configd is killed: the last applied version wins, and VPP is put right', async () => {
    await rig.sim.control.fault({ kind: 'delay', ms: 20_000 }, { message: 'sw_interface_set_unnumbered', skip: 3 });
    const apply = rig.apply(withRoute(documentOf(9))).catch(() => 'cut off');
    await waitFor('half of it in VPP', async () => (await lines(rig)) > 2 && (await hostRoutes(rig)).length > 0);
    await rig.restartConfigd('SIGKILL');
    expect(await apply).toBe('cut off');
    await rig.sim.control.clearFaults();
    await rig.ready();
    expect((await rig.http('GET', '/config')).text).toBe(documentOf(2));
    expect(await lines(rig)).toBe(2);
    expect(await hostRoutes(rig)).toEqual([]);
    expect((await rig.http('GET', '/config/plan')).json.steps).toEqual([]);
    expect((await history(rig)).map(({ version, outcome }) => [version, outcome])).toEqual([
      [2n, 'interrupted'],
      [1n, 'applied'],
    ]);
    expect((await rig.apply(documentOf(9))).json.version).toBe(3);
  }, 60_000);

  it('because VPP vanishes: the answer says so, and the earlier state is there when VPP is back', async () => {
    await rig.sim.control.fault({ kind: 'vanish' }, { message: 'sw_interface_set_unnumbered', skip: 3 });
    const answer = await rig.apply(documentOf(9));
    expect(answer).toMatchObject({ status: 503, json: { error: { code: 'unavailable' } } });
    expect(answer.json.error.message).toContain('VPP went away during the apply');
    expect((await rig.apply(documentOf(9))).status).toBe(503);
    await rig.replaceVpp();
    await rig.ready();
    expect((await rig.http('GET', '/config')).text).toBe(documentOf(2));
    expect(await lines(rig)).toBe(2);
    expect((await rig.http('GET', '/config/plan')).json.steps).toEqual([]);
    expect((await rig.apply(documentOf(9))).status).toBe(200);
    expect(await lines(rig)).toBe(9);
  }, 60_000);

  it('because VPP does not answer: what it holds is read back, and the earlier state restored', async () => {
    await rig.sim.control.fault({ kind: 'drop' }, { message: 'sw_interface_set_unnumbered', skip: 3 });
    const answer = await rig.apply(documentOf(9));
    expect([502, 503, 504]).toContain(answer.status);
    await rig.ready();
    expect((await rig.http('GET', '/config/plan')).json.steps).toEqual([]);
    expect(await lines(rig)).toBe(2);
  }, 60_000);
});

describe('PostgreSQL away', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start();
    await rig.ready();
    await rig.apply(documentOf(3));
    await callUnary(rig.grpc.applySession.bind(rig.grpc), { session: bundle(1) });
  }, 60_000);
  afterAll(() => rig?.stop());

  it('refuses applies, serves everything else', async () => {
    await rig.postgres.kill();
    const refused = await rig.apply(documentOf(5));
    expect(refused).toMatchObject({ status: 503, json: { error: { code: 'unavailable' } } });
    expect((await rig.apply(documentOf(5), '?dryRun')).status).toBe(200);
    expect((await rig.http('GET', '/config')).text).toBe(documentOf(3));
    await callUnary(rig.grpc.applySession.bind(rig.grpc), { session: bundle(2) });
    await waitFor('the loss is shown', async () => {
      const status = await callUnary(rig.grpc.status.bind(rig.grpc), {});
      return !status.storeAvailable && status.state === 'ready';
    });
  });

  it('starts from the local snapshot, and programs an empty VPP', async () => {
    await rig.replaceVpp();
    await rig.restartConfigd('SIGKILL');
    await rig.ready();
    expect(await lines(rig)).toBe(3);
    expect((await rig.http('GET', '/config')).text).toBe(documentOf(3));
    expect((await rig.apply(documentOf(5))).json.error.message).toBe(
      'PostgreSQL is away: the configuration in force stays and cannot be changed now',
    );
    expect(await callUnary(rig.grpc.status.bind(rig.grpc), {})).toMatchObject({ sessions: 2, storeAvailable: false });
  }, 60_000);

  it('takes applies again when it is back', async () => {
    await rig.postgres.restart();
    const answer = await waitFor('PostgreSQL is used', async () => {
      const applied = await rig.apply(documentOf(5));
      return applied.status === 200 && applied;
    });
    expect(answer.json.version).toBe(2);
    expect((await history(rig)).map(({ outcome }) => outcome)).toEqual(['applied', 'applied']);
  }, 60_000);
});

describe('changes behind our back', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start({ audit: { intervalS: 0.3, policy: 'repair' } });
    await rig.ready();
    await rig.apply(documentOf(3));
  }, 60_000);
  afterAll(() => rig?.stop());

  it('are found, counted and repaired', async () => {
    const client = new VppClient({ connect: unixSocket(rig.sim.apiSocket), required: [ipRouteAddDel] });
    await client.whenReady(30_000);
    const route = { table_id: 0, stats_index: 0, prefix: '0.0.0.0/0', paths: [] };
    await client.call(ipRouteAddDel, { is_add: false, is_multipath: false, route });
    await client.close();
    await waitFor('the difference is told', () => rig.configd.child.output.includes('VPP differs from what is wanted'));
    await waitFor('no difference left', async () => {
      const { json } = await rig.http('GET', '/config/plan');
      return json.steps.length === 0;
    });
  });
});

describe('changes behind our back that are only to be reported', () => {
  let rig: Rig;
  let client: VppClient;
  beforeAll(async () => {
    rig = await Rig.start({ audit: { intervalS: 0.3, policy: 'report' } });
    await rig.ready();
    await rig.apply(documentOf(3));
    client = new VppClient({
      connect: unixSocket(rig.sim.apiSocket),
      required: [createLoopbackInstance, ipRouteAddDel, memifSocketFilenameAddDelV2, memifSocketFilenameDump],
    });
    await client.whenReady(30_000);
  }, 60_000);
  afterAll(async () => {
    await client?.close();
    await rig?.stop();
  });
  const status = () => callUnary(rig.grpc.status.bind(rig.grpc), {});

  it('are shown as a diff, counted, and left as they are', async () => {
    const route = { table_id: 0, stats_index: 0, prefix: '0.0.0.0/0', paths: [] };
    await client.call(ipRouteAddDel, { is_add: false, is_multipath: false, route });
    await waitFor('the difference is counted', async () => (await status()).drift === 1);
    expect(await status()).toMatchObject({ driftPolicy: 'report', state: 'ready' });
    const shown = await bngctl(rig, 'drift');
    expect(shown).toMatchObject({ code: 3, out: expect.stringMatching(/^\+ route 0\.0\.0\.0\/0/) });
    expect((await rig.http('GET', '/config/drift')).json.steps).toMatchObject([
      { action: 'create', key: 'route/default/0.0.0.0/0' },
    ]);
    await waitFor('another audit', async () => {
      const before = (await status()).lastAuditMs;
      return waitFor('a later one', async () => (await status()).lastAuditMs > before);
    });
    expect((await status()).drift).toBe(1);
  }, 60_000);

  it('are not mistaken for ours when they are somebody else’s objects: left alone, and listed', async () => {
    const socket = { socket_id: 77, socket_filename: '/run/theirs.sock' };
    await client.call(memifSocketFilenameAddDelV2, { ...socket, is_add: true });
    const loopback = { mac_address: '02:00:00:00:00:05', is_specified: true, user_instance: 5 };
    await client.call(createLoopbackInstance, loopback);
    await waitFor('they are counted', async () => (await status()).foreign === 2);
    const shown = await bngctl(rig, 'drift', '--full');
    expect(shown.out).toMatch(
      /in VPP not of this configuration, left alone\n {2}memif socket 77\n {2}interface loop5\n$/,
    );
    expect((await rig.apply(documentOf(4))).status).toBe(200);
    expect(await client.dump(memifSocketFilenameDump, {})).toContainEqual(socket);
  }, 60_000);
});

describe('the snapshot', () => {
  it('is whole at any moment, and names its version', async () => {
    const rig = await Rig.start();
    await rig.ready();
    await rig.apply(documentOf(1));
    const text = readFileSync(`${rig.stateDir}/config-snapshot.json`, 'utf8');
    expect(JSON.parse(text)).toMatchObject({ format: 1, version: '1', yaml: documentOf(1) });
    await rig.stop();
  }, 60_000);
});
