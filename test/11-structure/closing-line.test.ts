import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { temporaryFolder } from '../harness/child.js';
import { repositoryRoot } from '../harness/service.js';

jest.setTimeout(60_000);

const folder = temporaryFolder('closing-line');
afterAll(() => folder.remove());

const cases = [
  {
    what: 'passed and skipped tests',
    file: 'good.cjs',
    content: "test('a', () => {}); test('b', () => {}); test.skip('c', () => {}); test.todo('d');",
    line: '2 passed, 0 failed, 2 skipped',
    status: 0,
  },
  {
    what: 'a failed test',
    file: 'bad.cjs',
    content: "test('a', () => {}); test('b', () => { throw new Error('no'); });",
    line: '1 passed, 1 failed, 0 skipped',
    status: 1,
  },
  {
    what: 'a file that cannot run as one failed test',
    file: 'broken.cjs',
    content: "throw new Error('no');",
    line: '0 passed, 1 failed, 0 skipped',
    status: 1,
  },
  {
    what: 'a run with skipped tests only',
    file: 'skipped.cjs',
    content: "test.skip('a', () => {});",
    line: '0 passed, 0 failed, 1 skipped',
    status: 1,
  },
  {
    what: 'a run without a test',
    file: 'none-matches',
    content: '',
    line: '0 passed, 0 failed, 0 skipped',
    status: 1,
  },
  {
    what: 'a test runner that ends without a result',
    file: 'exit.cjs',
    content: 'process.kill(process.pid, "SIGKILL"); setTimeout(() => {}, 60000);',
    line: '0 passed, 1 failed, 0 skipped',
    status: 1,
  },
];

/** Runs `scripts/run-tests.mjs` on the tests of one file. */
function runOn(file: string, ...more: string[]) {
  const config = { rootDir: folder.path, testMatch: [`<rootDir>/${file}`], moduleFileExtensions: ['cjs', 'js'] };
  const script = join(repositoryRoot, 'scripts', 'run-tests.mjs');
  const results = join(folder.path, `${file}.results`);
  const run = spawnSync(process.execPath, [script, '--runInBand', `--config=${JSON.stringify(config)}`, ...more], {
    encoding: 'utf8',
    env: { ...process.env, TEST_RESULTS: results },
  });
  return { ...run, lines: run.stdout.trimEnd().split('\n'), results };
}

describe('the closing line of a test run', () => {
  it.each(cases)('counts $what', ({ file, content, line, status }) => {
    writeFileSync(join(folder.path, file), content);
    const { lines, status: ended, results } = runOn(file);
    expect(lines.at(-1)).toBe(line);
    expect(readFileSync(join(results, 'closing-line'), 'utf8')).toBe(`${line}\n`);
    expect(ended).toBe(status);
  });
});

/** Fails until a mark of its first run lies in the folder. */
const second = (name: string) =>
  `test('${name}', () => { const fs = require('node:fs'); const mark = __dirname + '/${name}.mark';
     const again = fs.existsSync(mark); fs.writeFileSync(mark, ''); if (!again) throw new Error('the first time'); });`;

describe('with --retry', () => {
  it('a file that failed runs once more; what passes then is named', () => {
    writeFileSync(join(folder.path, 'one-time.cjs'), `test('a', () => {}); test.skip('b', () => {}); ${second('c')}`);
    const { lines, status } = runOn('one-time.cjs', '--retry');
    expect(lines.slice(-2)).toEqual([
      `unsteady: failed, then passed alone: ${folder.path}/one-time.cjs: c`,
      '2 passed, 0 failed, 1 skipped',
    ]);
    expect(status).toBe(0);
  });

  it('what fails again has failed', () => {
    writeFileSync(join(folder.path, 'always.cjs'), `${second('d')} test('e', () => { throw new Error('no'); });`);
    const { lines, status } = runOn('always.cjs', '--retry');
    expect(lines.at(-1)).toBe('1 passed, 1 failed, 0 skipped');
    expect(status).toBe(1);
  });

  it('many failed files are no chance: none runs again', () => {
    for (const name of ['w', 'x', 'y', 'z']) writeFileSync(join(folder.path, `many-${name}.cjs`), second(name));
    const { lines, status } = runOn('many-*.cjs', '--retry');
    expect(lines.at(-1)).toBe('0 passed, 4 failed, 0 skipped');
    expect(status).toBe(1);
  });
});
