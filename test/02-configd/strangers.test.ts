import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { silentLog } from '#lib/kernel/log.js';
import { cliInband } from '#lib/vpp/messages/vlib.js';
import { VppDataplane } from '../../services/configd/dataplane.js';
import { compileDocument } from '../../services/configd/document/compile.js';
import { loadDocument } from '../../services/configd/document/load-document.js';
import { Engine, infraOwner } from '../../services/configd/reconcile/engine.js';
import { allKinds } from '../../services/configd/resources/all.js';
import { strangerKinds } from '../../services/configd/resources/stranger.js';
import { createVethPair, enterPrivateNetwork, removeDevice } from '../harness/private-network.js';
import { type RealVpp, startRealVpp } from '../harness/real-vpp.js';
import { onRealVpp } from './packet-node.js';

const device = 'cwg-core';
const document = `interfaces:
  core: { hostInterface: { device: ${device} }, addresses: [10.255.0.1/24] }
  gw: { loopback: {}, vrf: blue, addresses: [100.64.0.1/16] }
vrfs: { blue: { table: 10 } }
routes: [{ prefix: 0.0.0.0/0, via: [{ address: 10.255.0.2, interface: core }] }]
policers: { gold: { cirBps: 10M } }
acls: { web: { rules: [permit tcp any any port 80] } }
`;

onRealVpp('what is not ours', () => {
  let vpp: RealVpp;
  let dataplane: VppDataplane;
  let engine: Engine;
  beforeAll(async () => {
    enterPrivateNetwork();
    createVethPair(device, `${device}f`);
    vpp = await startRealVpp();
    dataplane = new VppDataplane({ socketPath: vpp.apiSocket, log: silentLog() });
    engine = new Engine({ dataplane, kinds: [...allKinds, ...strangerKinds], log: silentLog() });
    await dataplane.client.whenReady(20_000);
    await engine.restore();
    const loaded = loadDocument(document);
    const resources = loaded.ok ? compileDocument(loaded.model, { name: 'bng1' }) : [];
    expect((await engine.apply(infraOwner, resources)).outcome).toMatchObject({ result: 'done', failures: [] });
  }, 60_000);
  afterAll(async () => {
    await dataplane.client.close();
    await vpp.stop();
    removeDevice(device);
  }, 30_000);

  const foreign = async () => (await engine.audit()).foreign.map(({ key }) => key);

  test('nothing of ours is taken for a stranger', async () => {
    expect(await engine.audit()).toEqual({ missing: [], different: [], leftover: [], foreign: [] });
  }, 30_000);

  test.each([
    ['create loopback interface', 'foreign-interface/loop0'],
    [`create sub-interfaces host-${device} 999`, `foreign-interface/host-${device}.999`],
    ['ip table add 777', 'foreign-table/777'],
    ['create bridge-domain 321', 'foreign-bridge-domain/321'],
    ['set acl-plugin acl permit dst 192.0.2.1/32 tag theirs', 'foreign-acl/1 (theirs)'],
    [
      'policer add name theirs type 1r2c cir 1000 cb 20000 rate kbps round closest conform-action transmit exceed-action drop',
      'foreign-policer/theirs',
    ],
    [`ip route add 198.51.100.0/24 via 10.255.0.9 host-${device}`, 'foreign-route/default/198.51.100.0/24'],
    ['ip route add 198.51.100.0/24 table 10 via drop', 'foreign-route/blue/198.51.100.0/24'],
  ])(
    'vppctl %s: listed, and a repair leaves it',
    async (cmd, key) => {
      const { reply } = await dataplane.client.call(cliInband, { cmd });
      expect({ reply, foreign: await foreign() }).toEqual({ reply, foreign: expect.arrayContaining([key]) });
      expect(await engine.repair()).toMatchObject({
        failures: [],
        drift: { missing: [], different: [], leftover: [] },
      });
      expect(await foreign()).toContain(key);
    },
    30_000,
  );

  test('a route of the command line beside one of ours is nobody’s concern: VPP goes by ours', async () => {
    const before = await foreign();
    await dataplane.client.call(cliInband, { cmd: `ip route add 0.0.0.0/0 via 10.255.0.77 host-${device}` });
    expect(await foreign()).toEqual(before);
    const { reply } = await dataplane.client.call(cliInband, { cmd: 'show ip fib 0.0.0.0/0' });
    expect(reply).toMatch(/forwarding:.*via 10\.255\.0\.2 /s);
  }, 30_000);
});
