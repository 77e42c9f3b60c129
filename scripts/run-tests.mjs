/**
 * Runs jest and closes with the one line `N passed, N failed, N skipped`, counting tests (a test file that could not
 * run counts as one failed). Arguments go to jest. Exit code 0 only when tests ran and none failed.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const resultFolder = process.env.TEST_RESULTS ?? join(root, '.run');
const resultFile = join(resultFolder, 'jest.json');
const closingFile = join(resultFolder, 'closing-line');
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

/** @returns {{passed: number, failed: number, skipped: number}} all failed when jest left no result */
function readCounts() {
  try {
    const result = JSON.parse(readFileSync(resultFile, 'utf8'));
    return {
      passed: result.numPassedTests,
      failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
      skipped: result.numPendingTests + result.numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

const { status, signal } = runJest(process.argv.slice(2));
const { passed, failed, skipped } = readCounts();
const good = status === 0 && failed === 0 && passed > 0;
const closingLine = `${passed} passed, ${failed} failed, ${skipped} skipped`;
if (signal) console.error(`jest was ended by ${signal}`);
if (passed === 0 && failed === 0) console.error('no test ran');
if (status !== 0 && failed === 0) console.error(`jest ended with ${status} although no test failed`);
writeFileSync(closingFile, `${closingLine}\n`);
console.log(closingLine);
process.exitCode = good ? 0 : 1;
