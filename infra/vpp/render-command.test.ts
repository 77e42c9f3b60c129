import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { renderCommand } from './render-command.js';

let folder: string;
let settings: string;
let target: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-render-'));
  settings = join(folder, 'vpp.yaml');
  target = join(folder, 'etc', 'startup.conf');
  writeFileSync(settings, 'hugepages: { size: none }\nmemory: { mainHeap: 512M }\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

function render(...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const code = renderCommand(args, { out: (text) => out.push(text), err: (text) => err.push(text) });
  return { code, out: out.join(''), err: err.join('') };
}
const here = () => ['--settings', settings, '--output', target, '--root', folder];
/** A machine with memory enough. */
const giveMemory = () => {
  mkdirSync(join(folder, 'proc'), { recursive: true });
  writeFileSync(join(folder, 'proc', 'meminfo'), 'MemAvailable: 8388608 kB\n');
};

describe('render', () => {
  it('writes the file, and leaves it alone when it is the same', () => {
    giveMemory();
    expect(render(...here())).toMatchObject({ code: 0, out: '', err: expect.stringContaining(`${target} written`) });
    expect(readFileSync(target, 'utf8')).toContain('main-heap-size 512M');
    expect(statSync(target).mode & 0o777).toBe(0o644);
    expect(readdirSync(join(folder, 'etc'))).toEqual(['startup.conf']);
    expect(render(...here()).err).toContain('is unchanged');
  });

  it('writes nothing on a machine that does not fit, unless forced', () => {
    expect(render(...here())).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /vpp\.yaml:2:21: error: memory\.mainHeap: VPP may grow .*; lower[\s\S]*was not written/,
      ),
    });
    expect(existsSync(target)).toBe(false);
    expect(render(...here(), '--force').code).toBe(0);
    expect(existsSync(target)).toBe(true);
  });

  it('prints what it would write with --dry-run', () => {
    expect(render(...here(), '--dry-run')).toMatchObject({ code: 1, out: expect.stringContaining('\nsocksvr {') });
    giveMemory();
    expect(render(...here(), '--dry-run')).toMatchObject({ code: 0, err: expect.stringContaining('sizes: heap 512M') });
    expect(existsSync(target)).toBe(false);
  });

  it('keeps the old file whole when the new one cannot be put in its place', () => {
    giveMemory();
    writeFileSync(settings, 'hugepages: { size: none }\n');
    const occupied = join(folder, 'occupied');
    mkdirSync(join(occupied, 'startup.conf', 'x'), { recursive: true });
    expect(render('--settings', settings, '--root', folder, '--output', join(occupied, 'startup.conf')).code).toBe(2);
    expect(readdirSync(occupied)).toEqual(['startup.conf']);
  });

  it('names mistakes with file, line and column', () => {
    writeFileSync(settings, 'cpu: { mainCore: 1, workers: 5-2 }\nhugepage: {}\n');
    expect(render(...here())).toMatchObject({
      code: 2,
      err: `${settings}:1:30: cpu.workers: the range 5-2 runs backwards; write 2-5\n${settings}:2:1: hugepage: unknown key "hugepage"; known here: scale, cpu, hugepages, memory, buffers, sockets, stats, plugins, dpdk, runtimeFolder, logFile, coreDumps, instance\n`,
    });
  });

  it.each([
    [[], '--settings is missing'],
    [['--setings', 'x'], "Unknown option '--setings'"],
    [['--settings', '/nowhere/vpp.yaml'], 'ENOENT'],
  ])('%j is refused', (args, message) =>
    expect(render(...args)).toMatchObject({ code: 2, err: expect.stringContaining(message) }),
  );

  it('explains itself', () =>
    expect(render('--help')).toMatchObject({ code: 0, out: expect.stringContaining('usage') }));
});
