import { describe, expect, it } from '@jest/globals';
import { compileDocument } from './compile.js';
import { loadDocument } from './load-document.js';

const resources = (text: string) => {
  const loaded = loadDocument(text);
  expect(loaded).toMatchObject({ ok: true });
  const compiled = loaded.ok ? compileDocument(loaded.model, { name: 'bng1' }) : [];
  return Object.fromEntries(compiled.map(({ key, spec }) => [key, spec]));
};

describe('what a document becomes', () => {
  it.each([
    [
      'a port and its QinQ lines in a VRF',
      `interfaces:
  access:
    hostInterface: { device: eth1 }
    mac: 02-CA-00-00-00-01
    enabled: false
    subInterfaces: [{ outerVlan: 100, innerVlan: 7, outerTag: dot1ad, vrf: blue, unnumbered: gw, mtu: 1500 }]
  gw: { loopback: {}, vrf: blue, mac: 02:ca:00:00:00:02, addresses: [100.64.0.1/16] }
vrfs: { blue: { table: 10 } }
`,
      {
        'vrf/blue': { name: 'blue', tableId: 10 },
        'host-interface/access': {
          name: 'access',
          device: 'eth1',
          mac: '02:ca:00:00:00:01',
          mtu: 9000,
          enabled: false,
        },
        'sub-interface/access.100.7': {
          parent: 'host-interface/access',
          outerVlan: 100,
          innerVlan: 7,
          dot1ad: true,
          mtu: 1500,
          enabled: false,
        },
        'interface-vrf/access.100.7': { interface: 'sub-interface/access.100.7', vrf: 'vrf/blue' },
        'unnumbered/access.100.7': { interface: 'sub-interface/access.100.7', donor: 'loopback/gw', vrf: 'vrf/blue' },
        'loopback/gw': { name: 'gw', instance: 4975, mac: '02:ca:00:00:00:02', mtu: 9000, enabled: true },
        'interface-vrf/gw': { interface: 'loopback/gw', vrf: 'vrf/blue' },
        'address/gw/100.64.0.1/16': { interface: 'loopback/gw', prefix: '100.64.0.1/16', vrf: 'vrf/blue' },
      },
    ],
    [
      'a single tag with ACLs and proxy ARP',
      `interfaces:
  up: { memif: { socket: /run/a.sock, id: 3, role: master }, mac: 02:ca:00:00:00:01, subInterfaces: [{ vlan: 20, addresses: [192.0.2.1/29], proxyArp: true, acl: { in: [a] } }] }
acls: { a: { rules: [permit udp any any port 53] } }
`,
      {
        'memif-socket/332656701': { id: 332656701, filename: '/run/a.sock' },
        'memif/up': {
          name: 'up',
          socket: 'memif-socket/332656701',
          id: 3,
          role: 'master',
          mac: '02:ca:00:00:00:01',
          ringSize: 4096,
          bufferBytes: 2048,
          mtu: 9000,
          enabled: true,
        },
        'sub-interface/up.20': { parent: 'memif/up', outerVlan: 20, dot1ad: false, mtu: 0, enabled: true },
        'address/up.20/192.0.2.1/29': { interface: 'sub-interface/up.20', prefix: '192.0.2.1/29' },
        'acl-list/up.20': { interface: 'sub-interface/up.20', in: ['acl/a'], out: [] },
        'proxy-arp/up.20': { interface: 'sub-interface/up.20' },
        'proxy-arp-range/default/192.0.2.1-192.0.2.6': { low: '192.0.2.1', high: '192.0.2.6' },
        'acl-counters/all': {},
        'acl/a': {
          name: 'a',
          rules: [
            expect.objectContaining({ dst_prefix: '0.0.0.0/0', dstport_or_icmpcode_first: 53 }),
            expect.objectContaining({ dst_prefix: '::/0', dstport_or_icmpcode_last: 53 }),
          ],
        },
      },
    ],
    [
      'routes, relay and policer',
      `interfaces:
  core: { hostInterface: { device: eth0 }, mac: 02:ca:00:00:00:01, addresses: [10.255.0.1/30] }
vrfs: { blue: { table: 10 } }
routes:
  - { prefix: 10.0.0.0/8, vrf: blue, drop: true }
  - { prefix: "2001:DB8:0::/32", via: [{ interface: core, weight: 3 }] }
  - { prefix: 11.0.0.0/8, vrf: blue, via: [{ address: 10.255.0.2, vrf: default }, { vrf: default }] }
  - { prefix: 12.0.0.0/8, via: [{ vrf: blue }] }
  - { prefix: 13.0.0.0/8, unreachable: true }
  - { prefix: "2001:db8:1::/48", prohibit: true }
dhcpRelay: [{ vrf: blue, server: 10.255.0.2, source: 10.255.0.1 }]
policers: { gold: { cirBps: 1.5G, cirBurstBytes: 64k } }
`,
      {
        'host-interface/core': expect.anything(),
        'address/core/10.255.0.1/30': { interface: 'host-interface/core', prefix: '10.255.0.1/30' },
        'vrf/blue': { name: 'blue', tableId: 10 },
        'route/blue/10.0.0.0/8': { vrf: 'vrf/blue', prefix: '10.0.0.0/8', drop: true, paths: [] },
        'route/default/2001:db8::/32': {
          prefix: '2001:db8::/32',
          drop: false,
          paths: [{ interface: 'host-interface/core', weight: 3, preference: 0 }],
        },
        'route/blue/11.0.0.0/8': {
          vrf: 'vrf/blue',
          prefix: '11.0.0.0/8',
          drop: false,
          paths: [
            { via: '10.255.0.2', lookupIn: 'default', weight: 1, preference: 0 },
            { lookupIn: 'default', weight: 1, preference: 0 },
          ],
        },
        'route/default/12.0.0.0/8': {
          prefix: '12.0.0.0/8',
          drop: false,
          paths: [{ lookupIn: 'vrf/blue', weight: 1, preference: 0 }],
        },
        'route/default/13.0.0.0/8': { prefix: '13.0.0.0/8', drop: true, icmp: 'unreachable', paths: [] },
        'route/default/2001:db8:1::/48': { prefix: '2001:db8:1::/48', drop: true, icmp: 'prohibit', paths: [] },
        'dhcp-relay/blue/ip4': {
          vrf: 'vrf/blue',
          sourceAddress: '10.255.0.1',
          servers: [{ address: '10.255.0.2' }],
        },
        'acl/builtin.dhcp-client': expect.anything(),
        'policer/gold': { name: 'gold', rate: { cirBps: 1_500_000_000, cirBurstBytes: 64_000 } },
      },
    ],
  ])('%s', (_name, text, expected) => {
    expect(resources(text)).toEqual(expected);
  });

  it('has the same MAC on every start, another for each port and node', () => {
    const text = 'interfaces: { a: { loopback: {} }, b: { loopback: {} } }';
    const macs = Object.values(resources(text)).map((spec) => (spec as { mac: string }).mac);
    const again = Object.values(resources(text)).map((spec) => (spec as { mac: string }).mac);
    expect(new Set(macs).size).toBe(2);
    expect(again).toEqual(macs);
  });

  it('is 10,000 lines in a moment', () => {
    const text = `interfaces:
  access: { hostInterface: { device: eth1 }, subInterfaces: [{ outerVlan: 1-10, innerVlan: 1-1000, unnumbered: gw }] }
  gw: { loopback: {}, addresses: [100.64.0.1/16] }
`;
    expect(Object.keys(resources(text))).toHaveLength(20_003);
  });
});
