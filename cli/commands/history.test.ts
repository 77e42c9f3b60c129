import { afterEach, expect, test } from '@jest/globals';
import { HistoryEntry, PlanStep_Action } from '#gen/bng/v1/configd.js';
import { type Fakes, startFakes } from '../fake-services.testkit.js';

let fakes: Fakes;
afterEach(async () => fakes?.stop());

const entry = HistoryEntry.fromPartial({
  version: 7n,
  atMs: 1_000_000_000_000n,
  user: 'ann',
  source: 'cli',
  peer: 'ipv4:127.0.0.1:50000',
  comment: 'CHG-17',
  outcome: 'reverted',
  detail: 'was not confirmed',
  steps: 3,
  sessionsAffected: 2,
  messagesSent: 9,
  durationMs: 12,
});

test('lists versions', async () => {
  fakes = await startFakes({ history: () => ({ entries: [entry] }) });
  const { out, code } = await fakes.run(['history']);
  expect(code).toBe(0);
  expect(out.split('\n')[1]?.split(/\s{2,}/)).toEqual([
    '7',
    '2001-09-09 01:46:40Z',
    'ann',
    'cli 127.0.0.1',
    'reverted',
    '3',
    '2',
    '12 ms',
    'CHG-17',
  ]);
  expect(fakes.calls).toMatchObject([['history', { limit: 20 }]]);
});

test('shows one', async () => {
  const lines = [{ action: PlanStep_Action.UPDATE, count: 1, text: 'policer gold: cir 1M -> 2M' }];
  fakes = await startFakes({ historyShow: () => ({ entry, lines, yaml: 'vrfs: {}\n', files: [] }) });
  expect((await fakes.run(['history', 'show', '7'])).out).toBe(
    [
      'version   7',
      'when      2001-09-09 01:46:40Z',
      'who       ann',
      'from      cli 127.0.0.1',
      'comment   CHG-17',
      'outcome   reverted: was not confirmed',
      'changed   3 objects, 9 messages to VPP',
      'sessions  2 sessions affected',
      'took      12 ms',
      '',
      '~ policer gold: cir 1M -> 2M',
      '',
    ].join('\n'),
  );
  expect((await fakes.run(['history', 'show', '7', '--yaml'])).out).toBe('vrfs: {}\n');
});

test('goes back and confirms in the name of who asks', async () => {
  fakes = await startFakes({ rollback: () => ({}), confirm: () => ({ version: 8n }) });
  await fakes.run(['rollback', '7', '--confirm', '2m'], { env: { USER: 'noc' } });
  await fakes.run(['confirm', '8'], { env: { USER: 'noc' } });
  expect(fakes.calls).toMatchObject([
    ['rollback', { version: 7n, confirmS: 120, user: 'noc', source: 'cli' }],
    ['confirm', { version: 8n, user: 'noc' }],
  ]);
});

test.each([
  ['who became root by sudo', { SUDO_USER: 'ann', USER: 'root' }, 'ann'],
  ['the environment', { USER: 'noc' }, 'noc'],
  ['the system, where the environment names nobody', {}, 'root'],
  ['the system, where the environment is empty', { SUDO_USER: '', USER: '' }, 'root'],
])('who asks is told by %s', async (_what, env, user) => {
  fakes = await startFakes({ confirm: () => ({ version: 8n }) });
  await fakes.run(['confirm', '8'], { env });
  expect(fakes.calls).toMatchObject([['confirm', { user }]]);
});
