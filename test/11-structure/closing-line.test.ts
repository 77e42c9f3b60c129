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

describe('the closing line of a test run', () => {
  it.each(cases)('counts $what', ({ file, content, line, status }) => {
    writeFileSync(join(folder.path, file), content);
    const config = { rootDir: folder.path, testMatch: [`<rootDir>/${file}`], moduleFileExtensions: ['cjs', 'js'] };
    const script = join(repositoryRoot, 'scripts', 'run-tests.mjs');
    const results = join(folder.path, `${file}.results`);
    const run = spawnSync(process.execPath, [script, '--runInBand', '--config', JSON.stringify(config)], {
      encoding: 'utf8',
      env: { ...process.env, TEST_RESULTS: results },
    });
    expect(run.stdout.trimEnd().split('\n').at(-1)).toBe(line);
    expect(readFileSync(join(results, 'closing-line'), 'utf8')).toBe(`${line}\n`);
    expect(run.status).toBe(status);
  });
});
