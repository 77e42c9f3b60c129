import { describe, expect, it } from '@jest/globals';
import { compileDocument } from './compile.js';
import { loadDocument } from './load-document.js';

const resources = (text: string) => {
  const loaded = loadDocument(text);
  expect(loaded).toMatchObject({ ok: true, warnings: [] });
  const compiled = loaded.ok ? compileDocument(loaded.model, { name: 'bng1' }) : [];
  return Object.fromEntries(compiled.map(({ key, spec }) => [key, spec]));
};

const line = { interface: 'sub-interface/access.100.7' };
const core = { interface: 'host-interface/core' };
const forever = 0xffffffff;

describe('what the features of a document become', () => {
  it.each<[string, string, Record<string, unknown>]>([
    [
      'a subscriber line with SLAAC, source checks and an MSS',
      `interfaces:
  gw: { loopback: {}, vrf: blue, addresses: [100.64.0.1/16, "2001:db8::1/64"] }
  access:
    hostInterface: { device: eth1 }
    subInterfaces:
      - outerVlan: 100
        innerVlan: 7
        vrf: blue
        unnumbered: gw
        routerAdvertisement:
          managed: true
          maxIntervalS: 600
          prefixes: [{ prefix: "2001:DB8:1::/64" }, { prefix: "2001:db8:2::/64", validS: 7200, preferredS: 3600, onLink: false }]
        neighbours: [{ address: "2001:db8::7", mac: 02-00-5E-00-00-07 }]
        proxyNd: true
        proxyNdHosts: ["2001:db8::9"]
        urpf: { ip4: strict, ip6: loose }
        mssClamp: { ip4: 1452, direction: out }
vrfs: { blue: { table: 10 } }
`,
      {
        'ip6/access.100.7': { ...line, vrf: 'vrf/blue' },
        'router-advertisement/access.100.7': {
          ...{ ...line, send: true, managed: true, other: false, linkLayerOption: true, unicast: false },
          ...{ maxIntervalS: 600, minIntervalS: 450, lifetimeS: 1800, initialCount: 3, initialIntervalS: 16 },
        },
        'ra-prefix/access.100.7/2001:db8:1::/64': {
          ...{ ...line, prefix: '2001:db8:1::/64', onLink: true, autonomous: true },
          ...{ validS: forever, preferredS: forever },
        },
        'ra-prefix/access.100.7/2001:db8:2::/64': {
          ...{ ...line, prefix: '2001:db8:2::/64', onLink: false, autonomous: true },
          ...{ validS: 7200, preferredS: 3600 },
        },
        'neighbour/access.100.7/2001:db8::7': {
          ...{ ...line, address: '2001:db8::7', mac: '02:00:5e:00:00:07', vrf: 'vrf/blue' },
        },
        'nd-proxy/access.100.7': line,
        'nd-proxy-host/access.100.7/2001:db8::9': { ...line, address: '2001:db8::9', vrf: 'vrf/blue' },
        'urpf/access.100.7/ip4': { ...line, family: 'ip4', mode: 'strict', vrf: 'vrf/blue' },
        'urpf/access.100.7/ip6': { ...line, family: 'ip6', mode: 'loose', vrf: 'vrf/blue' },
        'mss-clamp/access.100.7': { ...line, ip4: 1452, direction: 'out' },
      },
    ],
    [
      'virtual routers: one by multicast, one of an owner, one with peers and tracking',
      `interfaces:
  core:
    hostInterface: { device: eth1 }
    addresses: [192.0.2.2/24, "2001:db8::2/64"]
    vrrp:
      - { id: 10, addresses: [192.0.2.1], accept: true }
      - { id: 11, addresses: [192.0.2.2], priority: 255, intervalMs: 100, preempt: false }
      - { id: 10, addresses: ["fe80::1", "2001:db8::1"], peers: ["2001:db8::3"], track: [{ interface: up }, { interface: b, decrement: 7 }] }
  up: { hostInterface: { device: eth2 }, ip6: true }
  b: { loopback: {}, addresses: ["2001:db8:b::1/128"] }
`,
      {
        'vrrp/core/10/ip4': {
          ...{ ...core, id: 10, addresses: ['192.0.2.1'], priority: 100, intervalCs: 100, preempt: true },
          ...{ accept: true, peers: [], track: [] },
        },
        'vrrp/core/11/ip4': {
          ...{ ...core, id: 11, addresses: ['192.0.2.2'], priority: 255, intervalCs: 10, preempt: false },
          ...{ accept: false, peers: [], track: [], owns: ['address/core/192.0.2.2/24'] },
        },
        'vrrp/core/10/ip6': {
          ...{ ...core, id: 10, addresses: ['fe80::1', '2001:db8::1'], priority: 100, intervalCs: 100 },
          ...{ preempt: true, accept: false, peers: ['2001:db8::3'] },
          track: [
            { interface: 'host-interface/up', decrement: 100 },
            { interface: 'loopback/b', decrement: 7 },
          ],
        },
        'ip6/up': { interface: 'host-interface/up' },
      },
    ],
    [
      'marks and rates',
      `interfaces:
  core:
    hostInterface: { device: eth1 }
    policer: { in: gold }
    qos: { record: [dscp], store: ef }
    subInterfaces: [{ vlan: 7, policer: { out: gold }, qos: { record: [pcp], mark: { pcp: to-pcp, dscp: to-dscp } } }]
policers: { gold: { cirBps: 1G } }
puntPolicers: { ip6: gold }
qosMaps:
  to-pcp: { writes: pcp, dscp: [{ from: [ef, 40-45], to: 5 }], pcp: [{ from: 7, to: 6 }] }
  to-dscp: { writes: dscp, dscp: [{ from: 0-63, to: af11 }] }
`,
      {
        'policer-attach/core/in': { ...core, direction: 'in', policer: 'policer/gold' },
        'policer-attach/core.7/out': {
          ...{ interface: 'sub-interface/core.7', direction: 'out', policer: 'policer/gold' },
        },
        'punt-policer/ip6': { family: 'ip6', policer: 'policer/gold' },
        'qos-record/core/dscp': { ...core, source: 'dscp' },
        'qos-store/core': { ...core, dscp: 46 },
        'qos-record/core.7/pcp': { interface: 'sub-interface/core.7', source: 'pcp' },
        'qos-mark/core.7/pcp': { interface: 'sub-interface/core.7', writes: 'pcp', map: 'qos-map/to-pcp' },
        'qos-mark/core.7/dscp': { interface: 'sub-interface/core.7', writes: 'dscp', map: 'qos-map/to-dscp' },
        'qos-map/to-pcp': {
          ...{ name: 'to-pcp', id: expect.any(Number), writes: 'pcp', fromPcp: [0, 1, 2, 3, 4, 5, 6, 6] },
          fromDscp: Array.from({ length: 64 }, (_, mark) => (mark >= 40 && mark <= 46 ? 5 : mark >> 3)),
        },
        'qos-map/to-dscp': {
          ...{ name: 'to-dscp', id: expect.any(Number), writes: 'dscp', fromDscp: Array(64).fill(10) },
          fromPcp: [0, 8, 16, 24, 32, 40, 48, 56],
        },
      },
    ],
    [
      'what tells others, and what bounds',
      `interfaces:
  core:
    hostInterface: { device: eth1 }
    addresses: [192.0.2.2/24]
    flowprobe: { direction: in }
    lldp: { portDescription: to the left, managementIp4: 192.0.2.2 }
    promiscuous: true
    rxQueues: [{ queue: 0, mode: polling, worker: 1 }, { queue: 1, worker: main }]
ipfix: { collector: 192.0.2.9, source: 192.0.2.2 }
flowprobe: { record: [l2, l4] }
neighbourLimits: { ip4: { limit: 1000 }, ip6: { ageS: 600, recycle: true } }
proxyArpRanges: [{ first: 192.0.2.100, last: 192.0.2.110 }]
`,
      {
        'flowprobe-interface/core': { ...core, traffic: 'ip4', direction: 'in' },
        'lldp-interface/core': { ...core, portDescription: 'to the left', managementIp4: '192.0.2.2' },
        'lldp/global': { systemName: 'bng1', txIntervalS: 30, txHold: 4 },
        'promiscuous/core': core,
        'rx-queue/core/0': { ...core, queue: 0, mode: 'polling', worker: 1 },
        'rx-queue/core/1': { ...core, queue: 1, worker: 'main' },
        'ipfix-exporter/0': {
          ...{ collector: '192.0.2.9', port: 4739, source: '192.0.2.2', pathMtu: 1400, templateIntervalS: 20 },
          udpChecksum: false,
        },
        'flowprobe/params': { record: { l2: true, l3: false, l4: true }, activeS: 15, passiveS: 120 },
        'neighbour-limits/ip4': { family: 'ip4', limit: 1000, ageS: 0, recycle: false },
        'neighbour-limits/ip6': { family: 'ip6', limit: 50_000, ageS: 600, recycle: true },
        'proxy-arp-range/default/192.0.2.100-192.0.2.110': { low: '192.0.2.100', high: '192.0.2.110' },
      },
    ],
  ])('%s', (_name, text, expected) => {
    const made = resources(text);
    const before = /^(host-interface|sub-interface|loopback|memif|interface-vrf|unnumbered|address|vrf|policer)\//;
    expect(Object.fromEntries(Object.entries(made).filter(([key]) => !before.test(key)))).toEqual(expected);
  });

  it('keeps the numbers of maps when others come and go', () => {
    const idOf = (text: string) => (resources(text)['qos-map/a'] as { id: number }).id;
    expect(idOf('qosMaps: { a: { writes: dscp } }')).toBe(idOf('qosMaps: { a: { writes: dscp }, b: { writes: pcp } }'));
  });
});
