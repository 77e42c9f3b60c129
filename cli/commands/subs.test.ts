import { afterEach, describe, expect, test } from '@jest/globals';
import { SessionState } from '#gen/bng/v1/subs.js';
import { BngError } from '#lib/kernel/errors.js';
import { type Answers, type Fakes, runCaptured, sampleSession, startFakes } from '../fake-services.testkit.js';

let fakes: Fakes;
const start = async (answers: Answers) => {
  fakes = await startFakes(answers);
  return fakes;
};
afterEach(async () => fakes?.stop());

describe('subs list', () => {
  test('a table for people', async () => {
    const waiting = sampleSession({
      sessionId: '65f0-2',
      state: SessionState.AUTHORIZING,
      ipv4: '',
      policy: {},
      startedMs: 0n,
      userName: 'evil\u001b[31m\nname',
    });
    const { run } = await start({ list: () => ({ sessions: [sampleSession(), waiting], total: 2 }) });
    const { code, out } = await run(['subs', 'list']);
    expect(code).toBe(0);
    expect(out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['STATE', 'ADDRESS', 'MAC', 'USER', 'LINE', 'VLAN', 'DOWN', 'UP', 'UPTIME', 'SESSION'],
      [
        'active',
        '100.64.0.9',
        '02:00:5e:10:00:01',
        'access.100.7',
        'access.100.7',
        '100.7',
        '100M',
        '20M',
        '5m10s',
        '65f0-1',
      ],
      ['authorizing', '02:00:5e:10:00:01', 'evil?[31m?name', 'access.100.7', '100.7', '-', '-', '65f0-2'],
      [''],
      ['2 of 2'],
      [''],
    ]);
  });

  test('filters', async () => {
    const { run, calls } = await start({ list: () => ({}) });
    const filters = [
      '--state',
      'active',
      '--vlan',
      '100.7',
      '--mac',
      '02:*',
      '--ip',
      '100.64.0.0/24',
      '--user',
      'a*',
      '--line',
      'x',
    ];
    expect(await run(['subs', 'list', ...filters])).toMatchObject({ code: 0, out: 'no subscribers match\n' });
    expect(calls).toEqual([
      [
        'list',
        {
          filter: {
            state: SessionState.ACTIVE,
            mac: '02:*',
            ipv4: '100.64.0.0/24',
            ipv6: '',
            userName: 'a*',
            line: 'x',
            outerVlan: 100,
            innerVlan: 7,
          },
          pageSize: 100,
          pageToken: '',
        },
      ],
    ]);
  });

  const pages: Answers['list'] = ({ pageToken }) => ({
    sessions: [sampleSession({ sessionId: `s${String(pageToken)}` })],
    nextPageToken: { '': 'p1', p1: 'p2', p2: '' }[String(pageToken)] ?? '',
    total: 3,
  });

  test('--all reads every page', async () => {
    const { run } = await start({ list: pages });
    const { out } = await run(['--json', 'subs', 'list', '--all']);
    const ids = (JSON.parse(out) as { sessions: { sessionId: string }[] }).sessions.map(({ sessionId }) => sessionId);
    expect(ids).toEqual(['s', 'sp1', 'sp2']);
  });

  test('a limited list says how to go on', async () => {
    const { run, calls } = await start({ list: pages });
    expect((await run(['subs', 'list', '--limit', '2'])).out).toMatch(/^2 of 3; more with --after p2$/m);
    expect((await run(['subs', 'list', '--after', 'p2'])).out).toMatch(/^1 of 3$/m);
    expect(calls.map(([, request]) => (request as { pageToken: string }).pageToken)).toEqual(['', 'p1', 'p2']);
  });

  test.each([
    [['--state', 'up'], '--state: "up" is none of authorizing, offered, active, terminating, rejected'],
    [['--vlan', '4095'], '--vlan: 4095 is not between 1 and 4094'],
    [['--vlan', '1.2.3'], '--vlan: "1.2.3" is not OUTER or OUTER.INNER'],
    [['--limit', '0'], '--limit: "0" is not a positive number'],
  ])('%j is a usage error', async (args, message) => {
    expect(await runCaptured(['subs', 'list', ...args])).toEqual({ code: 2, out: '', err: `bngctl: ${message}\n` });
  });
});

describe('subs show', () => {
  test('everything known', async () => {
    const { run, calls } = await start({ get: () => sampleSession() });
    const { code, out } = await run(['subs', 'show', '100.64.0.9']);
    expect(code).toBe(0);
    expect(calls).toEqual([['get', { key: '100.64.0.9' }]]);
    expect(out.split('\n').map((line) => line.replace(/ {2,}/, '='))).toEqual(
      expect.arrayContaining([
        'session=65f0-1',
        'state=active',
        'vlan=100.7',
        'circuit-id=eth 0/1',
        'remote-id=0x00ff',
        'download=100M',
        'session timeout=1d',
        'received=1.5 MB, 1200 packets',
        'sent=2 GB, 1500 packets',
        'created=1970-01-12 13:30:00Z',
        'up for=5m10s',
      ]),
    );
  });

  test('the IPv6 half', async () => {
    const ipv6 = {
      linkLocal: 'fe80::1',
      address: '2001:db8:64::a',
      addressPool: 'na',
      delegatedPrefix: '2001:db8:a000::/56',
      framedPrefix: '2001:db8:aa:7::/64',
      routes: ['2001:db8:f000::/48'],
      duid: Buffer.from('00030001', 'hex'),
    };
    const { run, calls } = await start({ get: () => sampleSession({ ipv4: '', ipv6 }) });
    const { out } = await run(['subs', 'show', '2001:db8:a000:7::1']);
    expect(calls).toEqual([['get', { key: '2001:db8:a000:7::1' }]]);
    expect(out.split('\n').map((line) => line.replace(/ {2,}/, '='))).toEqual(
      expect.arrayContaining([
        'ipv6=2001:db8:64::a (pool na)',
        'delegated=2001:db8:a000::/56',
        'advertised=2001:db8:aa:7::/64',
        'ipv6 routes=2001:db8:f000::/48',
        'link-local=fe80::1',
        'duid=00030001',
      ]),
    );
  });

  test('a list by IPv6 prefix', async () => {
    const { run, calls } = await start({
      list: () => ({ sessions: [sampleSession({ ipv4: '', ipv6: { address: '2001:db8::a' } })] }),
    });
    expect((await run(['subs', 'list', '--ip', '2001:db8::/32'])).out).toMatch(/active +2001:db8::a /);
    expect(calls).toMatchObject([['list', { filter: { ipv4: '', ipv6: '2001:db8::/32' } }]]);
  });

  test('nobody there ends with 4', async () => {
    const { run } = await start({
      get: () => {
        throw new BngError('not_found', 'no subscriber "x"');
      },
    });
    expect(await run(['subs', 'show', 'x'])).toEqual({ code: 4, out: '', err: 'bngctl: no subscriber "x"\n' });
  });
});

describe('subs disconnect', () => {
  test('ends the session the key stands for', async () => {
    const { run, calls } = await start({
      get: () => sampleSession(),
      disconnect: () => ({ session: sampleSession() }),
    });
    const outcome = await run(['subs', 'disconnect', 'access.100.7', '--reason', 'ticket 7']);
    expect(outcome).toEqual({ code: 0, err: '', out: 'disconnected access.100.7 100.64.0.9 (65f0-1)\n' });
    expect(calls[1]).toMatchObject([
      'disconnect',
      { selector: { sessionId: '65f0-1' }, cause: 6, reason: 'ticket 7', source: 'cli' },
    ]);
  });
});

describe('subs service', () => {
  test('switches all that is named in one request', async () => {
    const after = sampleSession({ services: [{ name: 'turbo', acctSessionId: '', sinceMs: 0n, counters: undefined }] });
    const { run, calls } = await start({ get: () => sampleSession(), update: () => ({ session: after, vppMs: 0.4 }) });
    const outcome = await run(['subs', 'service', '65f0-1', '--on', 'turbo', '--off', 'walled', '--off', 'night']);
    expect(outcome.out).toBe('changed 65f0-1: services turbo; VPP confirmed in 0.4 ms\n');
    expect(calls[1]).toMatchObject(['update', { activate: ['turbo'], deactivate: ['walled', 'night'] }]);
  });

  test('nothing to switch is a usage error', async () => {
    expect(await runCaptured(['subs', 'service', 'x'])).toMatchObject({
      code: 2,
      err: 'bngctl: give --on, --off or both\n',
    });
  });
});

describe('subs set-rate', () => {
  const after = sampleSession({ policy: { downloadBps: 50_500_000n, uploadBps: 20_000_000n } });

  test('changes the named direction only', async () => {
    const { run, calls } = await start({ get: () => sampleSession(), update: () => ({ session: after, vppMs: 0.4 }) });
    const outcome = await run(['subs', 'set-rate', '65f0-1', '--down', '50.5M']);
    expect(outcome.out).toBe('changed 65f0-1: down 100M -> 50.5M, up 20M -> 20M; VPP confirmed in 0.4 ms\n');
    expect(calls[1]).toMatchObject(['update', { policy: { downloadBps: 50_500_000n, uploadBps: undefined } }]);
  });

  test.each([
    [[], 'give --down, --up or both'],
    [['--down', 'fast'], '--down: "fast" is no rate such as 512k, 100M, 2.5G'],
    [['--up', '0'], '--up: 0 is not a rate between 1 bit/s and 400 Gbit/s'],
    [['--up', '1T'], '--up: 1000000000000 is not a rate between 1 bit/s and 400 Gbit/s'],
  ])('%j is a usage error', async (args, message) => {
    expect(await runCaptured(['subs', 'set-rate', 'x', ...args])).toMatchObject({
      code: 2,
      err: `bngctl: ${message}\n`,
    });
  });

  test('a refusal ends with 1', async () => {
    const { run } = await start({
      get: () => sampleSession(),
      update: () => {
        throw new BngError('dataplane', 'policer_update: -7 INVALID_VALUE');
      },
    });
    expect(await run(['subs', 'set-rate', 'x', '--up', '1M'])).toMatchObject({
      code: 1,
      err: 'bngctl: policer_update: -7 INVALID_VALUE\n',
    });
  });
});
