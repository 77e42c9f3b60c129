/**
 * npm leaves packages of other platforms out of package-lock.json when the registry at hand does not carry them, and
 * `npm ci` then refuses the file everywhere. This adds them: name, version, platform, no digest, because nobody here
 * could have checked it. `--check` only names what is missing. Run it after `npm install`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const lock = JSON.parse(readFileSync(file, 'utf8'));

const systems = {
  android: 'android',
  darwin: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  openharmony: 'openharmony',
  win32: 'win32',
};
const processors = {
  aarch64: 'arm64',
  arm: 'arm',
  armv7: 'arm',
  arm64: 'arm64',
  ia32: 'ia32',
  loong64: 'loong64',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  x64: 'x64',
};

/** `@x/cli-linux-arm64-musl` says which machines it is for. */
function platform(name) {
  const words = name.split(/[-/]/);
  const os = words.map((word) => systems[word]).find(Boolean);
  const cpu = words.map((word) => processors[word]).find(Boolean);
  if (!os || !cpu) throw new Error(`${name}: its platform is not known`);
  const libc = { gnu: 'glibc', musl: 'musl' }[words.at(-1)];
  return { os: [os], cpu: [cpu], ...(os === 'linux' && libc && { libc: [libc] }) };
}

/** Entries that npm would look for: next to the package that wants them, or anywhere above. */
const present = (owner, name) => {
  const parts = owner.split('/node_modules/');
  return (
    parts.some((_, i) => lock.packages[`${parts.slice(0, i + 1).join('/node_modules/')}/node_modules/${name}`]) ||
    lock.packages[`node_modules/${name}`] !== undefined
  );
};

const missing = Object.entries(lock.packages).flatMap(([owner, { optionalDependencies, dev }]) =>
  Object.entries(optionalDependencies ?? {})
    .filter(([name]) => !present(owner, name))
    .map(([name, version]) => ({ name, version, dev })),
);

for (const { name, version } of missing) console.log(`${name}@${version} is missing from package-lock.json`);
if (process.argv.includes('--check')) process.exitCode = missing.length === 0 ? 0 : 1;
else if (missing.length > 0) {
  for (const { name, version, dev } of missing) {
    if (!/^\d+\.\d+\.\d+[\w.-]*$/.test(version)) throw new Error(`${name}: ${version} is a range`);
    lock.packages[`node_modules/${name}`] = { version, ...platform(name), ...(dev && { dev }), optional: true };
  }
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}
