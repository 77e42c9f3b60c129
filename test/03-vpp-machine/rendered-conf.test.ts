import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { VppClient } from '#lib/vpp/client.js';
import { cliInband } from '#lib/vpp/messages/vlib.js';
import { unixSocket } from '#lib/vpp/transport.js';
import { renderCommand } from '../../infra/vpp/render-command.js';
import { Child, temporaryFolder } from '../harness/child.js';
import { lanes } from '../harness/lanes.js';
import { enterPrivateNetwork } from '../harness/private-network.js';
import { pluginPath } from '../harness/real-vpp.js';

const [lane] = lanes.filter(({ kind }) => kind === 'vpp');
const open = lane?.available ? describe : describe.skip;

open('a real VPP with the rendered startup.conf', () => {
  const folder = temporaryFolder('vpp-rendered');
  const at = (name: string) => join(folder.path, name);
  const bin = lane?.vppBin ?? '';
  const plugins = pluginPath(bin);
  let vpp: Child;
  let client: VppClient;
  const show = async (what: string) => (await client.call(cliInband, { cmd: `show ${what}` })).reply;

  beforeAll(async () => {
    enterPrivateNetwork();
    const sockets = ['api', 'cli', 'stats', 'punt'].map((name) => `${name}: ${at(`${name}.sock`)}`).join(', ');
    writeFileSync(
      at('vpp.yaml'),
      `
scale: { subscribers: 10000 }
cpu: { mainCore: 0, workers: 1 }
hugepages: { size: none }
buffers: { perNuma: 8192 }
sockets: { group: daemon, ${sockets} }
stats: { perNode: true }
plugins: { others: disable, enable: [acl, policer]${plugins === undefined ? '' : `, folder: ${plugins}`} }
runtimeFolder: ${folder.path}
logFile: ${at('vpp.log')}
coreDumps: true
instance: rendered${process.pid}
`,
    );
    const said: string[] = [];
    const output = { out: () => undefined, err: (text: string) => said.push(text) };
    const code = renderCommand(['--settings', at('vpp.yaml'), '--output', at('startup.conf')], output);
    expect({ code, said }).toMatchObject({ code: 0 });
    vpp = new Child('vpp', bin, ['-c', at('startup.conf')]);
    client = new VppClient({ connect: unixSocket(at('api.sock')), required: [cliInband] });
    await client.whenReady(30_000).catch((error: unknown) => {
      vpp.assertRunning();
      throw error;
    });
  }, 60_000);
  afterAll(async () => {
    await client?.close();
    await vpp?.stop();
    folder.remove();
  });

  it('has its threads on their cores', async () => {
    const rows = (await show('threads')).split('\n').filter((line) => /vpp_main|vpp_wk/.test(line));
    expect(rows).toEqual([expect.stringMatching(/vpp_main .*\) +0 /), expect.stringMatching(/vpp_wk_0 .*\) +1 /)]);
  });

  it('has the sizes that were computed', async () => {
    expect(await show('memory main-heap')).toMatch(/size 1g/);
    expect(await show('memory stats-segment')).toMatch(/256\.00M|256m/);
  });

  it('has loaded what it was told to, and nothing else', async () => {
    const loaded = [...(await show('plugins')).matchAll(/(\w+)_plugin\.so/g)].map(([, name]) => name);
    expect(loaded.sort()).toEqual(['acl', 'policer']);
  });

  it.each(['api', 'cli', 'stats'])('lets the group use the %s socket, and nobody else', (name) => {
    const { gid, mode } = statSync(at(`${name}.sock`));
    expect({ gid, mode: mode & 0o777 }).toEqual({ gid: 1, mode: 0o775 });
  });

  it('has a punt socket', () => expect(statSync(at('punt.sock')).isSocket()).toBe(true));
});
