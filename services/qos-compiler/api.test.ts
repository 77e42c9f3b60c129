import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type QosProfile, QosServiceClient, Rate } from '#gen/bng/v1/qos.js';
import { StateHolder } from '#lib/kernel/lifecycle.js';
import { Registry } from '#lib/kernel/metrics.js';
import { Postgres } from '#lib/kernel/postgres.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { RpcServer } from '#lib/kernel/rpc-server.js';
import { type PostgresServer, startPostgres } from '../../test/harness/postgres.js';
import { qosApi } from './api.js';
import { qosMetrics } from './metrics.js';
import { profilesMigration } from './migrations/001-profiles.js';
import { QosCatalogue } from './service.js';
import { PostgresProfileStore } from './store.js';

let server: PostgresServer;
let postgres: Postgres;
let rpc: RpcServer;
let client: QosServiceClient;
const registry = new Registry();

beforeAll(async () => {
  server = await startPostgres();
  postgres = new Postgres({ url: server.url, schema: 'qos_compiler', migrations: [profilesMigration] });
  await postgres.start();
  const store = new PostgresProfileStore(postgres.knex);
  rpc = new RpcServer('127.0.0.1:0', new StateHolder(), [qosApi(new QosCatalogue(store, qosMetrics(registry, store)))]);
  await rpc.start();
  client = new QosServiceClient(`127.0.0.1:${rpc.port}`, credentials.createInsecure());
}, 60_000);

afterAll(async () => {
  client.close();
  await rpc.stop();
  await postgres.stop();
  await server.stop();
});

const rate = (fields: Partial<Rate>) => Rate.fromPartial(fields);
const put = (profile: Partial<QosProfile>) =>
  callUnary(client.putProfile.bind(client), {
    profile: { name: 'gold', version: 0, download: undefined, upload: undefined, ...profile },
  });
const get = (name: string, version = 0) => callUnary(client.getProfile.bind(client), { name, version });

describe('Preview', () => {
  test('shows what VPP gets and what was derived', async () => {
    const answer = await callUnary(client.preview.bind(client), { rate: rate({ cirBps: 100_000_000n }) });
    expect(answer).toEqual({
      policer: {
        cirKbps: 100_000,
        eirKbps: 0,
        cbBytes: 625_000n,
        ebBytes: 0n,
        type: '1r2c',
        conformAction: 'transmit',
        exceedAction: 'drop',
        violateAction: 'drop',
      },
      notes: ['cirBurstBytes: 625000 bytes derived from 100000000 bit/s'],
    });
  });

  test.each([
    ['rate 0', rate({}), 'cirBps'],
    ['PIR below CIR', rate({ cirBps: 2000n, pirBps: 1000n }), 'pirBps'],
    ['beyond 64-bit sense', rate({ cirBps: 2n ** 64n - 1n }), 'cirBps'],
    ['nothing', undefined, 'rate'],
  ])('refuses %s', async (_name, wrong, field) => {
    const call = callUnary(client.preview.bind(client), { rate: wrong });
    await expect(call).rejects.toMatchObject({ code: 'invalid_argument', fields: { field } });
  });

  test('is counted', async () => {
    expect(await registry.metrics()).toMatch(/bng_qos_compiles_total\{outcome="ok"\} 1\n/);
  });
});

describe('profiles', () => {
  test('versions count up and stay readable', async () => {
    const first = await put({ download: rate({ cirBps: 50_000_000n, pirBps: 80_000_000n }) });
    const second = await put({ download: rate({ cirBps: 60_000_000n }), upload: rate({ cirBps: 1_000_000n }) });
    expect([first.version, second.version]).toEqual([1, 2]);
    expect(await get('gold', 1)).toEqual(first);
    expect(await get('gold')).toEqual(second);
  });

  test('the same rates again make no new version', async () => {
    const before = await put({ name: 'same', upload: rate({ cirBps: 5_000_000n }) });
    expect(await put({ name: 'same', upload: rate({ cirBps: 5_000_000n }) })).toEqual(before);
  });

  test('concurrent writers get a version each', async () => {
    const writers = Array.from({ length: 10 }, (_, n) =>
      put({ name: 'busy', upload: rate({ cirBps: BigInt(n + 1) * 1000n }) }),
    );
    const versions = (await Promise.all(writers)).map(({ version }) => version);
    expect(versions.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('an edit of an old version is refused', async () => {
    await put({ name: 'edited', upload: rate({ cirBps: 1000n }) });
    await put({ name: 'edited', version: 1, upload: rate({ cirBps: 2000n }) });
    const late = put({ name: 'edited', version: 1, upload: rate({ cirBps: 3000n }) });
    await expect(late).rejects.toMatchObject({ code: 'stale', fields: { version: 2 } });
  });

  test.each([
    ['a bad name', { name: 'a b', upload: rate({ cirBps: 1000n }) }, 'name'],
    ['no direction', {}, 'download'],
    ['a bad rate', { upload: rate({ cirBps: 1000n, cirBurstBytes: 9n }) }, 'upload.cirBurstBytes'],
  ])('refuses %s', async (_name, profile, field) => {
    await expect(put(profile)).rejects.toMatchObject({ code: 'invalid_argument', fields: { field } });
  });

  test.each([
    ['silver', 0],
    ['gold', 99],
  ])('%s version %d is not there', async (name, version) => {
    await expect(get(name, version)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('the list has the newest of each', async () => {
    const { profiles } = await callUnary(client.listProfiles.bind(client), {});
    expect(profiles.map(({ name, version }) => `${name}@${version}`)).toEqual([
      'busy@10',
      'edited@2',
      'gold@2',
      'same@1',
    ]);
    expect(await registry.metrics()).toMatch(/bng_qos_profiles 4\n/);
  });
});
