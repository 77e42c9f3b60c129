import { afterEach, expect, test } from '@jest/globals';
import { TimelineEntry } from '#gen/bng/v1/subs.js';
import { BngError } from '#lib/kernel/errors.js';
import { type Answers, type Fakes, startFakes } from '../fake-services.testkit.js';

let fakes: Fakes;
const start = async (answers: Answers) => {
  fakes = await startFakes(answers);
  return fakes;
};
afterEach(async () => fakes?.stop());

const entry = (change: Partial<TimelineEntry>) =>
  TimelineEntry.fromPartial({
    atMs: 1_760_000_000_000n,
    sessionId: 's1',
    mac: '02:00:00:00:00:01',
    place: 'access.100.7',
    ...change,
  });

test('each attempt with its steps; what a server said cannot reach the terminal as control characters', async () => {
  const entries = [
    entry({ step: 'radius', outcome: 'radius_reject', peer: 'r1', tookMs: 3.25, detail: 'no\u001b[31m' }),
    entry({ sessionId: 's2', step: 'active', outcome: 'ok' }),
  ];
  const { run, calls } = await start({ why: () => ({ entries }) });
  const { code, out } = await run(['subs', 'why', 'access.100.7']);
  expect(code).toBe(0);
  expect(calls).toEqual([['why', { key: 'access.100.7' }]]);
  const lines = out.split('\n').map((line) => line.split(/ {2,}/));
  expect(lines[0]).toEqual(['no session now']);
  expect(lines[2]).toEqual(['attempt s1: 02:00:00:00:00:01, access.100.7']);
  expect(lines[4]?.slice(1)).toEqual(['radius', 'radius_reject', '3.3 ms', 'r1', 'no?[31m']);
  expect(lines[6]).toEqual(['attempt s2: 02:00:00:00:00:01, access.100.7']);
});

test('nothing known is exit code 4', async () => {
  const { run } = await start({
    why: () => {
      throw new BngError('not_found', 'nothing is known of "x"');
    },
  });
  expect(await run(['subs', 'why', 'x'])).toMatchObject({ code: 4, err: expect.stringContaining('nothing is known') });
});
