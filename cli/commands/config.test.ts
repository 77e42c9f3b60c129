import { afterEach, describe, expect, test } from '@jest/globals';
import { PlanStep_Action } from '#gen/bng/v1/configd.js';
import { BngError } from '#lib/kernel/errors.js';
import { type Answers, type Fakes, runCaptured, startFakes } from '../fake-services.testkit.js';

const action = PlanStep_Action;
const steps = [
  {
    action: action.CREATE,
    kind: 'vrf',
    key: 'vrf/blue',
    before: '',
    after: '{"table":10}',
    text: 'VRF blue: table 10',
  },
  {
    action: action.UPDATE,
    kind: 'policer',
    key: 'policer/gold',
    before: '',
    after: '',
    text: 'policer gold: cir 1M -> 2M',
  },
  {
    action: action.REMOVE,
    kind: 'route',
    key: 'route/default/10.0.0.0_8',
    before: '{}',
    after: '',
    text: 'route 10.0.0.0/8',
  },
];
const lines = steps.map((step) => ({ action: step.action, count: 1, text: step.text }));
const impact = { dropped: 0, reprogrammed: 1, touched: 2, droppedSessions: [] };
const file = { read: async () => 'vrfs: {}\n' };
let fakes: Fakes;
const start = async (answers: Answers) => {
  fakes = await startFakes(answers);
  return fakes;
};
afterEach(async () => fakes?.stop());

describe('apply', () => {
  test('shows the steps and the outcome', async () => {
    const { run, calls } = await start({
      apply: () => ({ version: 12n, etag: 'e12', steps, lines, impact, messagesSent: 8, executeMs: 4.25 }),
    });
    const outcome = await run(['apply', '-f', 'bng.yaml', '--comment', 'new vrf'], { ...file, env: { USER: 'noc' } });
    expect(outcome).toEqual({
      code: 0,
      err: '',
      out: [
        '+ VRF blue: table 10',
        '~ policer gold: cir 1M -> 2M',
        '- route 10.0.0.0/8',
        '',
        'applied as version 12: 1 to create, 1 to change, 1 to remove; ' +
          '1 session reprogrammed, 2 sessions touched; 8 messages to VPP in 4.3 ms',
        '',
      ].join('\n'),
    });
    expect(calls).toMatchObject([
      ['apply', { yaml: 'vrfs: {}\n', dryRun: false, user: 'noc', source: 'cli', comment: 'new vrf' }],
    ]);
  });

  test('a second apply has nothing to do', async () => {
    const { run } = await start({ apply: () => ({}) });
    expect(await run(['apply', '-f', 'x'], file)).toMatchObject({
      code: 0,
      out: 'no changes: VPP has all of it already, no message was sent\n',
    });
  });

  test('a text that differs in comments only says so', async () => {
    const { run } = await start({ apply: () => ({ version: 5n }) });
    expect((await run(['apply', '-f', 'x'], file)).out).toBe(
      'only the text changed (comments, order): stored as version 5, no message was sent to VPP\n',
    );
  });

  test('the loss of sessions is allowed by a flag only', async () => {
    const { run, calls } = await start({ apply: () => ({}) });
    await run(['apply', '-f', 'x'], file);
    await run(['apply', '-f', 'x', '--allow-session-loss'], file);
    expect(calls).toMatchObject([
      ['apply', { allowSessionLoss: false }],
      ['apply', { allowSessionLoss: true }],
    ]);
  });

  test('warnings name their place and leave the output clean', async () => {
    const warnings = [{ message: 'no route to it', line: 4, column: 9, path: 'vrfs.blue', file: '' }];
    const { run } = await start({ apply: () => ({ warnings }), plan: () => ({ warnings }) });
    const err = 'x.yaml:4:9: warning: vrfs.blue: no route to it\n';
    expect(await run(['--json', 'apply', '-f', 'x.yaml'], file)).toMatchObject({ code: 0, err });
    expect(await run(['diff', '-f', 'x.yaml'], file)).toEqual({ code: 0, err, out: 'no differences\n' });
  });

  test('a dry run says so', async () => {
    const { run, calls } = await start({ apply: () => ({ steps, lines }) });
    const { out } = await run(['apply', '-f', 'x', '--dry-run'], file);
    expect(out).toMatch(/^dry run: .*; no sessions affected; nothing was sent$/m);
    expect(calls).toMatchObject([['apply', { dryRun: true }]]);
  });

  test('--json is the answer as it came', async () => {
    const { run } = await start({ apply: () => ({ version: 3n, steps }) });
    const { out } = await run(['--json', 'apply', '-f', 'x'], file);
    expect(JSON.parse(out)).toMatchObject({
      version: '3',
      steps: [{ action: 'ACTION_CREATE', key: 'vrf/blue' }, {}, {}],
    });
  });

  test.each([
    [
      'several places',
      new BngError('invalid_argument', '3:5: vrfs.blue: unknown key "tabel"\n7:1: acls: a mapping is expected'),
    ],
    ['one place in the fields', new BngError('invalid_argument', 'unknown key "tabel"', { line: 3, column: 5 })],
  ])('errors name file, line and column: %s', async (_name, error) => {
    const { run } = await start({
      apply: () => {
        throw error;
      },
    });
    const { code, err, out } = await run(['apply', '-f', 'dir/bng.yaml'], file);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^dir\/bng\.yaml:3:5: .*unknown key "tabel"$/m);
    expect(
      err
        .trimEnd()
        .split('\n')
        .every((line) => line.startsWith('dir/bng.yaml:')),
    ).toBe(true);
  });

  test.each([
    [['apply'], 2, /required option '-f, --file <file>' not specified/],
    [['apply', '-f', 'missing.yaml'], 2, /missing\.yaml: no such file/],
    [['aply'], 2, /unknown command 'aply'/],
    [['--timeout', 'x', 'status'], 2, /--timeout: "x" is not positive/],
    [['--configd', 'nowhere', 'diff'], 2, /configd: "nowhere" is not host:port/],
  ])('%j is a usage error', async (args, code, message) => {
    const outcome = await runCaptured(args);
    expect(outcome.code).toBe(code);
    expect(outcome.err).toMatch(message);
  });
});

describe('files and folders', () => {
  const tree: Record<string, string[]> = {
    net: ['README.md', '.hidden.yaml', 'acls.yaml', 'base.yaml', 'nodes', 'vrfs.yml'],
    'net/nodes': ['bng1.yaml', 'bng2.yaml'],
    flat: ['b.yaml', 'a.yaml'],
    none: ['x.txt'],
  };
  const disk = {
    entries: async (path: string) => tree[path.replace(/\/$/, '')],
    read: async (path: string) => `# ${path}`,
  };
  const sent = async (args: string[], node = 'bng1') => {
    const { run, calls } = await start({ apply: () => ({}), status: () => ({ node }) });
    const outcome = await run(['apply', ...args], disk);
    const [, request] = calls.find(([method]) => method === 'apply') ?? [];
    return { outcome, request: request as { yaml: string; files: { name: string }[] } | undefined };
  };

  test.each([
    [
      'a folder: base first, then by name, the node last',
      ['-f', 'net'],
      ['net/base.yaml', 'net/acls.yaml', 'net/vrfs.yml', 'net/nodes/bng1.yaml'],
    ],
    [
      'another node',
      ['-f', 'net', '--node', 'bng2'],
      ['net/base.yaml', 'net/acls.yaml', 'net/vrfs.yml', 'net/nodes/bng2.yaml'],
    ],
    ['a folder without nodes', ['-f', 'flat'], ['flat/b.yaml', 'flat/a.yaml']],
    ['several, in their order', ['-f', 'z.yaml', '-f', 'a.yaml'], ['z.yaml', 'a.yaml']],
  ])('%s', async (_name, args, names) => {
    const { request } = await sent(args);
    expect(request).toMatchObject({ yaml: '', files: names.map((name) => ({ name, text: `# ${name}` })) });
  });

  test('one file is sent without its name', async () => {
    expect((await sent(['-f', 'z.yaml'])).request).toMatchObject({ yaml: '# z.yaml', files: [] });
  });

  test.each([
    ['an empty folder', ['-f', 'none'], /none: no YAML file in this folder/],
    [
      'a node without a file',
      ['-f', 'net', '--node', 'x'],
      /net\/nodes: no file for node "x" \(bng1\.yaml, bng2\.yaml\)/,
    ],
  ])('%s is refused', async (_name, args, message) => {
    const { outcome, request } = await sent(args);
    expect([outcome.code, request]).toEqual([2, undefined]);
    expect(outcome.err).toMatch(message);
  });

  test('errors and warnings name the file that the service names', async () => {
    const warnings = [{ message: 'rounds', line: 4, column: 9, path: 'routes[0]', file: 'a.yaml' }];
    const refused = new BngError(
      'invalid_argument',
      'configuration refused:\n  a.yaml:3:5: x: wrong\n  b.yaml:1:1: y: wrong',
    );
    const { run } = await start({
      apply: ({ dryRun }) => {
        if (dryRun) throw refused;
        return { warnings };
      },
    });
    const args = ['apply', '-f', 'a.yaml', '-f', 'b.yaml'];
    expect((await run(args, disk)).err).toBe('a.yaml:4:9: warning: routes[0]: rounds\n');
    expect((await run([...args, '--dry-run'], disk)).err).toBe(
      'configuration refused:\na.yaml:3:5: x: wrong\nb.yaml:1:1: y: wrong\n',
    );
  });
});

describe('diff', () => {
  test.each([
    ['no differences', [], 0, 'no differences\n'],
    ['differences', steps.slice(0, 1), 3, '+ VRF blue: table 10\n\n1 to create; no sessions affected\n'],
  ])('%s', async (_name, found, code, out) => {
    const { run } = await start({ plan: () => ({ steps: found, lines: lines.slice(0, found.length) }) });
    expect(await run(['diff', '-f', 'x'], file)).toEqual({ code, out, err: '' });
  });

  test('without a file it asks for drift', async () => {
    const { run, calls } = await start({ plan: () => ({}) });
    await run(['diff']);
    expect(calls).toEqual([['plan', { yaml: '', files: [], messages: false }]]);
  });

  test('shows the requests to VPP when asked', async () => {
    const messages = [
      { name: 'create_subif', count: 4000, examples: ['{"sub_id":1}', '{"sub_id":2}'] },
      { name: 'ip_table_add_del_v2', count: 1, examples: ['{"is_add":true}'] },
    ];
    const { run, calls } = await start({ plan: () => ({ steps, lines, messages, messagesNote: 'and what VPP says' }) });
    const { out } = await run(['diff', '-f', 'x', '--messages'], file);
    expect(calls).toMatchObject([['plan', { messages: true }]]);
    expect(out.split('\n').slice(-7, -1)).toEqual([
      '4001 messages to VPP:',
      '   4000  create_subif',
      '         {"sub_id":1}',
      '      1  ip_table_add_del_v2',
      '         {"is_add":true}',
      'and what VPP says',
    ]);
  });

  test('colours only on a terminal', async () => {
    const { run } = await start({ plan: () => ({ steps, lines }) });
    expect((await run(['diff'], { colour: true })).out).toContain('\u001b[32m+ VRF blue: table 10\u001b[39m');
  });
});

test('a service that is away ends with 5', async () => {
  const outcome = await runCaptured(['--configd', '127.0.0.1:1', 'diff']);
  expect(outcome.code).toBe(5);
  expect(outcome.err).toBe('bngctl: connect ECONNREFUSED 127.0.0.1:1\n');
});

test('help lists the exit codes', async () => {
  const outcome = await runCaptured(['--help']);
  expect(outcome.code).toBe(0);
  expect(outcome.out).toContain('3  diff: something would change');
});
