import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

let folder: string;
let child: ChildProcess | undefined;
const at = (...path: string[]) => join(folder, ...path);
const read = (...path: string[]) => readFileSync(at(...path), 'utf8');

function program(name: string, body: string): void {
  writeFileSync(at('bin', name), `#!/bin/bash\n${body}\n`);
  chmodSync(at('bin', name), 0o755);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-run-'));
  for (const name of ['bin', 'root/proc', 'shm']) mkdirSync(at(name), { recursive: true });
  writeFileSync(at('root/proc/meminfo'), 'MemAvailable: 16777216 kB\n');
  const sockets = `{ api: ${at('s/api.sock')}, cli: ${at('s/cli.sock')}, stats: ${at('s/stats.sock')} }`;
  writeFileSync(at('vpp.yaml'), `hugepages: { size: none }\nsockets: ${sockets}\ninstance: probe\n`);
  program('id', 'echo 0');
  program('vpp', 'echo "vpp $* umask $(umask)"; cat "$2"; [ -z "$WAIT" ] || exec sleep 60');
});
afterEach(async () => {
  const running = child?.exitCode === null && child.signalCode === null ? child : undefined;
  child = undefined;
  running?.kill('SIGKILL');
  await (running && once(running, 'exit'));
  rmSync(folder, { recursive: true });
});

const environment = (more: Record<string, string> = {}) => ({
  ...process.env,
  PATH: [at('bin'), process.env.PATH].join(delimiter),
  VPP_SETTINGS: at('vpp.yaml'),
  VPP_RUN_FOLDER: at('run'),
  VPP_SHARED_MEMORY: at('shm'),
  VPP_BIN: at('bin/vpp'),
  WAIT: '',
  ...more,
});
const script = (name: string, args: string[] = [], more: Record<string, string> = {}) =>
  spawnSync(join(process.cwd(), 'infra', 'vpp', `${name}.sh`), args, { encoding: 'utf8', env: environment(more) });
const run = (more: Record<string, string> = {}) => script('run', ['--root', at('root')], more);
const clean = () => script('clean');

/** VPP, staying. */
async function start(): Promise<ChildProcess> {
  child = spawn(join(process.cwd(), 'infra', 'vpp', 'run.sh'), ['--root', at('root')], {
    env: environment({ WAIT: '1' }),
  });
  await once(child.stdout ?? child, 'data');
  return child;
}

describe('vpp-run', () => {
  it('runs VPP with what it rendered, in place of itself', async () => {
    expect(run()).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^vpp -c \/.*\/run\/startup\.conf umask 0002\n# Rendered[\s\S]*prefix probe/),
    });
    expect(existsSync(at('s'))).toBe(true);
    const { pid } = await start();
    expect(read('run/pid')).toBe(`${pid}\n`);
  });

  it('runs one VPP only', async () => {
    await start();
    expect(run()).toMatchObject({ status: 1, stderr: expect.stringContaining('running already') });
  });

  it.each<[string, () => void, Record<string, string>, string]>([
    ['an ordinary user', () => program('id', 'echo 1000'), {}, 'VPP needs root'],
    ['without VPP', () => undefined, { VPP_BIN: '/nowhere/vpp' }, 'make vpp-install'],
    ['a machine that does not fit', () => rmSync(at('root/proc/meminfo')), {}, 'was not written'],
    ['settings with mistakes', () => writeFileSync(at('vpp.yaml'), 'a: 1'), {}, 'unknown key "a"'],
  ])('refuses %s', (_what, arrange, more, message) => {
    arrange();
    const { status, stdout, stderr } = run(more);
    expect([status === 0, stdout]).toEqual([false, '']);
    expect(stderr).toContain(message);
  });
});

describe('vpp-clean', () => {
  it('removes the sockets, the shared memory and the rendered file, and nothing else', async () => {
    run();
    const server = createServer().listen(at('s/api.sock'));
    await once(server, 'listening');
    for (const name of ['probe-global_vm', 'probe-vpe-api', 'global_vm', 'probe-other'])
      writeFileSync(at('shm', name), '');
    writeFileSync(at('s/cli.sock'), 'a file, no socket');
    expect(clean()).toMatchObject({ status: 0, stderr: '' });
    server.close();
    expect(['run', 's/api.sock', 's/cli.sock'].map((name) => existsSync(at(name)))).toEqual([false, false, true]);
    expect(['probe-global_vm', 'global_vm', 'probe-other'].map((name) => existsSync(at('shm', name)))).toEqual([
      false,
      true,
      true,
    ]);
    expect(clean().status).toBe(0);
  });

  it('refuses while VPP runs', async () => {
    await start();
    expect(clean()).toMatchObject({ status: 1, stderr: expect.stringContaining('VPP is running') });
    expect(existsSync(at('run/startup.conf'))).toBe(true);
  });
});
