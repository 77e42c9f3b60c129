import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { temporaryFolder } from '../harness/child.js';
import { bngctl, Rig } from './rig.js';

const files = {
  'base.yaml': `interfaces:
  access:
    hostInterface: { device: veth-access }
    subInterfaces: [{ outerVlan: 100, innerVlan: 1-3, unnumbered: gw }]
  core: { hostInterface: { device: veth-core }, addresses: [10.255.0.1/30] }
  gw: { loopback: {}, addresses: [100.64.0.1/16] }
routes:
  - { prefix: 0.0.0.0/0, via: [{ address: 10.255.0.2, interface: core }] }
  - { prefix: 192.0.2.0/24, drop: true }
`,
  'acls.yaml': 'acls: { web-only: { rules: [permit tcp any any port 80] } }\n',
  'nodes/test.yaml': `# The node under test: its own uplink, and a line of its own.
interfaces:
  core: { addresses: [10.255.0.5/30] }
  access:
    subInterfaces: [{ outerVlan: 100, innerVlan: 1-3, mtu: 1500 }, { vlan: 7 }]
routes:
  - { prefix: 0.0.0.0/0, via: [{ address: 10.255.0.6, interface: core }] }
  - { prefix: 192.0.2.0/24, $remove: true }
`,
  'nodes/other.yaml': 'interfaces: { core: null }\n',
};

let rig: Rig;
const folder = temporaryFolder('overlays');
const write = (name: string, text: string) => {
  mkdirSync(dirname(join(folder.path, name)), { recursive: true });
  writeFileSync(join(folder.path, name), text);
};

beforeAll(async () => {
  for (const [name, text] of Object.entries(files)) write(name, text);
  rig = await Rig.start();
  await rig.ready();
}, 60_000);
afterAll(async () => {
  await rig?.stop();
  folder.remove();
});

it('a folder with the overlay of this node becomes one configuration', async () => {
  const { code, out } = await bngctl(rig, 'apply', '-f', folder.path);
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringMatching(/applied as version 1/) });
  expect(out).toContain('+ 3 x sub-interface access.100.1-3: MTU 1500');
  expect(out).toContain('+ route 0.0.0.0/0: paths via 10.255.0.6 interface core');
  expect(out).toContain('+ address 10.255.0.5/30 on core');
  expect(out).not.toContain('192.0.2.0/24');
});

it('a second apply of the folder sends nothing, and says so', async () => {
  const before = await rig.changesSent();
  expect(await bngctl(rig, 'apply', '-f', folder.path)).toMatchObject({
    code: 0,
    out: 'no changes: VPP has all of it already, no message was sent\n',
  });
  expect(await rig.changesSent()).toEqual(before);
});

it('a changed comment in one of the files is stored, and sends nothing', async () => {
  write('acls.yaml', `# reviewed\n${files['acls.yaml']}`);
  const { out } = await bngctl(rig, 'apply', '-f', folder.path);
  expect(out).toBe('only the text changed (comments, order): stored as version 2, no message was sent to VPP\n');
});

it('the text given back applies to the same state', async () => {
  const { text } = await rig.http('GET', '/config');
  expect((await rig.apply(text)).json).toMatchObject({ version: 0, changed: false });
});

it('mistakes name the right file', async () => {
  write('nodes/test.yaml', 'interfaces:\n  core: { addresses: [10.255.0.5/30], vrf: blue }\n');
  write('acls.yaml', 'acls: { web-only: { rules: [permit tcp any any prt 80] } }\n');
  const { code, err } = await bngctl(rig, 'apply', '-f', folder.path);
  const lines = err
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(folder.path, ''));
  expect(code).toBe(1);
  expect(lines).toEqual([
    'configuration refused:',
    expect.stringMatching(/^\/acls\.yaml:1:29: acls\.web-only\.rules\[0\]: /),
    expect.stringMatching(/^\/nodes\/test\.yaml:2:44: interfaces\.core\.vrf: .*blue/),
  ]);
});

it('files come over HTTP, too', async () => {
  const body = JSON.stringify({
    files: Object.entries(files)
      .slice(0, 3)
      .map(([name, text]) => ({ name, text })),
  });
  const json = { 'content-type': 'application/json' };
  const applied = await rig.http('POST', '/config/apply', body, json);
  expect(applied).toMatchObject({ status: 200, json: { version: 3, steps: [] } });
  expect(await rig.http('POST', '/config/plan', '{"files":1}', json)).toMatchObject({ status: 400 });
});
