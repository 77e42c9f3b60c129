import { describe, expect, it } from '@jest/globals';
import { compileDocument } from './compile.js';
import { loadDocument } from './load-document.js';
import { problemText } from './problem.js';

/** Two ports and a VRF; NAT, at line 5, and what the ports are to it. */
const text = (nat: string, a = '', b = '') => `interfaces:
  a: { hostInterface: { device: eth1 }, subInterfaces: [{ vlan: 10${a && `, ${a}`} }, { vlan: 20, vrf: blue }] }
  b: { hostInterface: { device: eth2 }${b && `, ${b}`} }
vrfs: { blue: { table: 1 } }
${nat}
`;
const ed = (more: string) => text(`nat44Ed: { ${more} }`, 'nat44Ed: inside', 'nat44Ed: outside');
const ei = (more: string) => text(`nat44Ei: { ${more} }`, 'nat44Ei: inside', 'nat44Ei: outside');
const det = (more: string) => text(`det44: { ${more} }`, 'det44: inside', 'det44: outside');

const said = (document: string): string[] => {
  const loaded = loadDocument(document);
  return (loaded.ok ? loaded.warnings : loaded.errors).map(problemText);
};

describe('NAT that is refused', () => {
  it.each([
    [
      'a side of NAT that is not there',
      text('', 'nat44Ed: inside'),
      '2:69: interfaces.a.subInterfaces[0].nat44Ed: nat44Ed is not set up; write it at the top of the document',
    ],
    [
      'two NATs on one interface',
      text('nat44Ed: {}\nnat44Ei: {}', 'nat44Ed: inside, nat44Ei: inside', 'nat44Ed: both'),
      '2:86: interfaces.a.subInterfaces[0].nat44Ei: "a.10" has nat44Ed already; an interface has one kind of NAT',
    ],
    [
      'NAT of a bridge port',
      `${text('nat44Ed: {}', 'nat44Ed: inside, bridge: { domain: m }', 'nat44Ed: both')}bridgeDomains: { m: {} }`,
      '2:69: interfaces.a.subInterfaces[0].nat44Ed: "a.10" is an interface of layer 2; NAT is for routed ones',
    ],
    [
      'a side nobody knows',
      text('nat44Ed: {}', 'nat44Ed: middle', 'nat44Ed: both'),
      '2:78: interfaces.a.subInterfaces[0].nat44Ed: inside, outside, both or output is expected, not "middle"',
    ],
    [
      'an inside VRF that is not there',
      ed('insideVrf: blu'),
      '5:23: nat44Ed.insideVrf: there is no VRF "blu"; write it under vrfs; did you mean "blue"?',
    ],
    [
      'a pool of a VRF that is not there',
      ed('pools: [{ addresses: 203.0.113.1, vrf: red }]'),
      '5:51: nat44Ed.pools[0].vrf: there is no VRF "red"; write it under vrfs',
    ],
    [
      'IPv6 addresses',
      ed('pools: [{ addresses: "2001:db8::/64" }]'),
      '5:33: nat44Ed.pools[0].addresses: "2001:db8::/64" are no IPv4 addresses (203.0.113.0/28, 203.0.113.1-203.0.113.9 or one address)',
    ],
    [
      'a pool with host bits',
      ed('pools: [{ addresses: 203.0.113.5/28 }]'),
      '5:33: nat44Ed.pools[0].addresses: 203.0.113.5/28 has host bits set; write 203.0.113.0/28',
    ],
    [
      'a pool that runs backwards',
      ed('pools: [{ addresses: 203.0.113.9-203.0.113.1 }]'),
      '5:33: nat44Ed.pools[0].addresses: the range 203.0.113.9-203.0.113.1 runs backwards; write 203.0.113.1-203.0.113.9',
    ],
    [
      'a pool that VPP would search for seconds',
      ed('pools: [{ addresses: 10.0.0.0/16 }]'),
      '5:33: nat44Ed.pools[0].addresses: 65536 addresses are too many for a pool: VPP compares each with all others; at most 4096',
    ],
    [
      'pools that meet',
      ed('pools: [{ addresses: 203.0.113.0/29, vrf: blue }, { addresses: 203.0.113.7-203.0.113.9 }]'),
      '5:75: nat44Ed.pools[1].addresses: 203.0.113.7-203.0.113.9 meets 203.0.113.0-203.0.113.7 (nat44Ed.pools[0]); an outside address stands once',
    ],
    [
      'pools of two NATs that meet',
      `${ed('pools: [{ addresses: 203.0.113.0/29 }]')}nat44Ei: { pools: [{ addresses: 203.0.113.3 }] }`,
      '6:33: nat44Ei.pools[0].addresses: 203.0.113.3 meets 203.0.113.0-203.0.113.7 (nat44Ed.pools[0]); an outside address stands once',
    ],
    [
      'a pool and a map that meet',
      `${ed('pools: [{ addresses: 203.0.113.0/29 }]')}det44: { maps: [{ inside: 10.0.0.0/24, outside: 203.0.113.0/28 }] }`,
      '6:49: det44.maps[0].outside: 203.0.113.0/28 meets 203.0.113.0-203.0.113.7 (nat44Ed.pools[0]); an outside address stands once',
    ],
    [
      'half a port',
      ed('staticMappings: { web: { local: 10.0.0.5, localPort: 80, external: 203.0.113.1 } }'),
      '5:35: nat44Ed.staticMappings.web: protocol, localPort and externalPort go together; without all three every port is mapped',
    ],
    [
      'a port mapped twice',
      ed(
        'staticMappings: { web: { local: 10.0.0.5, localPort: 80, external: 203.0.113.1, externalPort: 80, protocol: tcp }, www: { local: 10.0.0.6, localPort: 80, external: 203.0.113.1, externalPort: 80, protocol: tcp } }',
      ),
      '5:132: nat44Ed.staticMappings.www: "web" has 203.0.113.1 tcp 80 already; outside, each port is mapped once',
    ],
    [
      'a mapping of a VRF that is not there',
      ed('staticMappings: { web: { local: 10.0.0.5, external: 203.0.113.1, vrf: red } }'),
      '5:82: nat44Ed.staticMappings.web.vrf: there is no VRF "red"; write it under vrfs',
    ],
    [
      'a limit twice',
      ed('sessionLimits: [{ vrf: blue, sessions: 5 }, { vrf: blue, sessions: 6 }]'),
      '5:63: nat44Ed.sessionLimits[1].vrf: VRF blue has a limit already (sessionLimits[0])',
    ],
    [
      'no sessions',
      ed('sessions: 0'),
      '5:22: nat44Ed.sessions: a number of sessions is a whole number from 1 to 100000000, not 0',
    ],
    [
      'a timeout of nothing',
      ed('timeouts: { udpS: 0 }'),
      '5:30: nat44Ed.timeouts.udpS: a timeout is a whole number from 1 to 4294967295, not 0',
    ],
    [
      'a port outside of every pool',
      ei(
        'pools: [{ addresses: 203.0.113.0/29 }], staticMappings: { web: { local: 10.0.0.5, localPort: 80, external: 203.0.113.9, externalPort: 80, protocol: tcp } }',
      ),
      '5:119: nat44Ei.staticMappings.web.external: 203.0.113.9 is in no pool; NAT44-EI maps ports of pool addresses only',
    ],
    [
      'more for one than for all',
      ei('sessions: 1000, userSessions: 2000'),
      '5:42: nat44Ei.userSessions: userSessions is 2000, but all together have 1000',
    ],
    [
      'twice NAT where there is none',
      ei('pools: [{ addresses: 203.0.113.0/29, twiceNat: true }]'),
      '5:49: nat44Ei.pools[0].twiceNat: unknown key "twiceNat"; known here: addresses, vrf',
    ],
    [
      'more outside than inside addresses',
      det('maps: [{ inside: 10.0.0.0/24, outside: 203.0.0.0/20 }]'),
      '5:17: det44.maps[0]: an inside /24 has fewer addresses than an outside /20, and VPP dies of it; write at most /24 inside and at least as long outside',
    ],
    [
      'more inside addresses than ports',
      det('maps: [{ inside: 10.0.0.0/15, outside: 203.0.113.1/32 }]'),
      '5:17: det44.maps[0]: 131072 inside addresses share one outside address, which has 64512 ports',
    ],
    [
      'an IPv6 map',
      det('maps: [{ inside: "2001:db8::/64", outside: 203.0.113.0/24 }]'),
      '5:27: det44.maps[0].inside: DET44 maps IPv4 addresses',
    ],
    [
      'inside ranges that meet',
      det(
        'maps: [{ inside: 10.0.0.0/24, outside: 203.0.113.0/30 }, { inside: 10.0.0.128/25, outside: 203.0.113.4/30 }]',
      ),
      '5:77: det44.maps[1].inside: 10.0.0.128/25 meets 10.0.0.0/24 (det44.maps[0]); an inside address stands in one map',
    ],
    [
      'outside ranges that meet',
      det('maps: [{ inside: 10.0.0.0/24, outside: 203.0.113.0/30 }, { inside: 10.0.1.0/24, outside: 203.0.113.2/31 }]'),
      '5:99: det44.maps[1].outside: 203.0.113.2/31 meets 203.0.113.0/30 (det44.maps[0]); an outside address stands once',
    ],
    [
      'a map with host bits',
      det('maps: [{ inside: 10.0.0.1/24, outside: 203.0.113.0/30 }]'),
      '5:27: det44.maps[0].inside: 10.0.0.1/24 has host bits set; write 10.0.0.0/24',
    ],
    [
      'a second outside interface of DET44',
      text('det44: {}', 'det44: outside', 'det44: outside'),
      '3:41: interfaces.b.det44: "a.10" is outside already; DET44 of VPP serves one outside interface',
    ],
    [
      'DET44 in another VRF',
      text('det44: { insideVrf: blue }', 'det44: inside', 'det44: outside'),
      '2:69: interfaces.a.subInterfaces[0].det44: "a.10" is in VRF default, the inside of DET44 is in VRF blue',
    ],
    [
      'a map as large as the world',
      det('maps: [{ inside: 10.0.0.0/8, outside: 100.0.0.0/16 }, { inside: 11.0.0.0/8, outside: 101.0.0.0/16 }]'),
      "5:16: det44.maps: 33554432 inside addresses take 750.0 GB of VPP's main heap, and VPP dies when it has not so much",
    ],
  ])('%s', (_name, document, message) => {
    expect(said(document)).toEqual([message]);
  });

  it.each([
    [
      'NAT without interfaces',
      text('nat44Ed: {}'),
      'nat44Ed: no interface is inside or outside of nat44Ed; nothing is translated',
    ],
    [
      'NAT without an outside',
      text('nat44Ei: {}', 'nat44Ei: inside'),
      'nat44Ei: no interface is outside of nat44Ei; nothing is translated',
    ],
    [
      'few ports',
      det('maps: [{ inside: 10.0.0.0/22, outside: 203.0.113.1/32 }]'),
      'det44.maps[0]: each inside address has 63 ports only',
    ],
  ])('warns of %s', (_name, document, message) => {
    expect(said(document).map((line) => line.replace(/^\d+:\d+: /, ''))).toEqual([message]);
  });
});

describe('what NAT becomes', () => {
  const compiled = (document: string) => {
    const loaded = loadDocument(document);
    expect(loaded).toMatchObject({ ok: true, warnings: [] });
    const resources = loaded.ok ? compileDocument(loaded.model, { name: 'bng1' }) : [];
    return Object.fromEntries(resources.map(({ key, spec }) => [key, spec as Record<string, unknown>]));
  };

  it('NAT44-ED', () => {
    const all = compiled(`interfaces:
  a: { hostInterface: { device: eth1 }, subInterfaces: [{ vlan: 10-11, vrf: blue, nat44Ed: inside }] }
  b: { hostInterface: { device: eth2 }, nat44Ed: both }
vrfs: { blue: { table: 1 } }
nat44Ed:
  sessions: 1000
  insideVrf: blue
  mssClamp: 1400
  timeouts: { udpS: 30 }
  pools:
    - { addresses: 203.0.113.0/30, vrf: blue }
    - { addresses: 203.0.113.9 }
    - { addresses: 192.0.2.1-192.0.2.2, vrf: default, twiceNat: true }
  staticMappings:
    web: { local: 10.0.0.5, localPort: 80, external: 203.0.113.1, externalPort: 8080, protocol: tcp, vrf: blue }
    host: { local: 10.0.0.6, external: 203.0.113.2 }
  sessionLimits: [{ vrf: blue, sessions: 10 }]
`);
    expect(all).toMatchObject({
      'nat44-ed/plugin': {
        ...{ sessions: 1000, insideVrf: 'vrf/blue', forwarding: false, mssClamp: 1400 },
        timeouts: { udpS: 30, tcpEstablishedS: 7440, tcpTransitoryS: 240, icmpS: 60 },
      },
      'nat44-ed-interface/a.10/inside': { interface: 'sub-interface/a.10', role: 'inside', vrf: 'vrf/blue' },
      'nat44-ed-interface/a.11/inside': {},
      'nat44-ed-interface/b/inside': { interface: 'host-interface/b' },
      'nat44-ed-interface/b/outside': {},
      'nat44-ed-pool/blue/203.0.113.0-203.0.113.3': { vrf: 'vrf/blue', twiceNat: false },
      'nat44-ed-pool/any/203.0.113.9-203.0.113.9': {},
      'nat44-ed-pool/twice-default/192.0.2.1-192.0.2.2': { vrf: 'default', twiceNat: true },
      'nat44-ed-static/web': { localPort: 80, externalPort: 8080, protocol: 'tcp', vrf: 'vrf/blue' },
      'nat44-ed-static/host': { local: '10.0.0.6', external: '203.0.113.2' },
      'nat44-ed-session-limit/blue': { sessions: 10, otherwise: 1000 },
    });
  });

  it('NAT44-EI: mappings hang on the pool of their address', () => {
    expect(
      compiled(
        ei(
          'pools: [{ addresses: 203.0.113.0/30 }], staticMappings: { web: { local: 10.0.0.5, localPort: 80, external: 203.0.113.1, externalPort: 80, protocol: udp } }',
        ),
      ),
    ).toMatchObject({
      'nat44-ei/plugin': { sessions: 65_536, users: 1024, userSessions: 65_536 },
      'nat44-ei-interface/a.10/inside': {},
      'nat44-ei-interface/b/outside': {},
      'nat44-ei-static/web': { pool: 'nat44-ei-pool/any/203.0.113.0-203.0.113.3' },
    });
  });

  it('DET44', () => {
    const all = compiled(det('maps: [{ inside: 10.0.0.0/24, outside: 203.0.113.0/30 }], timeouts: { udpS: 20 }'));
    expect(all).toMatchObject({
      'det44/plugin': {},
      'det44-timeouts/all': { udpS: 20 },
      'det44-interface/a.10': { role: 'inside' },
      'det44-interface/b': { role: 'outside' },
      'det44-map/10.0.0.0/24-203.0.113.0/30': { inside: '10.0.0.0/24', outside: '203.0.113.0/30' },
    });
    expect(compiled(det('maps: [{ inside: 10.0.0.0/24, outside: 203.0.113.0/30 }]'))).not.toHaveProperty(
      'det44-timeouts/all',
    );
  });
});
