import { describe, expect, it } from '@jest/globals';
import { settingsSchema } from '../settings/schema.js';
import { sizesOf } from './sizing.js';
import { startupConf } from './startup-conf.js';

const confOf = (input: unknown) => {
  const settings = settingsSchema.parse(input);
  return startupConf(settings, sizesOf(settings));
};

/** `{ section: [lines] }`; the lines of a section within stand behind its name. */
function sectionsOf(conf: string): Record<string, string[]> {
  const blocks = [...conf.matchAll(/^([\w-]+) \{\n([\s\S]*?)^\}$/gm)];
  return Object.fromEntries(blocks.map(([, name, body]) => [name, (body ?? '').trim().split(/\s*\n\s*/)]));
}

const full = {
  scale: { subscribers: 10_000 },
  cpu: { mainCore: 1, workers: '2-4,8' },
  hugepages: { size: '1G', mainHeap: true },
  sockets: { group: 'causeway', punt: '/run/vpp/punt.sock' },
  stats: { perNode: true },
  plugins: { others: 'disable', enable: ['nat', 'acl'] },
  dpdk: { devices: [{ pci: '0000:03:00.0', name: 'access', rxQueues: 2 }, { pci: '0000:03:00.1' }] },
  logFile: '/var/log/vpp/vpp.log',
  coreDumps: true,
  instance: 'second',
};

describe('startupConf', () => {
  it('of everything', () => {
    expect(sectionsOf(confOf(full))).toEqual({
      unix: [
        'nodaemon',
        'nosyslog',
        'runtime-dir /run/vpp',
        'cli-listen /run/vpp/cli.sock',
        'gid causeway',
        'log /var/log/vpp/vpp.log',
        'full-coredump',
        'coredump-size unlimited',
      ],
      socksvr: ['socket-name /run/vpp/api.sock'],
      'api-segment': ['prefix second', 'gid causeway'],
      'api-trace': ['on'],
      punt: ['socket /run/vpp/punt.sock'],
      statseg: ['socket-name /run/vpp/stats.sock', 'size 256M', 'update-interval 10', 'per-node-counters on'],
      cpu: ['main-core 1', 'corelist-workers 2-4,8'],
      memory: ['main-heap-size 1G', 'main-heap-page-size 1G', 'default-hugepage-size 1G'],
      buffers: ['buffers-per-numa 57344', 'default data-size 2048', 'page-size 1G'],
      plugins: [
        'plugin default { disable }',
        'plugin acl_plugin.so { enable }',
        'plugin dpdk_plugin.so { enable }',
        'plugin nat_plugin.so { enable }',
      ],
      dpdk: [
        'uio-driver vfio-pci',
        'dev 0000:03:00.0 {',
        'name access',
        'num-rx-queues 2',
        'num-tx-queues 5',
        'num-rx-desc 1024',
        'num-tx-desc 1024',
        '}',
        'dev 0000:03:00.1 {',
        'num-rx-queues 4',
        'num-tx-queues 5',
        'num-rx-desc 1024',
        'num-tx-desc 1024',
        '}',
      ],
    });
  });

  it('of nothing keeps DPDK away from every card', () => {
    const sections = sectionsOf(confOf({ hugepages: { size: 'none' } }));
    expect(sections.plugins).toEqual(['plugin dpdk_plugin.so { disable }']);
    expect(sections).not.toHaveProperty('dpdk');
    expect(sections.buffers).toContain('page-size default');
    expect(sections.memory).toEqual(['main-heap-size 1G']);
    expect(sections.unix).not.toContainEqual(expect.stringContaining('gid'));
  });

  it('is the same text each time, with balanced braces', () => {
    const conf = confOf(full);
    expect(confOf(structuredClone(full))).toBe(conf);
    expect(conf.split('{')).toHaveLength(conf.split('}').length);
  });
});
