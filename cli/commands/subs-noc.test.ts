import { afterEach, describe, expect, test } from '@jest/globals';
import { BngError } from '#lib/kernel/errors.js';
import { type Answers, type Fakes, runCaptured, sampleSession, startFakes } from '../fake-services.testkit.js';

let fakes: Fakes;
const start = async (answers: Answers) => {
  fakes = await startFakes(answers);
  return fakes;
};
afterEach(async () => fakes?.stop());

describe('subs watch-rate', () => {
  const samples = [
    { sessionId: 'a', atMs: 1000n },
    { sessionId: 'a', atMs: 2000n, periodS: 1, upBps: 1_234_567, downBps: 98_765_432, upPps: 150.4, downPps: 8230 },
    { sessionId: 'a', atMs: 3000n, periodS: 1 },
  ];

  test('a line a sample, until so many', async () => {
    const { run, calls } = await start({ watchRate: () => samples });
    const { code, out } = await run(['subs', 'watch-rate', '100.64.0.9', '--count', '2']);
    expect([code, calls]).toEqual([0, [['watchRate', { key: '100.64.0.9' }]]]);
    expect(out.split('\n').map((line) => line.split(/ {1,}/).join(' '))).toEqual([
      '00:00:01 not measured yet, or the counters cannot be read',
      '00:00:02 down 98.8 Mbit/s 8230 packets/s up 1.23 Mbit/s 150 packets/s',
      '',
    ]);
  });

  test('as JSON a document a line', async () => {
    const { run } = await start({ watchRate: () => samples });
    const { out } = await run(['--json', 'subs', 'watch-rate', 'x']);
    const seen = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(seen[1]).toMatchObject({ sessionId: 'a', periodS: 1, downBps: 98_765_432 });
    expect(seen).toHaveLength(3);
  });

  test('the end of the session ends it with 4', async () => {
    const { run } = await start({
      watchRate: () => {
        throw new BngError('not_found', 'session a has ended');
      },
    });
    expect(await run(['subs', 'watch-rate', 'x'])).toEqual({ code: 4, out: '', err: 'bngctl: session a has ended\n' });
  });
});

describe('subs top', () => {
  test('a table, and the sum over all', async () => {
    const talker = { session: sampleSession(), rate: { downBps: 5_000_000, upBps: 64_000, downPps: 400, upPps: 120 } };
    const { run, calls } = await start({
      top: () => ({ talkers: [talker], measured: 17, downBps: 9_990_000, upBps: 70_000 }),
    });
    const { out } = await run(['subs', 'top', '--by', 'down', '--limit', '1', '--line', 'access.*']);
    expect(calls).toMatchObject([['top', { order: 1, limit: 1, filter: { line: 'access.*' } }]]);
    const [heading, row] = out.split('\n').map((line) => line.split(/ {2,}/));
    expect(heading?.slice(0, 4)).toEqual(['DOWN', 'UP', 'PACKETS/S DOWN', 'UP']);
    expect(row).toEqual([
      '5 Mbit/s',
      '64 kbit/s',
      '400',
      '120',
      '100.64.0.9',
      'access.100.7',
      'access.100.7',
      '65f0-1',
    ]);
    expect(out).toMatch(/^17 measured, together down 9.99 Mbit\/s, up 70 kbit\/s$/m);
  });

  test('--by of something else is a usage error', async () => {
    expect(await runCaptured(['subs', 'top', '--by', 'size'])).toMatchObject({
      code: 2,
      err: 'bngctl: --by: "size" is none of both, down, up\n',
    });
  });
});

describe('subs export', () => {
  test('pieces as they come', async () => {
    const { run, calls } = await start({
      export: () => ['a,b\r\n', '1,2\r\n'].map((data) => ({ data: Buffer.from(data) })),
    });
    expect(await run(['subs', 'export', '--user', 'a*'])).toEqual({ code: 0, err: '', out: 'a,b\r\n1,2\r\n' });
    expect(calls).toMatchObject([['export', { format: 1, filter: { userName: 'a*' } }]]);
  });

  test('JSON by its format or by --json', async () => {
    const { run, calls } = await start({ export: () => [{ data: Buffer.from('[]') }] });
    await run(['subs', 'export', '--format', 'json']);
    await run(['--json', 'subs', 'export']);
    expect(calls).toMatchObject([
      ['export', { format: 2 }],
      ['export', { format: 2 }],
    ]);
  });
});

describe('subs bulk', () => {
  test('without --yes it is a preview', async () => {
    const { run, calls } = await start({
      previewBulk: () => ({ count: 12, token: 't-abc', first: [sampleSession()] }),
    });
    const { code, out } = await run(['subs', 'bulk', 'disconnect', '--line', 'access.*']);
    expect(code).toBe(0);
    expect(out).toContain('... and 11 more');
    expect(out).toContain(
      '12 subscribers would be touched. Nothing is done yet; go on with --reason TEXT --yes 12 (so many)',
    );
    expect(calls).toMatchObject([['previewBulk', { selection: { all: false, action: { $case: 'disconnect' } } }]]);
  });

  test.each([
    ['12', { token: '', expectedCount: 12 }],
    ['t-abc', { token: 't-abc', expectedCount: undefined }],
  ])('with --yes %s it is done, and followed to its end', async (yes, expected) => {
    const states = ['running', 'done'];
    const job = { id: '7f', detail: 'change', reason: 'promo', total: 12 };
    const { run, calls } = await start({
      startBulk: () => ({ ...job, state: 'running' }),
      getBulk: () => ({ ...job, state: states.shift() ?? '', done: 12 }),
    });
    const change = ['--down', '100M', '--on', 'turbo', '--reason', 'promo', '--all', '--rate', '50'];
    const { code, out } = await run(['subs', 'bulk', 'change', ...change, '--yes', yes], { env: { USER: 'eve' } });
    expect(code).toBe(0);
    expect(out).toBe('done: change (promo)\n12 of 12: 12 done, 0 failed, 0 gone before their turn\n');
    expect(calls[0]).toMatchObject([
      'startBulk',
      {
        ...{ reason: 'promo', ratePerS: 50, user: 'eve', source: 'cli', ...expected },
        selection: {
          all: true,
          action: { $case: 'change', value: { policy: { downloadBps: 100_000_000n }, activate: ['turbo'] } },
        },
      },
    ]);
    expect(calls.map(([method]) => method)).toEqual(['startBulk', 'getBulk', 'getBulk']);
  });

  test('what failed is named, and it ends with 1', async () => {
    const failures = [{ sessionId: 's1', error: 'policer_update: -7' }];
    const { run } = await start({ getBulk: () => ({ id: '7f', state: 'done', total: 1, failed: 1, failures }) });
    expect((await run(['subs', 'bulk-show', '7f'])).out).toContain('  s1: policer_update: -7');
  });

  test('jobs, and ending one', async () => {
    const job = {
      id: '7f',
      state: 'cancelled',
      done: 3,
      total: 9,
      user: 'eve',
      detail: 'disconnect of all',
      startedMs: 1000n,
    };
    const { run, calls } = await start({ listBulk: () => ({ jobs: [job] }), cancelBulk: () => job });
    expect((await run(['subs', 'bulk-jobs'])).out).toMatch(/7f +cancelled +3\/9 +0 +0 +eve +disconnect of all/);
    expect((await run(['subs', 'bulk-cancel', '7f'])).out).toMatch(/^cancelled: disconnect of all/);
    expect(calls.at(-1)).toEqual(['cancelBulk', { id: '7f' }]);
  });

  test.each([
    [['reboot'], '"reboot" is none of disconnect, reauthenticate, change'],
    [['change', '--all'], 'give --down, --up, --profile, --on or --off'],
    [['disconnect', '--all', '--yes', '3'], '--reason is needed'],
  ])('%j is a usage error', async (args, message) => {
    expect(await runCaptured(['subs', 'bulk', ...args])).toMatchObject({ code: 2, err: `bngctl: ${message}\n` });
  });
});
