import { describe, expect, test } from '@jest/globals';
import type { Resource } from '../reconcile/resource.js';
import { bridgeDomain } from './bridge-domain.js';
import { bridgePort } from './bridge-port.js';
import { crossConnect } from './cross-connect.js';
import { hostInterface } from './host-interface.js';
import { kindSuite } from './kind-suite.testkit.js';
import { loopback } from './loopback.js';
import { stableMac } from './names.js';
import { staticMac } from './static-mac.js';
import { subInterface } from './sub-interface.js';
import { tagRewrite } from './tag-rewrite.js';

const devices = ['cwl2a', 'cwl2b', 'cwl2c'];
const mac = (name: string) => stableMac('test', name);
const [a, b, c] = devices.map((device) => hostInterface.of({ name: device, device, mac: mac(device) })) as [
  Resource,
  Resource,
  Resource,
];
const gateway = (name = 'gw') => loopback.of({ name: 'gw', instance: 3, mac: mac(name) });
const metro = (change: object = {}) => bridgeDomain.of({ name: 'metro', id: 10, learnLimit: 100, ...change });
const rural = () => bridgeDomain.of({ name: 'rural', id: 11, learn: false, arpTermination: true, macAgeMinutes: 7 });
const sub = (outerVlan: number | 'default', innerVlan?: number | 'any', parent = a.key, more: object = {}) =>
  subInterface.of({ parent, outerVlan, ...(innerVlan !== undefined && { innerVlan }), ...more });
const port = (iface: Resource, domain: Resource, change: object = {}) =>
  bridgePort.of({ interface: iface.key, domain: domain.key, ...change });
const bvi = (domain: Resource, name = 'gw') => port(gateway(name), domain, { bvi: mac(name) });
const connect = (one: Resource, other: Resource) => [
  crossConnect.of({ interface: one.key, to: other.key }),
  crossConnect.of({ interface: other.key, to: one.key }),
];
const bridgedRewrite = (iface: Resource, change: object) =>
  tagRewrite.of({ interface: iface.key, attachment: 'bridge-port', pop: 0, ...change });
const connectedRewrite = (iface: Resource, change: object) =>
  tagRewrite.of({ interface: iface.key, attachment: 'cross-connect', pop: 0, ...change });

const before = (): Resource[] => [
  ...[a, b, c, gateway(), metro(), rural(), bvi(metro())],
  ...[
    sub(100),
    sub(100, 7),
    sub(101, 'any'),
    sub('default'),
    sub('default', undefined, b.key),
    sub(7, 7, b.key, { dot1ad: true }),
  ],
  port(sub(100), metro(), { splitHorizon: 1 }),
  port(sub(100, 7), metro(), { splitHorizon: 1 }),
  port(sub('default'), rural()),
  bridgedRewrite(sub(100), { pop: 1 }),
  bridgedRewrite(sub(100, 7), { pop: 2 }),
  ...connect(sub(101, 'any'), c),
  connectedRewrite(sub(101, 'any'), { pop: 1 }),
  connectedRewrite(c, { push: [500, 600], dot1ad: true }),
  staticMac.of({ domain: metro().key, mac: '02:00:00:00:01:01', interface: sub(100).key }),
  staticMac.of({ domain: metro().key, mac: '02:00:00:00:01:02' }),
];

/** Flags, age and limit in place; ports in another domain and group, a BVI with another MAC, rewrites of each sort, a MAC that moves. */
const after = (): Resource[] => [
  ...[a, b, c, gateway('gw2')],
  metro({
    flood: false,
    unknownUnicastFlood: false,
    arpUnicast: true,
    forward: false,
    macAgeMinutes: 5,
    learnLimit: 50,
  }),
  bridgeDomain.of({ name: 'rural', id: 12 }),
  bvi(metro(), 'gw2'),
  ...[sub(100), sub(100, 7), sub(101, 'any'), sub('default'), sub(8, 'any', b.key), sub(7, 7, b.key, { dot1ad: true })],
  port(sub(100), metro(), { splitHorizon: 2 }),
  port(sub(100, 7), bridgeDomain.of({ name: 'rural', id: 12 })),
  port(sub(101, 'any'), metro()),
  bridgedRewrite(sub(100), { pop: 1, push: [200] }),
  bridgedRewrite(sub(100, 7), { pop: 2, push: [1, 2] }),
  bridgedRewrite(sub(101, 'any'), { pop: 1, push: [4, 5] }),
  ...connect(sub(7, 7, b.key, { dot1ad: true }), c),
  connectedRewrite(sub(7, 7, b.key, { dot1ad: true }), { pop: 2, push: [9] }),
  connectedRewrite(c, { push: [500] }),
  staticMac.of({ domain: metro().key, mac: '02:00:00:00:01:01', interface: sub(101, 'any').key }),
  staticMac.of({ domain: metro().key, mac: '02:00:00:00:01:03', interface: gateway().key }),
];

const kinds = [hostInterface, loopback, subInterface, bridgeDomain, bridgePort, crossConnect, tagRewrite, staticMac];
kindSuite('layer 2', { devices, kinds, before, after });

describe('what cannot be', () => {
  test.each([
    ['a BVI that is no loopback', () => port(a, metro(), { bvi: mac('a') }), 'a loopback is the BVI'],
    ['a loopback that is no BVI', () => port(gateway(), metro()), 'a loopback is the BVI'],
    ['a cross-connect to itself', () => crossConnect.of({ interface: a.key, to: a.key }), 'to itself'],
    ['a rewrite that does nothing', () => bridgedRewrite(a, {}), 'pops or pushes'],
    ['dot1ad of nothing', () => bridgedRewrite(a, { pop: 1, dot1ad: true }), 'about pushed tags'],
    ['domain 0', () => metro({ id: 0 }), '>=1'],
  ])('%s', (_name, make, message) => {
    expect(make).toThrow(message);
  });
});
