/**
 * Runs the conformance and system tests, and those of configd's kinds, with a real VPP beside the simulator. The program is
 * VPP_BIN, or `vpp` on PATH; its plugins lie at VPP_PLUGIN_PATH, or beside it in its installation prefix. Needs root:
 * each test process makes a network namespace of its own with its veth pairs, and both vanish with the process. Arguments
 * choose other tests.
 * Exit code 0 only when the real lane ran and nothing failed.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { realLaneTests } from './real-lane.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

const executable = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

function refuse(why) {
  console.error(`test-vpp: ${why}`);
  process.exit(2);
}

const { VPP_BIN, PATH = '' } = process.env;
const candidates = VPP_BIN ? [resolve(VPP_BIN)] : PATH.split(delimiter).map((folder) => join(folder, 'vpp'));
const vpp = candidates.find(executable);
if (!vpp) refuse(VPP_BIN ? `VPP_BIN=${VPP_BIN} cannot be executed` : 'no VPP: set VPP_BIN or put vpp on PATH');
if (process.getuid() !== 0) refuse('needs root, for network namespaces and packet sockets');

const results = mkdtempSync(join(tmpdir(), 'causeway-test-vpp-'));
console.log(`real VPP: ${vpp}`);
const tests = process.argv.slice(2);
const { status } = spawnSync(
  process.execPath,
  [join(root, 'scripts', 'run-tests.mjs'), ...(tests.length > 0 ? tests : realLaneTests)],
  { cwd: root, stdio: 'inherit', env: { ...process.env, VPP_BIN: vpp, TEST_RESULTS: results } },
);

/** Tests of the real lane that passed, by the lane's name in their title. */
function realLanePassed() {
  try {
    const { testResults } = JSON.parse(readFileSync(join(results, 'jest.json'), 'utf8'));
    const all = testResults.flatMap(({ assertionResults }) => assertionResults);
    return all.filter((one) => one.status === 'passed' && one.fullName.includes('real VPP')).length;
  } catch {
    return 0;
  }
}

const passed = realLanePassed();
console.log(`${passed} tests passed on the real VPP`);
rmSync(results, { recursive: true, force: true });
process.exit(status === 0 && passed > 0 ? 0 : 1);
