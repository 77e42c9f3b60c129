import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readSettings } from './read-settings.js';

describe('readSettings', () => {
  it('fills what is left out', () => {
    expect(readSettings('')).toMatchObject({
      ok: true,
      settings: {
        scale: { subscribers: 1000 },
        hugepages: { size: '2M', mainHeap: false },
        sockets: { api: '/run/vpp/api.sock' },
        dpdk: { devices: [], driver: 'vfio-pci' },
      },
    });
  });

  it('reads sizes, lists of cores and addresses', () => {
    expect(
      readSettings(
        'cpu: { mainCore: 1, workers: "3,5-6" }\nmemory: { mainHeap: 2G }\ndpdk: { devices: [{ pci: 0000:AF:00.0 }] }',
      ),
    ).toMatchObject({
      ok: true,
      settings: {
        cpu: { workers: [3, 5, 6] },
        memory: { mainHeap: 2 ** 31 },
        dpdk: { devices: [{ pci: '0000:af:00.0', rxDescriptors: 1024 }] },
      },
    });
  });

  it.each(['"2,4-5"', '[2, 4-5]', '[5, 4, 2]'])('reads the cores %s', (list) => {
    const read = readSettings(`cpu: { mainCore: 1, workers: ${list} }`);
    expect(read).toMatchObject({ ok: true, settings: { cpu: { workers: [2, 4, 5] } } });
  });

  it('accepts the sample', () => {
    expect(readSettings(readFileSync('infra/vpp/vpp.yaml', 'utf8'))).toMatchObject({ ok: true });
  });

  it('knows where a field stands', () => {
    const read = readSettings('cpu:\n  mainCore: 1\n  workers: 2-3\ndpdk:\n  devices:\n    - { pci: 0000:03:00.0 }\n');
    const locate = read.ok ? read.locate : () => '';
    expect(['cpu.workers', 'dpdk.devices[0].pci', 'hugepages.size', 'cpu.numaNode'].map(locate)).toEqual([
      '3:12',
      '6:14',
      '1:1',
      '2:3',
    ]);
  });
});

const device = (rest: string) => `dpdk: { devices: [{ pci: 0000:03:00.0 }, ${rest}] }`;

describe('readSettings refuses', () => {
  it.each([
    ['cpu: [1', '1:8: ', 'end with a ]'],
    ['a: 1\na: 2', '2:1: ', 'Map keys must be unique'],
    ['cpus: { mainCore: 1 }', '1:1: cpus: ', 'unknown key "cpus"; known here: scale, cpu, '],
    ['cpu: { mainCore: 1, worker: 2 }', '1:21: cpu.worker: ', 'known here: mainCore, workers, numaNode'],
    ['cpu: { workers: 2-3 }', '1:6: cpu.mainCore: ', 'a core is a whole number from 0 to 4095, not nothing'],
    ['cpu: { mainCore: 1, workers: 3-2 }', '1:30: cpu.workers: ', 'write 2-3'],
    ['cpu: { mainCore: 2, workers: 2-3 }', '1:30: cpu.workers: ', 'core 2 is the main core; take it out'],
    ['scale:\n  subscribers: many', '2:16: scale.subscribers: ', 'not "many"'],
    ['hugepages: { size: 4M }', '1:20: hugepages.size: ', '2M or 1G or none is expected, not "4M"'],
    ['hugepages: { size: none, mainHeap: true }', '1:36: hugepages.mainHeap: ', 'switched off'],
    ['memory: { mainHeap: 64M }', '1:21: memory.mainHeap: ', 'at least 256M'],
    ['stats: { size: 1M }', '1:16: stats.size: ', 'at least 32M'],
    ['sockets: { api: run/api.sock }', '1:17: sockets.api: ', 'absolute path'],
    [`sockets: { api: /${'a'.repeat(107)} }`, '1:17: sockets.api: ', 'at most 107'],
    ['sockets: { group: "vpp } unix { exec /tmp/x" }', '1:19: sockets.group: ', 'a name of letters'],
    ['logFile: "/var/log/a b"', '1:10: logFile: ', 'without spaces'],
    ['plugins: { enable: [nat_plugin.so] }', '1:21: plugins.enable[0]: ', 'without "_plugin.so"'],
    ['plugins: { enable: [nat], disable: [nat] }', '1:37: plugins.disable[0]: ', '"nat" is enabled as well'],
    ['plugins: { enable: [dpdk] }', '1:20: plugins.enable: ', 'would take every free network card'],
    [`${device('{ pci: 0000:04:00.0 }')}\nplugins: { disable: [dpdk] }`, '2:21: plugins.disable: ', 'dpdk is disabled'],
    [device('{ pci: 03:00.1 }'), '1:49: dpdk.devices[1].pci: ', 'in full'],
    [device('{ pci: 0000:03:00.0 }'), '1:49: dpdk.devices[1].pci: ', 'named twice'],
    ['- 1', '1:1: ', 'a mapping is expected, not a list'],
  ])('%s', (text, place, message) => {
    const read = readSettings(text);
    expect(read).toEqual({ ok: false, problems: [expect.stringContaining(message)] });
    expect(JSON.stringify(read)).toContain(`"problems":["${place}`);
  });

  it('all mistakes at once, in the order of the text', () => {
    const read = readSettings('stats: { size: x }\nscale: { routes: -1 }\nsocket: {}\n');
    expect(read).toEqual({
      ok: false,
      problems: [
        '1:16: stats.size: "x" is no size (256M, 2G)',
        '2:18: scale.routes: a number of routes is a whole number from 0 to 10000000, not -1',
        expect.stringMatching(/^3:1: socket: unknown key "socket"/),
      ],
    });
  });

  it('a bomb of aliases', () => {
    const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i},`.repeat(9)}]`);
    expect(readSettings(`l0: &l0 [x]\n${levels.join('\n')}`)).toMatchObject({ ok: false });
  });
});
