import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createVethPair, enterPrivateNetwork, removeDevice } from '../../../test/harness/private-network.js';
import { type Node, realLane, startNode } from './node.testkit.js';

const open = realLane?.available ? describe : describe.skip;

/** Two hosts, one in each VRF of a VPP, on VLAN 10 of one port and VLAN 20 (and 30.7) of the other. */
const hosts = `interfaces:
  one: { hostInterface: { device: cwsh0 }, subInterfaces: [{ vlan: 10, addresses: [10.50.0.2/24] }] }
  two:
    hostInterface: { device: cwsh1 }
    subInterfaces:
      - { vlan: 20, vrf: blue, addresses: [10.50.0.3/24] }
      - { outerVlan: 30, innerVlan: 7, vrf: green, addresses: [10.50.0.4/24] }
vrfs: { blue: { table: 1 }, green: { table: 2 } }
`;

const ports = (one: string, two: string, more = '') => `interfaces:
  one: { hostInterface: { device: cwss0 }, subInterfaces: [${one}] }
  two: { hostInterface: { device: cwss1 }, subInterfaces: [${two}] }
${more}
`;
const bridged = (vlan: string, pop: number, group = 0) =>
  `{ ${vlan}, bridge: { domain: metro, splitHorizon: ${group} }, tagRewrite: { pop: ${pop} } }`;
const router = `  gw: { loopback: {}, addresses: [10.50.0.1/24], bridge: { domain: metro } }
bridgeDomains: { metro: {} }`;

open('layer 2 with packets', () => {
  let a: Node;
  let b: Node;

  beforeAll(async () => {
    enterPrivateNetwork();
    for (const n of [0, 1]) createVethPair(`cwss${n}`, `cwsh${n}`);
    a = await startNode('switch');
    b = await startNode('hosts');
    await b.apply(hosts);
  }, 60_000);
  afterAll(async () => {
    await a.stop();
    await b.stop();
    for (const n of [0, 1]) removeDevice(`cwss${n}`);
  }, 60_000);

  test('hosts on three VLANs reach each other and the router of the domain', async () => {
    await a.apply(
      ports(bridged('vlan: 10', 1), `${bridged('vlan: 20', 1)}, ${bridged('outerVlan: 30, innerVlan: 7', 2)}`, router),
    );
    for (const host of ['10.50.0.3', '10.50.0.4', '10.50.0.1']) await b.answers(host, '5');
  }, 60_000);

  test('members of one group do not talk to each other, but to the router', async () => {
    await a.apply(ports(bridged('vlan: 10', 1, 1), bridged('vlan: 20', 1, 1), router));
    await b.answers('10.50.0.1', '5');
    await b.answers('10.50.0.3', '0');
  }, 60_000);

  test('a MAC whose frames are dropped', async () => {
    const [, mac] = /(02:[0-9a-f:]{14})/.exec(await b.cli('show hardware-interfaces host-cwsh1')) ?? [];
    const dropped = `  gw: { loopback: {}, addresses: [10.50.0.1/24], bridge: { domain: metro } }
bridgeDomains: { metro: { staticMacs: [{ mac: "${mac}", drop: true }] } }`;
    await a.apply(ports(bridged('vlan: 10', 1), bridged('vlan: 20', 1), router));
    await b.answers('10.50.0.3', '5');
    expect(await a.apply(ports(bridged('vlan: 10', 1), bridged('vlan: 20', 1), dropped))).toEqual([
      `create static-mac/metro/${mac}`,
    ]);
    await b.answers('10.50.0.3', '0');
    await b.answers('10.50.0.1', '5');
  }, 60_000);

  test('a cross-connect of two VLANs, one of them with any inner tag', async () => {
    await a.apply(
      ports(
        '{ vlan: 10, crossConnect: two.30.any, tagRewrite: { pop: 1, push: [7] } }',
        '{ outerVlan: 30, innerVlan: any, tagRewrite: { pop: 1 } }',
      ),
    );
    await b.answers('10.50.0.4', '5');
    await b.answers('10.50.0.3', '0');
  }, 60_000);

  test('the rest of a port goes elsewhere', async () => {
    await a.apply(
      ports(
        '{ vlan: 10, crossConnect: two.default, tagRewrite: { pop: 1, push: [20] } }',
        '{ vlan: default }, { vlan: 99, bridge: { domain: metro } }',
        'bridgeDomains: { metro: {} }',
      ),
    );
    await b.answers('10.50.0.3', '5');
    expect(await a.engine.audit()).toMatchObject({ missing: [], different: [], leftover: [] });
  }, 60_000);
});
