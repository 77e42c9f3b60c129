import { afterEach, expect, test } from '@jest/globals';
import { PoolStats } from '#gen/bng/v1/subs.js';
import { type Answers, type Fakes, startFakes } from '../fake-services.testkit.js';

const AWAY = { BNGCTL_QOS_COMPILER: '127.0.0.1:1', BNGCTL_EXPORTER: '127.0.0.1:1' };
let fakes: Fakes;
afterEach(async () => fakes?.stop());

const healthy: Answers = {
  status: () => ({
    state: 'ready',
    vppState: 'ready',
    vppVersion: '26.06-release',
    configVersion: 4n,
    resources: 120,
    sessions: 100,
    storeAvailable: true,
  }),
  stats: () => ({
    sessionsByState: { active: 100 },
    pools: [PoolStats.fromPartial({ name: 'home', size: 1022n, used: 100n })],
  }),
  servers: () => ({
    servers: [
      {
        name: 'r1',
        address: '127.0.0.1:1812',
        role: 'auth',
        state: 'up',
        requests: 100n,
        timeouts: 1n,
        roundTripP50Ms: 1.5,
      },
    ],
  }),
};

test('each service with what it says; one that is away makes 5', async () => {
  fakes = await startFakes(healthy);
  const { code, out } = await fakes.run(['status'], { env: AWAY });
  const rows = out.split('\n').map((line) => line.split(/ {2,}/));
  expect(code).toBe(5);
  expect(rows.map(([service, state]) => `${service} ${state}`)).toEqual([
    'SERVICE STATE',
    'configd ready',
    'subs-manager ready',
    'aaa ready',
    'qos-compiler unreachable',
    'exporter unreachable',
    ' undefined',
  ]);
  expect(rows[1]?.[3]).toBe('VPP ready 26.06-release, version 4, 120 objects, 100 sessions');
  expect(rows[2]?.[3]).toBe('100 active, pool home 100/1022');
  expect(rows[3]?.[3]).toBe('r1 auth up 1.5 ms 1 timeout');
});

test('drift and a missing store stand out; --json has the services’ own answers', async () => {
  fakes = await startFakes({ ...healthy, status: () => ({ state: 'restoring', vppState: 'connecting', drift: 3 }) });
  const { out } = await fakes.run(['--json', 'status'], { env: AWAY });
  const { services } = JSON.parse(out) as { services: { state: string; summary: string; details: object }[] };
  expect(services[0]).toMatchObject({
    state: 'restoring',
    summary: 'VPP connecting, version 0, 0 objects, 0 sessions, DRIFT 3, PostgreSQL AWAY',
    details: { drift: 3 },
  });
});
