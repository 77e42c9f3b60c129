import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const fingerprint = 'A'.repeat(40);
const packages = ['libvppinfra', 'vpp', 'vpp-plugin-core', 'vpp-plugin-dpdk'];
const inOrderOfFiles = ['libvppinfra', 'vpp-plugin-core', 'vpp-plugin-dpdk', 'vpp'];
/** SHA-256 of `deb of vpp\n` and its like, which the fake apt-get downloads. */
const checksums: Readonly<Record<string, string>> = {
  libvppinfra: sha256('deb of libvppinfra\n'),
  vpp: sha256('deb of vpp\n'),
  'vpp-plugin-core': sha256('deb of vpp-plugin-core\n'),
  'vpp-plugin-dpdk': sha256('deb of vpp-plugin-dpdk\n'),
};

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

let folder: string;
const at = (...path: string[]) => join(folder, ...path);
const read = (...path: string[]) => readFileSync(at(...path), 'utf8');
const calls = () => (existsSync(at('calls')) ? read('calls').trim().split('\n') : []);

/** A program on the PATH that notes its arguments and runs `body`. */
function program(name: string, body: string): void {
  writeFileSync(at('bin', name), `#!/bin/bash\necho "${name} $*" >>${at('calls')}\n${body}\n`);
  chmodSync(at('bin', name), 0o755);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-install-'));
  for (const name of ['bin', 'root/etc', 'root/usr/sbin']) mkdirSync(at(name), { recursive: true });
  writeFileSync(at('release.lock'), '# nothing yet\n');
  system('debian', '12');
  program('id', 'echo 0');
  program('dpkg', 'echo amd64');
  program('dpkg-query', 'exit 1');
  program('systemctl', '');
  program('curl', 'while [ "$1" != --output ]; do shift; done; echo key >"$2"');
  program(
    'gpg',
    `printf 'pub:-:4096:1:AA::::\\nfpr:::::::::${fingerprint}:\\nsub:-:::\\nfpr:::::::::${'B'.repeat(40)}:\\n'`,
  );
  program(
    'apt-get',
    `for word; do case "$word" in
       *=26.06-release) echo "deb of \${word%%=*}" >"\${word%%=*}_26.06-release_amd64.deb" ;;
     esac; done
     case "$*" in *install*) ls ${at('root/usr/sbin')} >${at('during-install')} ;; esac`,
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

function system(id: string, release: string): void {
  writeFileSync(at('root/etc/os-release'), `NAME="A system"\nID=${id}\nVERSION_ID="${release}"\n`);
}

function install(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(join(process.cwd(), 'infra', 'vpp', 'install.sh'), args, {
    encoding: 'utf8',
    env: {
      PATH: [at('bin'), '/usr/bin', '/bin'].join(delimiter),
      VPP_INSTALL_ROOT: at('root'),
      VPP_LOCK: at('release.lock'),
    },
  });
  return { status, stdout, stderr };
}
const aptCalls = (verb: string) => calls().filter((call) => call.startsWith('apt-get') && call.includes(` ${verb}`));
const lockLine = (name: string, codename = 'bookworm', sum = checksums[name]) =>
  `sha256 ${codename} amd64 ${name}_26.06-release_amd64.deb ${sum}\n`;
const fullLock = () => `key ${fingerprint}\n${inOrderOfFiles.map((name) => lockLine(name)).join('')}`;

describe('vpp-install', () => {
  it.each([
    ['debian', '12', 'debian/ bookworm'],
    ['ubuntu', '22.04', 'ubuntu/ jammy'],
    ['ubuntu', '24.04', 'ubuntu/ noble'],
  ])('installs the pinned release on %s %s', (id, release, suite) => {
    system(id, release);
    expect(install()).toMatchObject({ status: 0, stderr: '' });
    expect(read('root/etc/apt/sources.list.d/fdio-release.list')).toBe(
      `deb [arch=amd64 signed-by=/usr/share/keyrings/fdio-release.asc] https://packagecloud.io/fdio/release/${suite} main\n`,
    );
    expect(read('root/usr/share/keyrings/fdio-release.asc')).toBe('key\n');
    expect(read('root/etc/apt/preferences.d/fdio-release')).toContain('Pin: version 26.06-release\nPin-Priority: 1001');
    expect(aptCalls('download').join()).toContain(packages.map((name) => `${name}=26.06-release`).join(' '));
    const [installed = ''] = aptCalls('install');
    expect(packages.filter((name) => installed.includes(`/${name}_26.06-release_amd64.deb`))).toEqual(packages);
  });

  it('keeps the packages from starting VPP, and leaves no policy behind', () => {
    install();
    expect(read('during-install')).toContain('policy-rc.d');
    expect(existsSync(at('root/usr/sbin/policy-rc.d'))).toBe(false);
    expect(calls()).toContain('systemctl disable --quiet vpp.service');
  });

  it("respects the administrator's own policy", () => {
    writeFileSync(at('root/usr/sbin/policy-rc.d'), 'mine');
    install();
    expect(read('root/usr/sbin/policy-rc.d')).toBe('mine');
  });

  it('remembers key and checksums of the first time, and holds them against the next', () => {
    expect(install().stdout).toContain(`key ${fingerprint}`);
    expect(read('release.lock')).toBe(`# nothing yet\n${fullLock()}`);
    expect(install('--locked')).toMatchObject({ status: 0, stderr: '' });
    expect(read('release.lock')).toBe(`# nothing yet\n${fullLock()}`);
  });

  it('does nothing when the release is installed', () => {
    program('dpkg-query', 'echo -n "installed 26.06-release"');
    expect(install()).toMatchObject({ status: 0, stdout: 'vpp-install: VPP 26.06-release is installed\n' });
    expect(calls().filter((call) => /^(curl|apt-get)/.test(call))).toEqual([]);
  });

  it('replaces another release', () => {
    program('dpkg-query', 'echo -n "installed 25.10-release"');
    expect(install().status).toBe(0);
    expect(aptCalls('install')).toHaveLength(1);
  });

  it('removes all of it', () => {
    install();
    expect(install('--remove').status).toBe(0);
    expect(aptCalls('purge').join()).toContain(packages.join(' '));
    expect(existsSync(at('root/etc/apt/sources.list.d/fdio-release.list'))).toBe(false);
    expect(existsSync(at('root/usr/share/keyrings/fdio-release.asc'))).toBe(false);
  });
});

describe('vpp-install refuses', () => {
  it.each<[what: string, arrange: () => void, message: string]>([
    ['Debian 11', () => system('debian', '11'), 'no packages for debian 11; Debian 12, Ubuntu 22.04 or 24.04'],
    ['Ubuntu 25.04', () => system('ubuntu', '25.04'), 'no packages for ubuntu 25.04'],
    ['Fedora', () => system('fedora', '40'), 'no packages for fedora 40'],
    ['a system without a name', () => rmSync(at('root/etc/os-release')), 'does not say what it is'],
    ['another processor', () => program('dpkg', 'echo riscv64'), 'no packages for riscv64'],
    ['an ordinary user', () => program('id', 'echo 1000'), 'root is needed'],
    ['an unreachable repository', () => program('curl', 'exit 22'), 'could not be fetched'],
    [
      'a key file with two keys',
      () => program('gpg', "printf 'pub:\\nfpr:::::::::A:\\npub:\\nfpr:::::::::B:\\n'"),
      'more than one',
    ],
    ['a key file without a key', () => program('gpg', ''), 'no key'],
    ['another key', () => writeFileSync(at('release.lock'), `key ${'C'.repeat(40)}\n`), `expected ${'C'.repeat(40)}`],
    [
      'another checksum',
      () => writeFileSync(at('release.lock'), fullLock().replace(checksums.vpp ?? '', '0'.repeat(64))),
      `vpp_26.06-release_amd64.deb is not what ${'<lock>'} says`,
    ],
    ['a failing update', () => program('apt-get', 'exit 100'), 'apt-get update failed'],
    [
      'a repository without the release',
      () => program('apt-get', 'case "$*" in *download*) exit 100;; esac'),
      'has no 26.06-release',
    ],
    [
      'a download that is missing something',
      () => program('apt-get', 'case "$*" in *download*) echo x >vpp_26.06-release_amd64.deb;; esac'),
      '1 packages were downloaded, 4',
    ],
  ])('%s, and leaves nothing behind', (_what, arrange, message) => {
    arrange();
    expect(install()).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(message.replace('<lock>', at('release.lock'))),
    });
    expect(aptCalls('install')).toEqual([]);
    expect(existsSync(at('root/etc/apt/sources.list.d/fdio-release.list'))).toBe(false);
    expect(existsSync(at('root/usr/share/keyrings/fdio-release.asc'))).toBe(false);
  });

  it.each([
    ['the key', () => '# nothing\n', 'the key of the repository has no line'],
    ['a package', () => fullLock().replace(lockLine('vpp'), ''), 'vpp_26.06-release_amd64.deb has no line'],
    ['a package of this distribution', () => fullLock().replaceAll('bookworm', 'noble'), 'has no line'],
  ])('%s that is not locked, when asked to', (_what, lock, message) => {
    writeFileSync(at('release.lock'), lock());
    expect(install('--locked')).toMatchObject({ status: 1, stderr: expect.stringContaining(message) });
    expect(aptCalls('install')).toEqual([]);
  });

  it('an unknown option', () => {
    expect(install('--quick')).toMatchObject({ status: 1, stderr: expect.stringContaining('--quick') });
  });
});
