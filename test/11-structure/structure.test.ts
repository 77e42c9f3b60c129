import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { temporaryFolder } from '../harness/child.js';
import { repositoryRoot } from '../harness/service.js';

jest.setTimeout(60_000);

const folder = temporaryFolder('structure');
afterAll(() => folder.remove());

function check(root: string): { status: number | null; findings: string[]; output: string } {
  const script = join(repositoryRoot, 'scripts', 'check-structure.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--root', root], { encoding: 'utf8' });
  return { status, findings: stderr.split('\n').filter(Boolean), output: stdout };
}

/** A small repository with these files, each breaking one rule or none. */
function repository(name: string, files: Record<string, string>): string {
  const root = join(folder.path, name);
  const all = {
    'package.json': '{ "name": "fixture", "type": "module", "dependencies": { "zod": "4.6.7" } }',
    'lib/net/address.ts': 'export const address = 1;\n',
    'services/one/main.ts': "import { address } from '#lib/net/address.js';\nexport const one = address;\n",
    ...files,
  };
  for (const [file, content] of Object.entries(all)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), content);
  }
  for (const file of ['tsconfig.json', 'scripts/resolve-sources.cjs', '.gitignore'])
    cpSync(join(repositoryRoot, file), join(root, file));
  for (const args of [
    ['init', '-q'],
    ['add', '-A', '-f'],
  ])
    spawnSync('git', args, { cwd: root });
  return root;
}

const one = "import { address } from '#lib/net/address.js';\nexport const one = address;\n";
const work = ['', 'work', 'somewhere', 'x'].join('/');
const openEnd = ['TO', 'DO'].join('');
const focus = ['it', 'only'].join('.');

const broken: [string, Record<string, string>, string][] = [
  [
    'a service that imports another',
    { 'services/two/main.ts': "import { one } from '../one/main.js';\nexport const two = one;\n" },
    'services/two/main.ts: no-sideways-service: services/one/main.ts',
  ],
  [
    'a library that imports a service',
    { 'lib/net/upward.ts': "import { one } from '../../services/one/main.js';\nexport const bad = one;\n" },
    'lib/net/upward.ts: lib-imports-no-service: services/one/main.ts',
  ],
  [
    'the kernel that imports another library, by its alias',
    { 'lib/kernel/bad.ts': one },
    'lib/kernel/bad.ts: kernel-imports-no-lib: lib/net/address.ts',
  ],
  [
    'the command line that imports a service',
    { 'cli/bad.ts': "import { one } from '../services/one/main.js';\nexport const bad = one;\n" },
    'cli/bad.ts: cli-imports-no-service: services/one/main.ts',
  ],
  [
    'an import of nothing',
    { 'lib/net/gone-import.ts': "import { gone } from './gone.js';\nexport const bad = gone;\n" },
    'lib/net/gone-import.ts: unresolvable: ./gone.js',
  ],
  [
    'a file that is too long',
    { 'lib/net/long.ts': 'export const a = 1;\n'.repeat(401) },
    'lib/net/long.ts: 401 lines, at most 400',
  ],
  ['a path of one machine', { 'docs/page.md': `see ${work}\n` }, `docs/page.md:1: a path of one machine: see ${work}`],
  [
    'an open end',
    { 'lib/net/open.ts': `// ${openEnd}: later\n` },
    `lib/net/open.ts:1: an open end: // ${openEnd}: later`,
  ],
  [
    'a focused test',
    { 'lib/net/address.test.ts': `${focus}('x', () => {});\n` },
    `lib/net/address.test.ts:1: a focused test: ${focus}('x', () => {});`,
  ],
  ['generated code', { 'gen/x.ts': 'export {};\n' }, 'gen/x.ts: generated code is not committed'],
  [
    'a dependency without an exact version',
    { 'package.json': '{ "type": "module", "dependencies": { "zod": "^4.6.7" } }' },
    'package.json: zod ^4.6.7: an exact version is expected',
  ],
];

describe('the structure check', () => {
  let inBroken: ReturnType<typeof check>;
  beforeAll(() => {
    inBroken = check(repository('broken', Object.assign({}, ...broken.map(([, files]) => files))));
  });

  it('accepts a tree that keeps the rules', () => {
    const { status, findings, output } = check(repository('good', {}));
    expect({ status, findings }).toEqual({ status: 0, findings: [] });
    expect(output).toMatch(/^2 modules, 1 imports/);
  });

  it.each(broken)('refuses %s', (_what, _files, finding) => {
    expect(inBroken.status).toBe(1);
    expect(inBroken.findings).toContain(finding);
  });

  it('finds nothing beside', () => {
    expect(inBroken.findings.toSorted()).toEqual(broken.map(([, , finding]) => finding).toSorted());
  });

  it('refuses a tree in which it sees no module', () => {
    const root = repository('empty', {});
    spawnSync('git', ['rm', '-rqf', 'lib', 'services'], { cwd: root });
    mkdirSync(join(root, 'lib'));
    expect(check(root)).toMatchObject({ status: 1, findings: ['imports: no module was seen'] });
  });
});

describe('this repository', () => {
  let result: ReturnType<typeof check>;
  beforeAll(() => {
    result = check(repositoryRoot);
  });

  it('keeps the rules', () => {
    expect(result.findings).toEqual([]);
  });

  it('was seen as a whole', () => {
    expect(Number(/^(\d+) modules/.exec(result.output)?.[1])).toBeGreaterThan(150);
  });
});
