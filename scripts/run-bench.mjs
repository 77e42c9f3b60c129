/** Runs the compiled benches one after the other; arguments choose by part of the name. Fails when one fails. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../dist/bench/', import.meta.url));
const wanted = process.argv.slice(2);
const benches = readdirSync(folder)
  .filter((file) => file.endsWith('.bench.js'))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();

const failed = benches.filter((file) => {
  console.log(`== ${file.replace('.bench.js', '')}`);
  return spawnSync(process.execPath, [join(folder, file)], { stdio: 'inherit' }).status !== 0;
});

if (benches.length === 0) console.error('no such bench');
for (const file of failed) console.error(`${file} failed`);
process.exitCode = benches.length === 0 || failed.length > 0 ? 1 : 0;
