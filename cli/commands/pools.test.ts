import { afterEach, expect, test } from '@jest/globals';
import { PoolStats } from '#gen/bng/v1/subs.js';
import { type Answers, type Fakes, startFakes } from '../fake-services.testkit.js';

let fakes: Fakes;
const start = async (answers: Answers) => {
  fakes = await startFakes(answers);
  return fakes;
};
afterEach(async () => fakes?.stop());

test('how full each pool is', async () => {
  const home = PoolStats.fromPartial({ name: 'home', size: 1000n, used: 905n, quarantined: 1n, overflow: 'spare' });
  const spare = PoolStats.fromPartial({ name: 'spare', size: 8n, vrf: 'blue' });
  const { run } = await start({ stats: () => ({ pools: [home, spare] }) });
  const { code, out } = await run(['pools']);
  expect(code).toBe(0);
  expect(out.split('\n').map((line) => line.split(/ +/))).toEqual([
    ['POOL', 'VRF', 'SIZE', 'USED', 'QUARANTINED', 'FREE', 'FULL', 'OVERFLOW'],
    ['home', 'all', '1000', '905', '1', '94', '90.6%', 'spare'],
    ['spare', 'blue', '8', '0', '0', '8', '0%'],
    [''],
  ]);
});

const leaked = { fault: 'leaked', vrf: 'default', ipv4: '100.64.0.9', sessionId: 's1', note: '' };

test.each([
  ['nothing found', [], 'addresses and sessions agree\n', 0],
  ['a fault that is left', [{ ...leaked, repaired: false }], 'left', 1],
  ['a fault that was mended', [{ ...leaked, repaired: true, note: 'freed' }], 'mended', 0],
])('audit: %s', async (_name, findings, text, exit) => {
  const { run, calls } = await start({ auditAddresses: () => ({ findings }) });
  const { code, out } = await run(['pools', '--repair']);
  expect([code, out]).toEqual([exit, expect.stringContaining(text)]);
  expect(calls).toEqual([['auditAddresses', { repair: true }]]);
});
