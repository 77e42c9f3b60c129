import { describe, expect, test } from '@jest/globals';
import type { Resource } from '../reconcile/resource.js';
import { address } from './address.js';
import { hostInterface } from './host-interface.js';
import { interfaceVrf } from './interface-vrf.js';
import { ip6 } from './ip6.js';
import { kindSuite } from './kind-suite.testkit.js';
import { loopback } from './loopback.js';
import { stableMac } from './names.js';
import { ndProxy } from './nd-proxy.js';
import { ndProxyHost } from './nd-proxy-host.js';
import { neighbour } from './neighbour.js';
import { neighbourLimits } from './neighbour-limits.js';
import { raPrefix } from './ra-prefix.js';
import { routerAdvertisement } from './router-advertisement.js';
import { subInterface } from './sub-interface.js';
import { unnumbered } from './unnumbered.js';
import { urpf } from './urpf.js';
import { vrf } from './vrf.js';

const devices = ['cwsix'];
const port = hostInterface.of({ name: 'six', device: 'cwsix', mac: stableMac('test', 'six') });
const gateway = loopback.of({ name: 'gw6', instance: 0, mac: stableMac('test', 'gw6') });
const blue = vrf.of({ name: 'blue', tableId: 10 });
const line = subInterface.of({ parent: port.key, outerVlan: 100, innerVlan: 7 });
const other = subInterface.of({ parent: port.key, outerVlan: 100, innerVlan: 8 });
const base = [port, gateway, line, blue, address.of({ interface: gateway.key, prefix: '2001:db8:64::1/64' })];

const before = (): Resource[] => [
  ...base,
  unnumbered.of({ interface: line.key, donor: gateway.key }),
  ip6.of({ interface: line.key }),
  ip6.of({ interface: gateway.key }),
  routerAdvertisement.of({ interface: line.key, managed: true, lifetimeS: 1800, maxIntervalS: 600, minIntervalS: 200 }),
  raPrefix.of({ interface: line.key, prefix: '2001:db8:aa:1::/64' }),
  raPrefix.of({ interface: line.key, prefix: '2001:db8:aa:2::/64', validS: 7200, preferredS: 3600, onLink: false }),
  ndProxy.of({ interface: line.key }),
  ndProxyHost.of({ interface: line.key, address: '2001:db8:64::7' }),
  neighbour.of({ interface: line.key, address: 'fe80::7', mac: '02:00:5e:00:00:07' }),
  neighbourLimits.of({ family: 'ip6', limit: 1000, ageS: 600, recycle: true }),
  urpf.of({ interface: line.key, family: 'ip6', mode: 'strict' }),
];

/** Flags off, prefixes changed in every way, a line more in a VRF, limits gone. */
const after = (): Resource[] => [
  ...base,
  unnumbered.of({ interface: line.key, donor: gateway.key }),
  ip6.of({ interface: line.key }),
  routerAdvertisement.of({ interface: line.key, other: true, unicast: true, linkLayerOption: false, lifetimeS: 0 }),
  raPrefix.of({ interface: line.key, prefix: '2001:db8:aa:1::/64', validS: 600, preferredS: 300 }),
  raPrefix.of({ interface: line.key, prefix: '2001:db8:aa:2::/64', autonomous: false }),
  ndProxyHost.of({ interface: line.key, address: '2001:db8:64::8' }),
  neighbour.of({ interface: line.key, address: 'fe80::7', mac: '02:00:5e:00:00:08' }),
  neighbourLimits.of({ family: 'ip4', limit: 9, ageS: 0, recycle: false }),
  urpf.of({ interface: line.key, family: 'ip6', mode: 'loose' }),
  other,
  interfaceVrf.of({ interface: other.key, vrf: blue.key }),
  address.of({ interface: other.key, prefix: '2001:db8:65::1/64', vrf: blue.key }),
  ip6.of({ interface: other.key, vrf: blue.key }),
  routerAdvertisement.of({ interface: other.key, send: false }),
  ndProxyHost.of({ interface: other.key, address: '2001:db8:65::8', vrf: blue.key }),
];

kindSuite('IPv6 of interfaces', { devices, before, after });

describe('an advertisement that cannot be', () => {
  test.each([
    ['lifetimeS', { lifetimeS: 9001 }],
    ['maxIntervalS', { maxIntervalS: 3 }],
    ['initialCount', { initialCount: 0 }],
  ])('%s', (field, change) => {
    expect(() => routerAdvertisement.of({ interface: line.key, ...change })).toThrow(field);
  });
});
