import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createVethPair, enterPrivateNetwork, removeDevice } from '../../../test/harness/private-network.js';
import { pluginPath } from '../../../test/harness/real-vpp.js';
import { type Node, realLane, startNode } from './node.testkit.js';

const open = realLane?.available ? describe : describe.skip;
const withPlugin = (name: string) =>
  existsSync(join(pluginPath(realLane?.vppBin ?? '') ?? '', `${name}_plugin.so`)) ? test : test.skip;

/** A subscriber in a VRF, and the internet, which knows the outside addresses only. */
const hosts = `interfaces:
  inside: { hostInterface: { device: cwnh0 }, vrf: subscriber, addresses: [10.0.0.2/24] }
  internet: { hostInterface: { device: cwnh1 }, addresses: [198.51.100.2/24] }
vrfs: { subscriber: { table: 1 } }
routes:
  - { prefix: 0.0.0.0/0, vrf: subscriber, via: [{ address: 10.0.0.1, interface: inside }] }
  - { prefix: 203.0.113.0/28, via: [{ address: 198.51.100.1, interface: internet }] }
`;

const gateway = (kind: string, nat: string, more = '') => `interfaces:
  access: { hostInterface: { device: cwng0 }, addresses: [10.0.0.1/24], ${kind}: inside }
  core: { hostInterface: { device: cwng1 }, addresses: [198.51.100.1/24], ${kind}: outside }
${nat}
${more}`;
const plain = `interfaces:
  access: { hostInterface: { device: cwng0 }, addresses: [10.0.0.1/24] }
  core: { hostInterface: { device: cwng1 }, addresses: [198.51.100.1/24] }
`;

open('NAT with packets', () => {
  let nat: Node;
  let world: Node;
  const outwards = (count: string) => world.answers('198.51.100.2 table-id 1', count);
  const natNodes = async () => {
    const shown = await Promise.all(
      ['cwng0', 'cwng1'].map((device) => nat.cli(`show interface host-${device} features`)),
    );
    return shown.join('\n').match(/^\s+(nat|det)\S+/gm) ?? [];
  };

  beforeAll(async () => {
    enterPrivateNetwork();
    for (const n of [0, 1]) createVethPair(`cwng${n}`, `cwnh${n}`);
    nat = await startNode('nat');
    world = await startNode('world');
    await world.apply(hosts);
    await nat.apply(plain);
  }, 60_000);
  afterAll(async () => {
    await nat.stop();
    await world.stop();
    for (const n of [0, 1]) removeDevice(`cwng${n}`);
  }, 60_000);

  test('without NAT the internet does not know the way back', () => outwards('0'), 30_000);

  test('NAT44-ED: out under the address of the pool, in by a static mapping, neither without', async () => {
    const pool = 'pools: [{ addresses: 203.0.113.0/30 }]';
    await nat.apply(gateway('nat44Ed', `nat44Ed: { ${pool} }`));
    await outwards('5');
    expect(await nat.cli('show nat44 sessions')).toMatch(/203\.0\.113\.[0-3]/);
    expect(
      await nat.apply(
        gateway(
          'nat44Ed',
          `nat44Ed: { ${pool}, staticMappings: { host: { local: 10.0.0.2, external: 203.0.113.9 } } }`,
        ),
      ),
    ).toEqual(['create nat44-ed-static/host']);
    await world.answers('203.0.113.9', '5');
    await nat.apply(gateway('nat44Ed', 'nat44Ed: {}'));
    await outwards('0');
    await nat.apply(plain);
    expect(await natNodes()).toEqual([]);
  }, 90_000);

  test('NAT44-ED taken off and put on again translates as before', async () => {
    const on = gateway('nat44Ed', 'nat44Ed: { pools: [{ addresses: 203.0.113.4 }] }');
    for (const document of [on, plain, on]) await nat.apply(document);
    await outwards('5');
    expect(await nat.cli('show nat44 sessions')).toMatch(/203\.0\.113\.4/);
    await nat.apply(plain);
  }, 60_000);

  withPlugin('nat44_ei')(
    'NAT44-EI, taken off and put on again',
    async () => {
      const on = gateway('nat44Ei', 'nat44Ei: { pools: [{ addresses: 203.0.113.5 }] }');
      for (const document of [on, plain, on]) await nat.apply(document);
      await outwards('5');
      await nat.apply(plain);
      expect(await natNodes()).toEqual([]);
      await outwards('0');
    },
    60_000,
  );

  withPlugin('det44')(
    'DET44, taken off and put on again: its nodes leave the path',
    async () => {
      const on = gateway('det44', 'det44: { maps: [{ inside: 10.0.0.0/24, outside: 203.0.113.8/31 }] }');
      for (const document of [on, plain]) await nat.apply(document);
      expect(await natNodes()).toEqual([]);
      await nat.apply(on);
      expect(await natNodes()).toHaveLength(2);
      await outwards('5');
      await nat.apply(plain);
      await outwards('0');
    },
    60_000,
  );
});
