import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sizesOf } from '../conf/sizing.js';
import { FakeMachine } from '../nic/fake-machine.testkit.js';
import { settingsSchema } from '../settings/schema.js';
import { checkMachine } from './check.js';

const near = '0000:03:00.0';
const far = '0000:83:00.0';
let machine: FakeMachine;

/** Two nodes of four physical cores each, two threads a core: 0-3 with 8-11 and 4-7 with 12-15. */
beforeEach(() => {
  machine = new FakeMachine([
    { pci: near, driver: 'vfio-pci', node: 0, group: '1' },
    { pci: far, driver: 'vfio-pci', node: 1, group: '2' },
  ]);
  machine.file('/sys/devices/system/cpu/online', '0-15\n');
  machine.file('/sys/devices/system/cpu/isolated', '1-3,5-7\n');
  for (let core = 0; core < 16; core++)
    machine.file(`/sys/devices/system/cpu/cpu${core}/topology/thread_siblings_list`, `${core % 8},${(core % 8) + 8}\n`);
  machine.file('/sys/devices/system/node/has_memory', '0-1\n');
  machine.file('/sys/devices/system/node/node0/cpulist', '0-3,8-11\n');
  machine.file('/sys/devices/system/node/node1/cpulist', '4-7,12-15\n');
  for (const node of [0, 1]) hugepages(node, '2048', 1024, 1000);
  for (const node of [0, 1]) hugepages(node, '1048576', 0, 0);
  machine.file('/proc/meminfo', 'MemTotal: 65536000 kB\nMemAvailable:   33554432 kB\n');
  machine.file('/etc/group', 'root:x:0:\ncauseway:x:993:\n');
});
afterEach(() => machine.remove());

function hugepages(node: number, size: string, total: number, free: number): void {
  const folder = `/sys/devices/system/node/node${node}/hugepages/hugepages-${size}kB`;
  machine.file(`${folder}/nr_hugepages`, `${total}\n`);
  machine.file(`${folder}/free_hugepages`, `${free}\n`);
}

function findings(input: unknown) {
  const settings = settingsSchema.parse(input);
  return checkMachine(settings, sizesOf(settings), machine.tree);
}
const cpu = (mainCore: number, workers: string, numaNode?: number) => ({ cpu: { mainCore, workers, numaNode } });
const devices = (...addresses: string[]) => ({ dpdk: { devices: addresses.map((pci) => ({ pci })) } });

describe('checkMachine', () => {
  it('finds nothing wrong with settings that fit', () => {
    expect(findings({ ...cpu(1, '2-3', 0), ...devices(near), sockets: { group: 'causeway' } })).toEqual([]);
  });

  it.each<[what: string, input: unknown, severity: string, field: string, message: string, advice: string]>([
    ['a main core that is not there', cpu(16, '2'), 'error', 'cpu.mainCore', 'core 16 is not there', 'online: 0-15'],
    ['workers that are not there', cpu(1, '2,20-21'), 'error', 'cpu.workers', 'cores 20-21 are not there', '0-15'],
    ['a worker on core 0', cpu(1, '0'), 'error', 'cpu.workers', 'core 0 cannot be a worker', 'take another one'],
    ['the main thread on core 0', cpu(0, '2'), 'warning', 'cpu.mainCore', 'core 0 is shared', 'take another one'],
    ['a worker of another node', cpu(1, '2,5', 0), 'error', 'cpu.workers', 'core 5 not on NUMA node 0', '0-3,8-11'],
    ['a main core of another node', cpu(5, '2', 0), 'error', 'cpu.mainCore', 'core 5 not on NUMA node 0', '0-3,8-11'],
    ['a node that is not there', cpu(1, '2', 4), 'error', 'cpu.numaNode', 'no NUMA node 4', '0, 1'],
    [
      'twins',
      cpu(1, '2,9-10'),
      'warning',
      'cpu.workers',
      '1 and 9, 2 and 10 are threads of the same',
      'one thread of each',
    ],
    [
      'workers that are not isolated',
      cpu(1, '3-4'),
      'warning',
      'cpu.workers',
      'core 4 is not isolated',
      'isolcpus=3-4',
    ],
    [
      'a lone main core that is not isolated',
      { cpu: { mainCore: 4 } },
      'warning',
      'cpu.mainCore',
      'core 4 is not isolated',
      'isolcpus=4',
    ],
    [
      'a card that is not there',
      devices('0000:99:00.0'),
      'error',
      'dpdk.devices[0].pci',
      'no network card',
      'nic.js list',
    ],
    [
      'a card on a node without workers',
      { ...cpu(1, '2-3'), ...devices(near, far) },
      'error',
      'dpdk.devices[1].pci',
      `${far} is on NUMA node 1, cores 2-3 are not`,
      '4-7,12-15',
    ],
    [
      'a card on a node with some workers',
      { ...cpu(1, '2,5'), ...devices(near) },
      'warning',
      'dpdk.devices[0].pci',
      'cores 5 are not',
      '0-3,8-11',
    ],
    [
      'an unknown group',
      { sockets: { group: 'vpp' } },
      'error',
      'sockets.group',
      'no group "vpp"',
      'groupadd --system vpp',
    ],
    [
      'too few hugepages',
      { buffers: { perNuma: 900_000 } },
      'error',
      'hugepages.size',
      'node 0 has 1000 of 1017 hugepages of 2M free (1024 in all)',
      'echo 1041 >/sys/devices/system/node/node0/',
    ],
    [
      'no hugepages of 1G',
      { hugepages: { size: '1G' } },
      'error',
      'hugepages.size',
      'node 1 has 0 of 1 hugepages of 1G',
      'hugepagesz=1G hugepages=2',
    ],
    [
      'the heap in hugepages',
      { hugepages: { mainHeap: true }, memory: { mainHeap: '2G' } },
      'error',
      'hugepages.size',
      'node 0 has 1000 of 1043',
      '',
    ],
    ['no hugepages at all', { hugepages: { size: 'none' } }, 'warning', 'hugepages.size', 'ordinary pages', 'labs'],
    [
      'large buffers without hugepages',
      { hugepages: { size: 'none' }, buffers: { dataBytes: 9000 } },
      'error',
      'buffers.dataBytes',
      'a buffer takes 9280 bytes',
      'hugepages',
    ],
    [
      'too little memory',
      { memory: { mainHeap: '40G' } },
      'error',
      'memory.mainHeap',
      '32768 MiB of memory are available',
      'heap 40G',
    ],
  ])('sees %s', (_what, input, severity, field, message, advice) => {
    expect(findings(input)).toContainEqual({
      severity,
      field,
      message: expect.stringContaining(message),
      advice: expect.stringContaining(advice),
    });
  });

  it('wants a card handed over', () => {
    machine.link(`/sys/bus/pci/devices/${near}/driver`, '../i40e');
    expect(findings(devices(near))).toEqual([
      expect.objectContaining({
        severity: 'warning',
        message: expect.stringContaining('i40e'),
        advice: expect.stringContaining(`nic.js bind ${near}`),
      }),
    ]);
  });

  it('wants plugins that are there, when it can see them', () => {
    machine.file('/usr/lib/x86_64-linux-gnu/vpp_plugins/nat_plugin.so', '');
    expect(
      findings({ plugins: { enable: ['nat', 'natt'] }, ...devices(near) }).map(({ severity, message }) => [
        severity,
        message,
      ]),
    ).toEqual([
      ['error', '/usr/lib/x86_64-linux-gnu/vpp_plugins has no dpdk_plugin.so'],
      ['warning', '/usr/lib/x86_64-linux-gnu/vpp_plugins has no natt_plugin.so'],
    ]);
  });

  it('copes with a machine that tells nothing', () => {
    machine.remove();
    machine = new FakeMachine([]);
    expect(findings(cpu(1, '2')).map(({ field }) => field)).toEqual([
      'cpu.mainCore',
      'cpu.workers',
      'hugepages.size',
      'memory.mainHeap',
    ]);
  });
});
