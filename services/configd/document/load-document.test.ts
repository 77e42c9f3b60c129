import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { loadDocument } from './load-document.js';
import { problemText } from './problem.js';

/** A document in which only `extra` can be wrong. `extra` begins at line 13. */
const withBase = (extra: string) => `interfaces:
  access:
    hostInterface: { device: veth-access }
    subInterfaces:
      - { outerVlan: 100, innerVlan: 1-100, unnumbered: gw }
  core: { hostInterface: { device: veth-core }, addresses: [10.255.0.1/30] }
  gw: { loopback: {}, addresses: [100.64.0.1/16] }
  gw-blue: { loopback: {}, vrf: blue, addresses: [100.64.0.1/16] }
vrfs: { blue: { table: 10 } }
# The part under test.

# -
${extra}
`;

/** One interface more, the part under test at line 3. */
const port = (extra: string) => `interfaces:
  gw: { loopback: {}, addresses: [100.64.0.1/16] }
  ${extra}
vrfs: { blue: { table: 10 } }
`;

const said = (text: string): string[] => {
  const loaded = loadDocument(text);
  return (loaded.ok ? loaded.warnings : loaded.errors).map(problemText);
};

describe('the sample document', () => {
  it('is accepted without a warning', () => {
    const loaded = loadDocument(readFileSync('infra/samples/bng.yaml', 'utf8'));
    expect(loaded).toMatchObject({ ok: true, warnings: [] });
  });
});

describe('documents that are refused', () => {
  it.each([
    ['nothing', '', 'the document is empty; to remove everything write "interfaces: {}"'],
    ['a list', '- 1\n', '1:1: a mapping is expected ({ ... }), not a list'],
    ['a text', 'hello\n', '1:1: a mapping is expected ({ ... }), not "hello"'],
    [
      'an open bracket',
      'routes: [\n',
      '2:1: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['tabs', 'vrfs:\n\tblue: {}\n', '2:1: tabs cannot indent YAML; use spaces'],
    ['a key twice', 'vrfs: {}\nroutes: []\nvrfs: {}\n', '3:1: this key stands twice in its mapping; keep one of them'],
    [
      'two documents',
      'vrfs: {}\n---\nvrfs: {}\n',
      '2:1: only one YAML document is expected; remove "---" and what follows',
    ],
    ['a tag', 'vrfs: !secret {}\n', '1:7: unknown mapping tag !<!secret>'],
  ])('%s', (_name, text, message) => {
    expect(said(text)).toEqual([message]);
  });

  it('an alias bomb, before it is expanded', () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) => `  a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(', ')}]`,
    );
    const bomb = `vrfs:\n  a0: &a0 [x]\n${levels.join('\n')}\n`;
    expect(said(bomb)).toEqual(['the document has more than 2000000 values once its aliases are expanded']);
  });

  it('an alias to itself', () => {
    expect(said('vrfs: &a { b: *a }\n')).toEqual([
      'the document is nested more than 40 levels deep (or contains itself by an alias)',
    ]);
  });

  it.each([[1000], [100_000]])('%i levels of brackets', (levels) => {
    expect(loadDocument(`vrfs: ${'['.repeat(levels)}${']'.repeat(levels)}`).ok).toBe(false);
  });

  it('more than 16 MB', () => {
    expect(said('#'.repeat(16 * 1024 * 1024 + 1))).toEqual([
      'the document has 16777217 characters; at most 16777216 are read',
    ]);
  });
});

describe('ports and VLANs that are refused', () => {
  it.each([
    [
      'no type',
      'x: {}',
      '3:3: interfaces.x: what is it? write one of hostInterface, vppInterface, memif, bond or loopback under the name',
    ],
    [
      'a sub-interface by its name in VPP',
      'x: { vppInterface: { name: TenGigabitEthernet3/0/0.100 } }',
      '3:30: interfaces.x.vppInterface.name: "TenGigabitEthernet3/0/0.100" is not the name of a port of VPP (TenGigabitEthernet3/0/0); sub-interfaces stand under subInterfaces of their port',
    ],
    [
      'the interface that drops all',
      'x: { vppInterface: { name: local0 } }',
      '3:30: interfaces.x.vppInterface.name: local0 is no port; VPP drops what is sent to it',
    ],
    [
      'an interface that configd makes',
      'x: { vppInterface: { name: host-eth1 } }',
      '3:30: interfaces.x.vppInterface.name: "host-eth1" is named like one that configd makes; write it as hostInterface',
    ],
    [
      'one port of VPP twice',
      'x: { vppInterface: { name: eth0 } }\n  y: { vppInterface: { name: eth0 } }',
      '4:30: interfaces.y.vppInterface.name: interface eth0 of VPP already belongs to "x"',
    ],
    [
      'two types',
      'x: { loopback: {}, memif: {} }',
      '3:3: interfaces.x: memif and loopback cannot be one port; keep one of them',
    ],
    [
      'an unknown key',
      'x: { loopback: {}, adresses: [10.0.0.1/24] }',
      '3:22: interfaces.x.adresses: unknown key "adresses"; did you mean "addresses"?',
    ],
    [
      'a key where none is',
      'x: { loopback: { id: 1 } }',
      '3:20: interfaces.x.loopback.id: unknown key "id"; nothing can be set here',
    ],
    [
      'no device',
      'x: { hostInterface: {} }',
      '3:23: interfaces.x.hostInterface: "device" is missing: the name of a network device is expected',
    ],
    [
      'a device with a slash',
      'x: { hostInterface: { device: a/b } }',
      '3:33: interfaces.x.hostInterface.device: a network device name has 1 to 15 characters without spaces, "/" and ":"',
    ],
    [
      'a sub-interface as port',
      'access.100: { loopback: {} }',
      '3:3: interfaces."access.100": "access.100" is not a name: a letter, then letters, digits, "-" or "_", at most 32 in all; sub-interfaces stand under subInterfaces of their port',
    ],
    [
      'a sub-interface under a sub-interface',
      'x: { hostInterface: { device: a }, subInterfaces: [{ vlan: 1, subInterfaces: [] }] }',
      '3:65: interfaces.x.subInterfaces[0].subInterfaces: unknown key "subInterfaces"; known here: vlan, outerVlan, innerVlan, outerTag, description, enabled, vrf, mtu, addresses, unnumbered, proxyArp, acl, macip, ip6, routerAdvertisement, neighbours, proxyNd, proxyNdHosts, dhcpServerGroup, urpf, mssClamp, vrrp, policer, qos, flowprobe, bridge, crossConnect, tagRewrite, nat44Ed, nat44Ei, det44',
    ],
    [
      'sub-interfaces of a loopback',
      'x: { loopback: {}, subInterfaces: [{ vlan: 1 }] }',
      '3:22: interfaces.x.subInterfaces: a loopback carries no tagged frames; put sub-interfaces on a hostInterface, vppInterface, memif or bond',
    ],
    [
      'VLAN 0',
      'x: { hostInterface: { device: a }, subInterfaces: [{ vlan: 0 }] }',
      '3:62: interfaces.x.subInterfaces[0].vlan[0]: VLAN 0 does not exist; VLANs are 1 to 4094',
    ],
    [
      'VLAN 5000 in a range',
      'x: { hostInterface: { device: a }, subInterfaces: [{ outerVlan: 1, innerVlan: 1-5000 }] }',
      '3:81: interfaces.x.subInterfaces[0].innerVlan[0]: VLAN 5000 does not exist; VLANs are 1 to 4094',
    ],
    [
      'a range that runs backwards',
      'x: { hostInterface: { device: a }, subInterfaces: [{ vlan: 9-3 }] }',
      '3:62: interfaces.x.subInterfaces[0].vlan[0]: the range 9-3 runs backwards; write 3-9',
    ],
    [
      'a VLAN in words',
      'x: { hostInterface: { device: a }, subInterfaces: [{ vlan: many }] }',
      '3:62: interfaces.x.subInterfaces[0].vlan[0]: "many" is not a VLAN (100) or a range of VLANs (1-100)',
    ],
    [
      'no tags',
      'x: { hostInterface: { device: a }, subInterfaces: [{ mtu: 1500 }] }',
      '3:54: interfaces.x.subInterfaces[0]: which tags? write vlan (802.1Q), or outerVlan and innerVlan (QinQ)',
    ],
    [
      'half of QinQ',
      'x: { hostInterface: { device: a }, subInterfaces: [{ outerVlan: 5 }] }',
      '3:54: interfaces.x.subInterfaces[0]: innerVlan is missing; for a single tag write vlan',
    ],
    [
      'both notations',
      'x: { hostInterface: { device: a }, subInterfaces: [{ vlan: 5, innerVlan: 6 }] }',
      '3:54: interfaces.x.subInterfaces[0]: vlan is a single tag; for QinQ write outerVlan and innerVlan without it',
    ],
    [
      'the same tags twice',
      'x: { hostInterface: { device: a }, subInterfaces: [{ vlan: 5 }, { vlan: 3-7 }] }',
      '3:67: interfaces.x.subInterfaces[1]: x.5 is already made by subInterfaces[0]; the same tags stand once on a port',
    ],
    [
      'ranges of QinQ that meet',
      'x: { hostInterface: { device: a }, subInterfaces: [{ outerVlan: 1-2, innerVlan: 1-9 }, { outerVlan: 2, innerVlan: 9-12 }] }',
      '3:90: interfaces.x.subInterfaces[1]: x.2.9 is already made by subInterfaces[0]; the same tags stand once on a port',
    ],
    [
      'the same tag twice in a list',
      'x: { hostInterface: { device: a }, subInterfaces: [{ vlan: [5, 4-6] }] }',
      '3:54: interfaces.x.subInterfaces[0]: x.5 is twice in this entry; the same tags stand once on a port',
    ],
    [
      'an address on a range',
      'x: { hostInterface: { device: a }, subInterfaces: [{ vlan: 5-6, addresses: [10.1.0.1/24] }] }',
      '3:67: interfaces.x.subInterfaces[0].addresses: addresses can stand on one sub-interface only, and this entry makes 2; use unnumbered',
    ],
    [
      'too many',
      'x: { hostInterface: { device: a }, subInterfaces: [{ outerVlan: 1-4094, innerVlan: 1-4094 }] }',
      '3:54: interfaces.x.subInterfaces[0]: the document makes more than 100000 sub-interfaces; this entry alone 16760836',
    ],
    [
      'a bad MAC',
      'x: { loopback: {}, mac: 02:ca:00:00:01 }',
      '3:27: interfaces.x.mac: "02:ca:00:00:01" is not a MAC address (six bytes: 02:ca:00:00:00:01)',
    ],
    [
      'a multicast MAC',
      'x: { loopback: {}, mac: 01:00:5e:00:00:01 }',
      "3:27: interfaces.x.mac: 01:00:5e:00:00:01 is a multicast MAC; the first byte of a port's address is even",
    ],
    [
      'no MAC at all',
      'x: { loopback: {}, mac: 00:00:00:00:00:00 }',
      '3:27: interfaces.x.mac: 00:00:00:00:00:00 is no address of a station',
    ],
    [
      'an MTU of 9999',
      'x: { loopback: {}, mtu: 9999 }',
      '3:27: interfaces.x.mtu: an MTU is a whole number from 68 to 9216, not 9999',
    ],
  ])('%s', (_name, extra, message) => {
    expect(said(port(extra))).toEqual([message]);
  });

  it.each([
    [
      'a device',
      'hostInterface: { device: a }',
      '3:33: interfaces.y.hostInterface.device: device a already belongs to "x"',
    ],
    [
      'a memif id',
      'memif: { id: 0 }',
      '3:21: interfaces.y.memif.id: memif id 0 of /run/vpp/memif.sock already belongs to "x"',
    ],
  ])('%s twice', (_name, type, message) => {
    expect(said(`interfaces:\n  x: { ${type} }\n  y: { ${type} }\n`)).toEqual([message]);
  });
});

describe('addresses and references that are refused', () => {
  it.each([
    [
      'no length',
      'x: { loopback: {}, addresses: [10.0.0.1] }',
      '3:34: interfaces.x.addresses[0]: "10.0.0.1" is not an address with its length (10.255.0.1/30); write the length too: 10.0.0.1/24',
    ],
    [
      'the network itself',
      'x: { loopback: {}, addresses: [10.0.0.0/24] }',
      '3:34: interfaces.x.addresses[0]: 10.0.0.0/24 is the network itself; write an address in it: 10.0.0.1/24',
    ],
    [
      'its broadcast address',
      'x: { loopback: {}, addresses: [10.0.0.255/24] }',
      '3:34: interfaces.x.addresses[0]: 10.0.0.255/24 is the broadcast address; write an address in the network: 10.0.0.1/24',
    ],
    [
      'multicast',
      'x: { loopback: {}, addresses: [224.0.0.5/24] }',
      '3:34: interfaces.x.addresses[0]: 224.0.0.5/24 cannot be the address of an interface',
    ],
    [
      'no address',
      'x: { loopback: {}, addresses: [10.0.0.300/24] }',
      '3:34: interfaces.x.addresses[0]: "10.0.0.300/24" is not an address with its length (10.255.0.1/30)',
    ],
    [
      'no list',
      'x: { loopback: {}, addresses: 10.0.0.1/24 }',
      '3:33: interfaces.x.addresses: a list is expected, not "10.0.0.1/24"',
    ],
    [
      'an overlap',
      'x: { loopback: {}, addresses: [100.64.9.1/24] }',
      '3:34: interfaces.x.addresses[0]: 100.64.9.1/24 overlaps 100.64.0.1/16 of "gw" (interfaces.gw.addresses[0]); in one VRF networks must be apart',
    ],
    [
      'an overlap the other way',
      'x: { loopback: {}, addresses: [100.0.0.1/8] }',
      '3:34: interfaces.x.addresses[0]: 100.0.0.1/8 overlaps 100.64.0.1/16 of "gw" (interfaces.gw.addresses[0]); in one VRF networks must be apart',
    ],
    [
      'the same network',
      'x: { loopback: {}, addresses: [100.64.0.2/16] }',
      '3:34: interfaces.x.addresses[0]: 100.64.0.2/16 is the same network as 100.64.0.1/16 of "gw" (interfaces.gw.addresses[0]); in one VRF networks must be apart',
    ],
    [
      'an overlap on one interface',
      'x: { loopback: {}, addresses: ["2001:db8::1/64", "2001:db8:0::2/48"] }',
      '3:52: interfaces.x.addresses[1]: 2001:db8::2/48 overlaps 2001:db8::1/64 of "x" (interfaces.x.addresses[0]); in one VRF networks must be apart',
    ],
    [
      'an unknown VRF',
      'x: { loopback: {}, vrf: bleu }',
      '3:27: interfaces.x.vrf: there is no VRF "bleu"; write it under vrfs; did you mean "blue"?',
    ],
    [
      'an unknown donor',
      'x: { loopback: {}, unnumbered: subs }',
      '3:34: interfaces.x.unnumbered: there is no interface "subs"',
    ],
    [
      'itself as donor',
      'x: { loopback: {}, unnumbered: x }',
      '3:34: interfaces.x.unnumbered: an interface cannot borrow its own addresses',
    ],
    [
      'a donor in another VRF',
      'x: { loopback: {}, vrf: blue, unnumbered: gw }',
      '3:45: interfaces.x.unnumbered: "gw" is in VRF default, this interface in VRF blue; both must be in one',
    ],
    [
      'a donor beside addresses',
      'x: { loopback: {}, addresses: [10.0.0.1/24], unnumbered: gw }',
      '3:60: interfaces.x.unnumbered: an interface has either addresses of its own or unnumbered, not both',
    ],
    [
      'an unknown ACL',
      'x: { loopback: {}, acl: { in: [web] } }',
      '3:34: interfaces.x.acl.in[0]: there is no ACL "web"; write it under acls',
    ],
  ])('%s', (_name, extra, message) => {
    expect(said(port(extra))).toEqual([message]);
  });

  it.each([
    [
      'a donor without addresses',
      'x: { loopback: {} }\n  y: { loopback: {}, unnumbered: x }',
      '4:34: interfaces.y.unnumbered: "x" has no addresses to borrow',
    ],
    [
      'a donor that borrows',
      'x: { loopback: {}, unnumbered: gw }\n  y: { loopback: {}, unnumbered: x }',
      '4:34: interfaces.y.unnumbered: "x" is unnumbered itself; write "gw"',
    ],
    [
      'a missing sub-interface',
      'x: { hostInterface: { device: a }, subInterfaces: [{ vlan: 7 }] }\n  y: { loopback: {}, unnumbered: x.8 }',
      '4:34: interfaces.y.unnumbered: there is no interface "x.8"; "x" has no sub-interface with these tags',
    ],
  ])('%s', (_name, extra, message) => {
    expect(said(port(extra))).toEqual([message]);
  });

  it('takes the same network in two VRFs, and connected networks that only touch', () => {
    const text = port('x: { loopback: {}, vrf: blue, addresses: [100.64.0.1/16, 100.65.0.1/16, 100.63.255.255/32] }');
    expect(loadDocument(text)).toMatchObject({ ok: true, warnings: [] });
  });
});

describe('routes, relays, VRFs, policers and ACLs that are refused', () => {
  it.each([
    [
      'host bits',
      'routes: [{ prefix: 10.1.2.3/8, drop: true }]',
      '13:20: routes[0].prefix: 10.1.2.3/8 has host bits set; write 10.0.0.0/8',
    ],
    ['no prefix', 'routes: [{ drop: true }]', '13:10: routes[0]: "prefix" is missing: a prefix is expected'],
    [
      'nowhere to go',
      'routes: [{ prefix: 10.0.0.0/8 }]',
      '13:10: routes[0]: where to? write "via" with a next hop, or "drop: true"',
    ],
    [
      'drop with a next hop',
      'routes: [{ prefix: 10.0.0.0/8, drop: true, via: [{ interface: core }] }]',
      '13:44: routes[0].via: a route either drops or has next hops, not both',
    ],
    [
      'twice',
      'routes: [{ prefix: 10.0.0.0/8, drop: true }, { prefix: 10.0.0.0/8, drop: true }]',
      '13:56: routes[1].prefix: 10.0.0.0/8 already stands in routes[0]; several next hops go into one "via"',
    ],
    [
      'an unknown interface',
      'routes: [{ prefix: 10.0.0.0/8, via: [{ interface: cor }] }]',
      '13:51: routes[0].via[0].interface: there is no interface "cor"; did you mean "core"?',
    ],
    [
      'a line outside the range',
      'routes: [{ prefix: 10.0.0.0/8, via: [{ interface: access.100.101 }] }]',
      '13:51: routes[0].via[0].interface: there is no interface "access.100.101"; "access" has no sub-interface with these tags',
    ],
    [
      'an empty next hop',
      'routes: [{ prefix: 10.0.0.0/8, via: [{ weight: 2 }] }]',
      '13:38: routes[0].via[0]: where to? write an address, an interface or both, a VRF, or a nextHop',
    ],
    [
      'drop and unreachable',
      'routes: [{ prefix: 10.0.0.0/8, drop: true, unreachable: true }]',
      '13:44: routes[0].unreachable: a route has one of "drop" and "unreachable", not both',
    ],
    [
      'prohibit with a next hop',
      'routes: [{ prefix: 10.0.0.0/8, via: [{ interface: core }], prohibit: true }]',
      '13:32: routes[0].via: a route either drops or has next hops, not both',
    ],
    [
      'an unknown VRF to look up in',
      'routes: [{ prefix: 10.0.0.0/8, via: [{ vrf: blu }] }]',
      '13:45: routes[0].via[0].vrf: there is no VRF "blu"; write it under vrfs; did you mean "blue"?',
    ],
    [
      'a VRF and an interface',
      'routes: [{ prefix: 10.0.0.0/8, via: [{ interface: core, vrf: blue }] }]',
      '13:57: routes[0].via[0].vrf: an interface has its VRF already; write either "interface" or "vrf"',
    ],
    [
      'an interface of another VRF',
      'routes: [{ prefix: 10.0.0.0/8, vrf: blue, via: [{ address: 10.255.0.2, interface: core }] }]',
      '13:83: routes[0].via[0].interface: "core" is in VRF default, the route in VRF blue; write the next hop with "vrf: default" instead of an interface',
    ],
    [
      'a VRF that looks up in itself',
      'routes: [{ prefix: 10.0.0.0/8, vrf: blue, via: [{ vrf: blue }] }]',
      '13:56: routes[0].via[0].vrf: the packet comes from VRF blue: it would be looked up there for ever',
    ],
    [
      'a next hop of the other family',
      'routes: [{ prefix: 10.0.0.0/8, via: [{ address: 2001:db8::1 }] }]',
      '13:49: routes[0].via[0].address: 2001:db8::1 is IPv6, the route 10.0.0.0/8 is IPv4',
    ],
    [
      'itself as next hop',
      'routes: [{ prefix: 10.0.0.0/8, via: [{ address: 10.255.0.1, interface: core }] }]',
      '13:49: routes[0].via[0].address: 10.255.0.1 is the address of "core" itself, no next hop',
    ],
    [
      'a next hop twice',
      'routes: [{ prefix: 10.0.0.0/8, via: [{ interface: core }, { interface: core }] }]',
      '13:59: routes[0].via[1]: this next hop stands twice; give it more weight instead',
    ],
    [
      'weight 0',
      'routes: [{ prefix: 10.0.0.0/8, via: [{ interface: core, weight: 0 }] }]',
      '13:65: routes[0].via[0].weight: a weight is a whole number from 1 to 255, not 0',
    ],
    [
      'a source that is nowhere',
      'dhcpRelay: [{ server: 10.255.0.2, source: 10.255.0.9 }]',
      '13:43: dhcpRelay[0].source: 10.255.0.9 is no address of any interface; the source must be an address of an interface in the VRF of the server (default)',
    ],
    [
      'a source in another VRF',
      'dhcpRelay: [{ vrf: blue, server: 10.255.0.2, source: 10.255.0.1, serverVrf: blue }]',
      '13:54: dhcpRelay[0].source: 10.255.0.1 is in VRF default; the source must be an address of an interface in the VRF of the server (blue)',
    ],
    [
      'itself as server',
      'dhcpRelay: [{ server: 10.255.0.1, source: 10.255.0.1 }]',
      '13:23: dhcpRelay[0].server: 10.255.0.1 is an address of this node; the server is another host',
    ],
    [
      'two relays in one VRF',
      'dhcpRelay: [{ server: 10.255.0.2, source: 10.255.0.1 }, { server: 10.9.0.2, source: 10.255.0.1 }]',
      '13:57: dhcpRelay[1]: VRF default already has a relay (dhcpRelay[0]); VPP keeps one source for each VRF and family',
    ],
    [
      'an IPv6 server with an IPv4 source',
      'dhcpRelay: [{ server: "2001:db8::2", source: 10.255.0.1 }]',
      '13:46: dhcpRelay[0].source: 10.255.0.1 is of another family than the server 2001:db8::2',
    ],
    [
      'a rate in words',
      'policers: { p: { cirBps: fast } }',
      '13:26: policers.p.cirBps: "fast" is no number of bit/s (500M, 1G or 1000000)',
    ],
    [
      'PIR below CIR',
      'policers: { p: { cirBps: 10M, pirBps: 5M } }',
      '13:39: policers.p.pirBps: 5000000 is below cirBps 10000000',
    ],
    [
      'half a rule',
      'acls: { a: { rules: [permit tcp any] } }',
      '13:22: acls.a.rules[0]: "permit tcp any" is not a whole rule; write: permit|deny|reflect PROTOCOL SOURCE [port P] DESTINATION [port P] [established]',
    ],
    [
      'a rule with too much',
      'acls: { a: { rules: [permit tcp any any log] } }',
      '13:22: acls.a.rules[0]: "log" is too much at the end of the rule; write: permit|deny|reflect PROTOCOL SOURCE [port P] DESTINATION [port P] [established]',
    ],
    [
      'an unknown action',
      'acls: { a: { rules: [allow tcp any any] } }',
      '13:22: acls.a.rules[0].action: "allow" is no action; permit, deny or reflect (permit and let the answers in)',
    ],
    [
      'host bits in a rule',
      'acls: { a: { rules: [deny tcp any 10.0.0.1/8] } }',
      '13:22: acls.a.rules[0].dst: "10.0.0.1/8" has host bits set; 10.0.0.0/8 would be the network',
    ],
    [
      'a port of icmp',
      'acls: { a: { rules: [permit tcp any any, { action: permit, proto: icmp, dstPorts: 80 }] } }',
      '13:83: acls.a.rules[1].dstPorts: goes with proto tcp and udp only',
    ],
    [
      'an unknown key in a rule',
      'acls: { a: { rules: [{ action: permit, protocol: tcp }] } }',
      '13:40: acls.a.rules[0].protocol: unknown key "protocol"; known here: action, src, dst, proto, srcPorts, dstPorts, icmpType, established, family, name',
    ],
  ])('%s', (_name, extra, message) => {
    expect(said(withBase(extra))).toEqual([message]);
  });

  it.each([
    [
      'default by name',
      '{ default: { table: 3 } }',
      '1:9: vrfs.default: "default" is table 0 and always there; use another name',
    ],
    ['table 0', '{ a: { table: 0 } }', '1:21: vrfs.a.table: a table id is a whole number from 1 to 4294967294, not 0'],
    [
      'a table that rules of pbr have',
      '{ a: { table: 2097152000 } }',
      '1:21: vrfs.a.table: tables 2097152000 to 2113929215 are kept for rules of pbr',
    ],
    ['a table twice', '{ a: { table: 7 }, b: { table: 7 } }', '1:38: vrfs.b.table: table 7 already belongs to VRF "a"'],
    ['no table', '{ a: {} }', '1:12: vrfs.a: "table" is missing: a table id is a whole number from 1 to 4294967294'],
  ])('VRF: %s', (_name, vrfs, message) => {
    expect(said(`vrfs: ${vrfs}\n`)).toEqual([message]);
  });
});

describe('warnings', () => {
  it.each([
    [
      'weights that VPP rounds',
      'routes: [{ prefix: 10.0.0.0/8, via: [{ address: 10.255.0.2, interface: core, weight: 60 }, { interface: access, weight: 40 }] }]',
      [
        '13:86: routes[0].via[0].weight: weight 60 is 60 %, VPP rounds it to 62.5 %',
        '13:121: routes[0].via[1].weight: weight 40 is 40 %, VPP rounds it to 37.5 %',
      ],
    ],
    [
      'a next hop outside the networks',
      'routes: [{ prefix: 10.0.0.0/8, via: [{ address: 10.9.9.9, interface: core }] }]',
      ['13:49: routes[0].via[0].address: 10.9.9.9 is in no network of "core" (10.255.0.1/30)'],
    ],
  ])('%s', (_name, extra, warnings) => {
    const loaded = loadDocument(withBase(extra));
    expect(loaded.ok).toBe(true);
    expect(loaded.warnings.map(problemText)).toEqual(warnings);
  });
});

describe('many mistakes at once', () => {
  it('are all told, in the order of the text, without those that only follow from others', () => {
    const text = `interfaces:
  access:
    hostInterface: { device: veth-access }
    subInterfaces:
      - { outerVlan: 100, innerVlan: 1-5000, unnumbered: gw }
      - { vlan: 7, unnumbered: gww }
  core: { hostInterface: { device: veth-core }, adresses: [10.255.0.1/30] }
  gw: { loopback: {}, addresses: [100.64.0.1/16] }
routes:
  - { prefix: 10.0.0.1/8, via: [{ interface: access.100.7 }] }
  - { prefix: 10.0.0.0/8, via: [{ interface: cor }] }
dhcpRelay: [{ server: 10.255.0.2, source: 10.255.0.1, vrf: bleu }]
`;
    expect(said(text)).toEqual([
      '5:38: interfaces.access.subInterfaces[0].innerVlan[0]: VLAN 5000 does not exist; VLANs are 1 to 4094',
      '6:32: interfaces.access.subInterfaces[1].unnumbered: there is no interface "gww"; did you mean "gw"?',
      '7:49: interfaces.core.adresses: unknown key "adresses"; did you mean "addresses"?',
      '10:15: routes[0].prefix: 10.0.0.1/8 has host bits set; write 10.0.0.0/8',
      '11:46: routes[1].via[0].interface: there is no interface "cor"; did you mean "core"?',
      '12:60: dhcpRelay[0].vrf: there is no VRF "bleu"; write it under vrfs',
    ]);
  });
});
