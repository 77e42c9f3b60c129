import { describe, expect, it } from '@jest/globals';
import { loadDocument } from './load-document.js';
import { problemText } from './problem.js';

const said = (text: string): string[] => {
  const loaded = loadDocument(text);
  return (loaded.ok ? loaded.warnings : loaded.errors).map(problemText);
};

/** `extra` are keys of the port `x`, which begin at 3:60. */
const onPort = (extra: string) => `interfaces:
  y: { loopback: {}, addresses: [192.0.2.9/32, 2001:db8:9::9/128] }
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24], ${extra} }
policers: { gold: { cirBps: 1G } }
qosMaps: { to-pcp: { writes: pcp }, to-dscp: { writes: dscp } }
`;
/** `extra` are keys of a sub-interface that stands for many. */
const onLines = (extra: string) => `interfaces:
  g: { loopback: {}, addresses: [100.64.0.1/16] }
  x: { hostInterface: { device: eth1 }, subInterfaces: [{ outerVlan: 1, innerVlan: 1-9, unnumbered: g, ${extra} }] }
`;
describe('IPv6 that is refused', () => {
  it.each([
    [
      'a link-local address',
      'addresses: [fe80::1/64]',
      'addresses[0]: fe80::1/64 is link-local: VPP makes that one itself; leave it out',
    ],
  ])('%s', (_name, extra, message) => {
    expect(said(`interfaces: { x: { loopback: {}, ${extra} } }`)).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    [
      'a lifetime that ends too early',
      'routerAdvertisement: { lifetimeS: 200 }',
      '3:101: interfaces.x.routerAdvertisement.lifetimeS: hosts would lose the router between two advertisements: lifetimeS 200 must be more than maxIntervalS 200, or 0 for no default router',
    ],
    [
      'a lifetime beyond RFC 4861',
      'routerAdvertisement: { lifetimeS: 9001 }',
      '3:101: interfaces.x.routerAdvertisement.lifetimeS: a lifetime is a whole number from 0 to 9000, not 9001',
    ],
    [
      'intervals that do not fit',
      'routerAdvertisement: { maxIntervalS: 20, minIntervalS: 16 }',
      '3:122: interfaces.x.routerAdvertisement.minIntervalS: minIntervalS 16 is more than three quarters of maxIntervalS 20; write at most 15',
    ],
    [
      'an IPv4 prefix',
      'routerAdvertisement: { prefixes: [{ prefix: 10.0.0.0/24 }] }',
      '3:111: interfaces.x.routerAdvertisement.prefixes[0].prefix: 10.0.0.0/24 is IPv4; router advertisements carry IPv6 prefixes (2001:db8:1::/64)',
    ],
    [
      'host bits',
      'routerAdvertisement: { prefixes: [{ prefix: "2001:db8::1/64" }] }',
      '3:111: interfaces.x.routerAdvertisement.prefixes[0].prefix: 2001:db8::1/64 has host bits set; write 2001:db8::/64',
    ],
    [
      'a link-local prefix',
      'routerAdvertisement: { prefixes: [{ prefix: "fe80::/64" }] }',
      '3:111: interfaces.x.routerAdvertisement.prefixes[0].prefix: fe80::/64 is link-local; every host has it already',
    ],
    [
      'two prefixes that begin alike',
      'routerAdvertisement: { prefixes: [{ prefix: "2001:db8::/64" }, { prefix: "2001:db8::/56", autonomous: false }] }',
      '3:140: interfaces.x.routerAdvertisement.prefixes[1].prefix: 2001:db8::/56 begins as 2001:db8::/64 does; VPP keeps one prefix for each address',
    ],
    [
      'a preferred lifetime longer than the valid one',
      'routerAdvertisement: { prefixes: [{ prefix: "2001:db8::/64", validS: 600, preferredS: 700 }] }',
      '3:153: interfaces.x.routerAdvertisement.prefixes[0].preferredS: preferredS is longer than validS 600; it must not be',
    ],
    [
      'one lifetime counted down and one not',
      'routerAdvertisement: { prefixes: [{ prefix: "2001:db8::/64", preferredS: 700 }] }',
      '3:140: interfaces.x.routerAdvertisement.prefixes[0].preferredS: VPP counts both lifetimes down or none: write validS too, or neither',
    ],
    [
      'a lifetime in words',
      'routerAdvertisement: { prefixes: [{ prefix: "2001:db8::/64", validS: long }] }',
      '3:136: interfaces.x.routerAdvertisement.prefixes[0].validS: "long" is no lifetime: infinite, or whole seconds from 0 to 4294967294',
    ],
    [
      'a neighbour twice',
      'neighbours: [{ address: 10.0.0.2, mac: 02:00:00:00:00:01 }, { address: 10.0.0.2, mac: 02:00:00:00:00:02 }]',
      '3:138: interfaces.x.neighbours[1].address: 10.0.0.2 already stands in neighbours[0]',
    ],
    [
      'itself as neighbour',
      'neighbours: [{ address: 10.0.0.1, mac: 02:00:00:00:00:01 }]',
      '3:91: interfaces.x.neighbours[0].address: 10.0.0.1 is an address of VPP itself (interfaces.x.addresses[0])',
    ],
    [
      'a multicast MAC',
      'neighbours: [{ address: 10.0.0.2, mac: 01:00:00:00:00:01 }]',
      "3:106: interfaces.x.neighbours[0].mac: 01:00:00:00:00:01 is a multicast MAC; the first byte of a port's address is even",
    ],
    [
      'an IPv4 host of proxy ND',
      'proxyNdHosts: [10.0.0.9]',
      '3:82: interfaces.x.proxyNdHosts[0]: 10.0.0.9 is IPv4; an IPv6 address is expected (2001:db8::1)',
    ],
    [
      'a link-local host of proxy ND',
      'proxyNdHosts: ["fe80::9"]',
      '3:82: interfaces.x.proxyNdHosts[0]: fe80::9 is no global address of a host',
    ],
    [
      'a source check in other words',
      'urpf: on',
      '3:73: interfaces.x.urpf: a mapping is expected (strict, loose or { ip4: strict }), not "on"',
    ],
    [
      'a source check of one family',
      'urpf: { ip4: hard }',
      '3:80: interfaces.x.urpf.ip4: strict or loose is expected, not "hard"',
    ],
    [
      'an MSS too small',
      'mssClamp: 20',
      '3:77: interfaces.x.mssClamp: an MSS is a whole number from 64 to 65534, not 20',
    ],
    [
      'an MSS that is VPP’s none',
      'mssClamp: { ip6: 65535 }',
      '3:84: interfaces.x.mssClamp.ip6: an MSS is a whole number from 64 to 65534, not 65535',
    ],
  ])('%s', (_name, extra, message) => {
    expect(said(onPort(extra))).toEqual([message]);
  });

  it.each([
    [
      'neighbours',
      'neighbours: [{ address: 100.64.0.9, mac: 02:00:00:00:00:01 }]',
      '3:104: interfaces.x.subInterfaces[0].neighbours: neighbours can stand on one sub-interface only, and this entry makes 9',
    ],
    [
      'hosts of proxy ND',
      'proxyNdHosts: ["2001:db8::9"]',
      '3:104: interfaces.x.subInterfaces[0].proxyNdHosts: proxyNdHosts can stand on one sub-interface only, and this entry makes 9',
    ],
  ])('%s of many lines', (_name, extra, message) => {
    expect(said(onLines(extra))).toEqual([message]);
  });

  it.each([
    [
      'a neighbour outside',
      'neighbours: [{ address: 10.9.0.2, mac: 02:00:00:00:00:01 }]',
      '3:91: interfaces.x.neighbours[0].address: 10.9.0.2 is in no network of "x" (10.0.0.1/24); without a route VPP does not use the neighbour',
    ],
    [
      'a prefix of hosts that is no /64',
      'routerAdvertisement: { prefixes: [{ prefix: "2001:db8::/56" }] }',
      '3:111: interfaces.x.routerAdvertisement.prefixes[0].prefix: hosts make addresses of a /64 only (RFC 4862); write a /64 or autonomous: false',
    ],
  ])('%s is warned of', (_name, extra, message) => {
    expect(loadDocument(onPort(extra)).ok).toBe(true);
    expect(said(onPort(extra))).toEqual([message]);
  });
});

describe('virtual routers that are refused', () => {
  const router = (keys: string) => onPort(`vrrp: [{ id: 1, addresses: [10.0.0.254], ${keys} }]`);
  it.each([
    [
      'id 0',
      onPort('vrrp: [{ id: 0, addresses: [10.0.0.254] }]'),
      '3:80: interfaces.x.vrrp[0].id: a virtual router id is a whole number from 1 to 255, not 0',
    ],
    [
      'no address',
      onPort('vrrp: [{ id: 1, addresses: [] }]'),
      '3:94: interfaces.x.vrrp[0].addresses: at least one address is expected',
    ],
    [
      'two families',
      onPort('vrrp: [{ id: 1, addresses: [10.0.0.254, "2001:db8::1"] }]'),
      '3:107: interfaces.x.vrrp[0].addresses[1]: 2001:db8::1 is IPv6, 10.0.0.254 is IPv4; write two routers',
    ],
    [
      'a peer of the other family',
      router('peers: ["2001:db8::2"]'),
      '3:116: interfaces.x.vrrp[0].peers[0]: 2001:db8::2 is IPv6, 10.0.0.254 is IPv4; write two routers',
    ],
    [
      'an interval between',
      router('intervalMs: 105'),
      '3:120: interfaces.x.vrrp[0].intervalMs: an interval is a multiple of 10 ms',
    ],
    [
      'an owner without the address',
      router('priority: 255'),
      '3:95: interfaces.x.vrrp[0].addresses[0]: priority 255 is for the owner of 10.0.0.254: write it under addresses of "x", or a lower priority',
    ],
    [
      'an own address without priority 255',
      onPort('vrrp: [{ id: 1, addresses: [10.0.0.1] }]'),
      '3:95: interfaces.x.vrrp[0].addresses[0]: 10.0.0.1 is an address of "x" itself; its owner has priority 255',
    ],
    [
      'accept far from home',
      onPort('vrrp: [{ id: 1, addresses: [10.9.0.1], accept: true }]'),
      '3:95: interfaces.x.vrrp[0].addresses[0]: 10.9.0.1 is in no network of "x" (10.0.0.1/24); with accept VPP would put it there as a /24',
    ],
    [
      'no address to send from',
      onPort('vrrp: [{ id: 1, addresses: ["2001:db8::1"] }]'),
      '3:74: interfaces.x.vrrp[0]: "x" has no IPv6 address to send advertisements from',
    ],
    [
      'an id twice',
      onPort('vrrp: [{ id: 1, addresses: [10.0.0.254] }, { id: 1, addresses: [10.0.0.253] }]'),
      '3:116: interfaces.x.vrrp[1].id: id 1 already stands in vrrp[0] for IPv4',
    ],
    [
      'an address twice',
      onPort('vrrp: [{ id: 1, addresses: [10.0.0.254] }, { id: 2, addresses: [10.0.0.254] }]'),
      '3:131: interfaces.x.vrrp[1].addresses[0]: 10.0.0.254 is already an address of vrrp[0]',
    ],
    [
      'its own interface tracked',
      router('track: [{ interface: x }]'),
      '3:129: interfaces.x.vrrp[0].track[0].interface: a virtual router cannot track its own interface: that one counts anyway',
    ],
    [
      'an interface tracked twice',
      router('track: [{ interface: y }, { interface: y }]'),
      '3:147: interfaces.x.vrrp[0].track[1].interface: "y" stands twice in this list',
    ],
    [
      'an unknown interface tracked',
      router('track: [{ interface: z }]'),
      '3:129: interfaces.x.vrrp[0].track[0].interface: there is no interface "z"; did you mean "y"?',
    ],
  ])('%s', (_name, text, message) => {
    expect(said(text)).toEqual([message]);
  });

  it('a tracked interface without an address of the family', () => {
    const text = `interfaces:
  y: { loopback: {}, addresses: ["2001:db8:9::9/128"] }
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24], vrrp: [{ id: 1, addresses: [10.0.0.2], track: [{ interface: y }] }] }
`;
    expect(said(text)).toEqual([
      '3:127: interfaces.x.vrrp[0].track[0].interface: "y" has no IPv4 address: VPP takes it for down for ever',
    ]);
  });
});
