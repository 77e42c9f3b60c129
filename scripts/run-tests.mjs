/**
 * Runs jest and closes with the one line `N passed, N failed, N skipped`, counting tests (a test file that could not
 * run counts as one failed). Arguments go to jest. Exit code 0 only when tests ran and none failed.
 *
 * With `--retry`, when only a few files failed, these run once more, alone on the machine. What fails again has failed; what
 * passes then is counted as passed and named as unsteady, with its first failure above: a fault to be looked into all the same.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const resultFolder = process.env.TEST_RESULTS ?? join(root, '.run');
const resultFile = join(resultFolder, 'jest.json');
const closingFile = join(resultFolder, 'closing-line');
/** More failed files than this are no matter of chance: none of them runs again. */
const mostRetried = 3;
/** Longest run; a test that leaves something open would otherwise keep jest alive for ever. */
const limitMs = 25 * 60_000;

/** Node switches for jest and its workers; the second is unknown to the first releases of Node 20. */
const nodeOptions = () => {
  const quiet = '--disable-warning';
  return [
    process.env.NODE_OPTIONS,
    '--experimental-vm-modules',
    process.allowedNodeEnvironmentFlags.has(quiet) ? `${quiet}=ExperimentalWarning` : undefined,
  ]
    .filter(Boolean)
    .join(' ');
};

function runJest(args) {
  mkdirSync(resultFolder, { recursive: true });
  rmSync(resultFile, { force: true });
  rmSync(closingFile, { force: true });
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const options = ['--ci', '--coverage=false', '--json', `--outputFile=${resultFile}`, ...args];
  return spawnSync(process.execPath, [jest, ...options], {
    cwd: root,
    // With --json jest prints the results on stdout as well as into the file; the summary goes to stderr.
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: nodeOptions() },
    timeout: limitMs,
  });
}

/** @returns {{numPassedTests: number, testResults: object[]} | undefined} undefined when jest left no result */
function readResult() {
  try {
    return JSON.parse(readFileSync(resultFile, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @returns {{passed: number, failed: number, skipped: number}} all failed when there is no result */
const countsOf = (result) =>
  result === undefined
    ? { passed: 0, failed: 1, skipped: 0 }
    : {
        passed: result.numPassedTests,
        failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
        skipped: result.numPendingTests + result.numTodoTests,
      };

const failedFiles = (result) => (result?.testResults ?? []).filter(({ status }) => status === 'failed');
const failedTests = (files) =>
  files.flatMap(({ name, assertionResults }) => {
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    return failed.length === 0 ? [name] : failed.map(({ fullName }) => `${name}: ${fullName}`);
  });
const passedIn = ({ assertionResults }) => assertionResults.filter(({ status }) => status === 'passed').length;
const skippedIn = ({ assertionResults }) => assertionResults.filter(({ status }) => /pending|todo/.test(status)).length;
const sum = (numbers) => numbers.reduce((total, each) => total + each, 0);

/** The failed files of a run once more, one after the other. Counts and failures of both runs as one. */
function retry(first, options) {
  const files = failedFiles(first);
  console.error(`\n${files.length} of the test files failed and run once more, alone`);
  const { status } = runJest(['--runInBand', ...options, '--runTestsByPath', ...files.map(({ name }) => name)]);
  const second = readResult();
  const before = countsOf(first);
  const now = countsOf(second);
  const stillFailed = new Set(failedTests(failedFiles(second)));
  if (second !== undefined)
    for (const test of failedTests(files).filter((each) => !stillFailed.has(each)))
      console.log(`unsteady: failed, then passed alone: ${test.replace(root, '')}`);
  return {
    status,
    counts: {
      passed: before.passed - sum(files.map(passedIn)) + now.passed,
      failed: now.failed,
      skipped: before.skipped - sum(files.map(skippedIn)) + now.skipped,
    },
  };
}

function runAll(args, mayRetry) {
  const { status, signal } = runJest(args);
  if (signal) console.error(`jest was ended by ${signal}`);
  const result = readResult();
  const failed = failedFiles(result).length;
  if (!mayRetry || failed === 0 || failed > mostRetried) return { status, counts: countsOf(result) };
  return retry(
    result,
    args.filter((each) => each.startsWith('-')),
  );
}

const args = process.argv.slice(2);
const { status, counts } = runAll(
  args.filter((each) => each !== '--retry'),
  args.includes('--retry'),
);
const { passed, failed, skipped } = counts;
const good = status === 0 && failed === 0 && passed > 0;
const closingLine = `${passed} passed, ${failed} failed, ${skipped} skipped`;
if (passed === 0 && failed === 0) console.error('no test ran');
if (status !== 0 && failed === 0) console.error(`jest ended with ${status} although no test failed`);
writeFileSync(closingFile, `${closingLine}\n`);
console.log(closingLine);
process.exitCode = good ? 0 : 1;
