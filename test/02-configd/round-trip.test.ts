import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { VppClient } from '#lib/vpp/client.js';
import { unixSocket } from '#lib/vpp/transport.js';
import { compileDocument } from '../../services/configd/document/compile.js';
import { loadDocument } from '../../services/configd/document/load-document.js';
import { problemText } from '../../services/configd/document/problem.js';
import { allKinds } from '../../services/configd/resources/all.js';
import { temporaryFolder } from '../harness/child.js';
import { dataplaneDump } from '../harness/dataplane-dump.js';
import { repositoryRoot } from '../harness/service.js';
import { bngctl, Rig } from './rig.js';

const everyKey = readFileSync(join(repositoryRoot, 'test/02-configd/every-key.yaml'), 'utf8');

/** Made for sessions on a shared line only. */
const ofSessions = [
  'host-guard',
  'host-guard-entry',
  'host-guard6',
  'host-guard6-entry',
  'host-policer',
  'host-policer6',
  'host-policing',
  'host-policing6',
];

let rig: Rig;
let vpp: VppClient;
const folder = temporaryFolder('round-trip');

beforeAll(async () => {
  rig = await Rig.start({}, { ports: ['TenGigabitEthernet3/0/0'] });
  await rig.ready();
  vpp = new VppClient({ connect: unixSocket(rig.sim.apiSocket), name: 'another', required: [] });
  await vpp.whenReady(20_000);
}, 60_000);
afterAll(async () => {
  await vpp?.close();
  await rig?.stop();
  folder.remove();
});

/** Applies what `GET /config` gives; nothing may be sent for it. */
async function again(): Promise<string> {
  const { text: yaml } = await rig.http('GET', '/config');
  const sent = await rig.changesSent();
  const { status, json } = await rig.apply(yaml);
  expect({ status, ...json }).toMatchObject({ status: 200, changed: false, messagesSent: 0 });
  expect(await rig.changesSent()).toEqual(sent);
  return yaml;
}

it('the document asks for every kind', () => {
  const loaded = loadDocument(everyKey);
  expect(loaded.ok ? loaded.warnings : loaded.errors.map(problemText)).toEqual([]);
  const used = new Set(loaded.ok ? compileDocument(loaded.model, { name: 'test' }).map(({ kind }) => kind) : []);
  const rest = allKinds.map(({ kind }) => kind).filter((kind) => !used.has(kind));
  expect(rest.sort()).toEqual(ofSessions);
});

it('what GET /config gives is the same configuration, also after a restart and in an empty VPP', async () => {
  const { status, json } = await rig.apply(everyKey);
  expect({ status, error: json.error }).toEqual({ status: 200, error: undefined });
  const yaml = await again();
  const made = await dataplaneDump(vpp);

  await rig.restartConfigd('SIGKILL');
  await rig.ready();
  expect(await again()).toBe(yaml);
  expect(await dataplaneDump(vpp)).toEqual(made);

  await rig.apply('interfaces: {}', '?allowSessionLoss');
  expect((await rig.apply(yaml)).status).toBe(200);
  expect(await dataplaneDump(vpp)).toEqual(made);
}, 90_000);

it('what is made of a folder with an overlay comes back as one document', async () => {
  mkdirSync(join(folder.path, 'nodes'));
  writeFileSync(join(folder.path, 'base.yaml'), everyKey);
  writeFileSync(
    join(folder.path, 'nodes/test.yaml'),
    'interfaces: { core: { mtu: 1500 }, service: null }\nacls: { others: { rules: [deny any any any] } }\n',
  );
  const { code, out, err } = await bngctl(rig, 'apply', '-f', folder.path);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain('- memif service');
  const yaml = await again();
  expect(yaml).toContain('mtu: 1500');
  const made = await dataplaneDump(vpp);
  await rig.apply(everyKey);
  await rig.apply(yaml);
  expect(await dataplaneDump(vpp)).toEqual(made);
}, 90_000);
