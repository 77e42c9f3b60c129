/**
 * Exit code 0 when node_modules holds exactly what package-lock.json names for this platform.
 * npm writes node_modules/.package-lock.json last, so an interrupted installation counts as missing.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const packages = (file) => {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
  } catch {
    return undefined;
  }
};

const wanted = packages('package-lock.json');
const present = packages('node_modules/.package-lock.json');
const stale = (path) =>
  present[path] === undefined ? !wanted[path].optional : present[path].integrity !== wanted[path].integrity;

if (!wanted) throw new Error('package-lock.json is missing or not JSON');
process.exitCode = !present || Object.keys(wanted).some((path) => path !== '' && stale(path)) ? 1 : 0;
