import { describe, expect, it } from '@jest/globals';
import { compileDocument } from './compile.js';
import { loadDocument } from './load-document.js';
import { problemText } from './problem.js';

/** A bridge domain with a member and its BVI, a port, and, at line 6, the part under test. */
const text = (more: string) => `interfaces:
  a: { hostInterface: { device: eth1 }, subInterfaces: [{ vlan: 10, bridge: { domain: metro } }] }
  gw: { loopback: {}, addresses: [10.1.0.1/24], bridge: { domain: metro } }
  b: { hostInterface: { device: eth2 } }
  c: { hostInterface: { device: eth3 } }
${more}
`;
const domains = 'bridgeDomains: { metro: {}, rural: {} }';
const port = (extra: string) => text(`  x: { hostInterface: { device: eth4 }, ${extra} }\n${domains}`);
const sub = (extra: string) => port(`subInterfaces: [{ ${extra} }]`);

const said = (document: string): string[] => {
  const loaded = loadDocument(document);
  return (loaded.ok ? loaded.warnings : loaded.errors).map(problemText);
};

describe('layer 2 that is refused', () => {
  it.each([
    [
      'a domain that is not there',
      port('bridge: { domain: metr }'),
      '6:59: interfaces.x.bridge.domain: there is no bridge domain "metr"; write it under bridgeDomains; did you mean "metro"?',
    ],
    [
      'a member with an address',
      port('bridge: { domain: metro }, addresses: [10.2.0.1/24]'),
      '6:68: interfaces.x.addresses: "x" is an interface of layer 2; addresses belongs on a loopback in the bridge domain',
    ],
    [
      'a member in a VRF',
      `${port('bridge: { domain: metro }, vrf: blue')}vrfs: { blue: { table: 1 } }`,
      '6:68: interfaces.x.vrf: "x" is an interface of layer 2; vrf belongs on a loopback in the bridge domain',
    ],
    [
      'a member that sends advertisements',
      port('bridge: { domain: metro }, routerAdvertisement: {}'),
      '6:68: interfaces.x.routerAdvertisement: "x" is an interface of layer 2; routerAdvertisement belongs on a loopback in the bridge domain',
    ],
    [
      'a second BVI',
      text(`  gw2: { loopback: {}, bridge: { domain: metro } }\n${domains}`),
      '6:42: interfaces.gw2.bridge.domain: "gw" routes for the domain "metro" already; it has one BVI',
    ],
    [
      'RA guard on the router itself',
      text(`  gw2: { loopback: {}, bridge: { domain: rural, raGuard: true } }\n${domains}`),
      '6:49: interfaces.gw2.bridge.raGuard: the BVI is the router; raGuard is for the ports of hosts',
    ],
    [
      'bridged and cross-connected',
      port('bridge: { domain: metro }, crossConnect: b'),
      '6:82: interfaces.x.crossConnect: an interface is either bridged or cross-connected',
    ],
    [
      'connected to itself',
      port('crossConnect: x'),
      '6:55: interfaces.x.crossConnect: an interface cannot be connected to itself',
    ],
    [
      'connected to nothing',
      port('crossConnect: bb'),
      '6:55: interfaces.x.crossConnect: there is no interface "bb"; did you mean "b"?',
    ],
    [
      'connected to a loopback',
      port('crossConnect: gw'),
      '6:55: interfaces.x.crossConnect: "gw" is a loopback, which carries no frames',
    ],
    [
      'connected to a bridge port',
      port('crossConnect: a.10'),
      '6:55: interfaces.x.crossConnect: "a.10" is in the bridge domain "metro"',
    ],
    [
      'connected to what is taken',
      text(
        `  x: { hostInterface: { device: eth4 }, crossConnect: b }\n  y: { hostInterface: { device: eth5 }, crossConnect: b }\n${domains}`,
      ),
      '7:55: interfaces.y.crossConnect: "b" is connected to "x" already',
    ],
    [
      'connected to a routed port',
      text(
        `  x: { hostInterface: { device: eth4 }, crossConnect: r }\n  r: { hostInterface: { device: eth5 }, addresses: [10.3.0.1/24] }\n${domains}`,
      ),
      '7:41: interfaces.r.addresses: "r" is an interface of layer 2; addresses belongs on a loopback in the bridge domain',
    ],
    [
      'a range that is connected',
      sub('vlan: 5-9, crossConnect: b'),
      '6:84: interfaces.x.subInterfaces[0].crossConnect: this entry makes 5 sub-interfaces; a cross-connect has two ends',
    ],
    [
      'any inner tag with an address',
      sub('outerVlan: 5, innerVlan: any, addresses: [10.2.0.1/24]'),
      '6:57: interfaces.x.subInterfaces[0]: "x.5.any" takes frames of many tags, so it can only be bridged or cross-connected; for addresses and subscribers write its exact tags',
    ],
    [
      'the rest for subscribers',
      sub('vlan: default, unnumbered: gw'),
      '6:57: interfaces.x.subInterfaces[0]: "x.default" takes frames of many tags, so it can only be bridged or cross-connected; for addresses and subscribers write its exact tags',
    ],
    [
      'any single tag',
      sub('vlan: any, bridge: { domain: metro }'),
      '6:65: interfaces.x.subInterfaces[0].vlan: VPP matches any VLAN as innerVlan only; for every tagged frame that nobody else takes write "vlan: default"',
    ],
    [
      'any outer tag',
      sub('outerVlan: any, innerVlan: any, bridge: { domain: metro }'),
      '6:70: interfaces.x.subInterfaces[0].outerVlan: VPP matches any VLAN as innerVlan only; for every tagged frame that nobody else takes write "vlan: default"',
    ],
    [
      'the rest as inner tag',
      sub('outerVlan: 5, innerVlan: default, bridge: { domain: metro }'),
      '6:84: interfaces.x.subInterfaces[0].innerVlan: default is every tagged frame that nobody else takes, whatever its tags: write "vlan: default" alone',
    ],
    [
      'any beside others',
      sub('outerVlan: 5, innerVlan: [any, 7], bridge: { domain: metro }'),
      '6:84: interfaces.x.subInterfaces[0].innerVlan: any stands alone, without other VLANs',
    ],
    [
      'a rewrite of what is routed',
      sub('vlan: 5, tagRewrite: { pop: 1 }'),
      '6:80: interfaces.x.subInterfaces[0].tagRewrite: tags are rewritten where frames are switched: with bridge or crossConnect',
    ],
    [
      'a rewrite of nothing',
      sub('vlan: 5, bridge: { domain: metro }, tagRewrite: {}'),
      '6:107: interfaces.x.subInterfaces[0].tagRewrite: what is rewritten? write pop, push or both',
    ],
    [
      'two tags popped of one',
      sub('vlan: 5, bridge: { domain: metro }, tagRewrite: { pop: 2 }'),
      '6:114: interfaces.x.subInterfaces[0].tagRewrite.pop: frames of "x.5" have one tag for certain; 2 cannot be popped',
    ],
    [
      'a tag popped of whatever comes',
      sub('vlan: default, bridge: { domain: metro }, tagRewrite: { pop: 1 }'),
      '6:120: interfaces.x.subInterfaces[0].tagRewrite.pop: frames of "x.default" have no tag for certain; 1 cannot be popped',
    ],
    [
      'both tags popped of any',
      sub('outerVlan: 5, innerVlan: any, bridge: { domain: metro }, tagRewrite: { pop: 2 }'),
      '6:135: interfaces.x.subInterfaces[0].tagRewrite.pop: frames of "x.5.any" have one tag for certain; 2 cannot be popped',
    ],
    [
      'three tags pushed',
      port('bridge: { domain: metro }, tagRewrite: { push: [1, 2, 3] }'),
      '6:88: interfaces.x.tagRewrite.push: at most two tags are pushed',
    ],
    [
      'tag 5000 pushed',
      port('bridge: { domain: metro }, tagRewrite: { push: [5000] }'),
      '6:89: interfaces.x.tagRewrite.push[0]: a VLAN is a whole number from 1 to 4094, not 5000',
    ],
    [
      'the protocol of no tag',
      sub('vlan: 5, bridge: { domain: metro }, tagRewrite: { pop: 1, pushOuterTag: dot1ad }'),
      '6:131: interfaces.x.subInterfaces[0].tagRewrite.pushOuterTag: pushOuterTag is about pushed tags; write push too',
    ],
    [
      'tags of a BVI',
      text(`  gw2: { loopback: {}, bridge: { domain: rural }, tagRewrite: { push: [1] } }\n${domains}`),
      '6:63: interfaces.gw2.tagRewrite: a loopback has no tags to rewrite',
    ],
    [
      'a route out of a bridge port',
      text(`${domains}\nroutes: [{ prefix: 10.9.0.0/16, via: [{ address: 10.1.0.9, interface: a.10 }] }]`),
      '7:71: routes[0].via[0].interface: "a.10" is an interface of layer 2; packets are routed out of the loopback in its bridge domain',
    ],
    [
      'a bridge port in a bond',
      text(
        `  x: { hostInterface: { device: eth4 }, bridge: { domain: metro } }\n  up: { bond: { mode: xor, members: [x] } }\n${domains}`,
      ),
      '6:41: interfaces.x.bridge: a member only takes part in its bond; write bridge on "up"',
    ],
    [
      'a static MAC nowhere',
      text('bridgeDomains: { metro: { staticMacs: [{ mac: 02:00:00:00:00:01 }] } }'),
      '6:40: bridgeDomains.metro.staticMacs[0]: where is it? write either the interface behind which it is, or "drop: true"',
    ],
    [
      'a static MAC behind another domain',
      text('bridgeDomains: { metro: {}, rural: { staticMacs: [{ mac: 02:00:00:00:00:01, interface: a.10 }] } }'),
      '6:88: bridgeDomains.rural.staticMacs[0].interface: "a.10" is no member of the bridge domain "rural"',
    ],
    [
      'a static MAC behind nothing',
      text('bridgeDomains: { metro: { staticMacs: [{ mac: 02:00:00:00:00:01, interface: a.11 }] } }'),
      '6:77: bridgeDomains.metro.staticMacs[0].interface: there is no interface "a.11"; did you mean "a.10"?',
    ],
    [
      'a static MAC twice',
      text(
        'bridgeDomains: { metro: { staticMacs: [{ mac: 02:00:00:00:00:01, drop: true }, { mac: 02-00-00-00-00-01, interface: a.10 }] } }',
      ),
      '6:87: bridgeDomains.metro.staticMacs[1].mac: 02:00:00:00:00:01 stands twice in this domain',
    ],
    [
      'a static multicast MAC',
      text('bridgeDomains: { metro: { staticMacs: [{ mac: 01:00:5e:00:00:01, drop: true }] } }'),
      "6:47: bridgeDomains.metro.staticMacs[0].mac: 01:00:5e:00:00:01 is a multicast MAC; the first byte of a port's address is even",
    ],
    [
      'a limit of nothing',
      text('bridgeDomains: { metro: { learnLimit: 0 } }'),
      '6:39: bridgeDomains.metro.learnLimit: a number of MACs is a whole number from 1 to 16777216, not 0',
    ],
  ])('%s', (_name, document, message) => {
    expect(said(document)).toEqual([message]);
  });
});

describe('what layer 2 becomes', () => {
  const compiled = (document: string) => {
    const loaded = loadDocument(document);
    expect(loaded).toMatchObject({ ok: true, warnings: [] });
    const resources = loaded.ok ? compileDocument(loaded.model, { name: 'bng1' }) : [];
    return Object.fromEntries(resources.map(({ key, spec }) => [key, spec as Record<string, unknown>]));
  };

  it('a domain with a range of members, the router in it and static MACs', () => {
    const all = compiled(`interfaces:
  a: { hostInterface: { device: eth1 }, subInterfaces: [{ vlan: 10-11, bridge: { domain: metro, splitHorizon: 1 }, tagRewrite: { pop: 1 } }, { vlan: default, bridge: { domain: metro } }] }
  gw: { loopback: {}, mac: 02:00:00:00:00:09, vrf: blue, addresses: [10.1.0.1/24], bridge: { domain: metro } }
vrfs: { blue: { table: 1 } }
bridgeDomains:
  metro: { learnLimit: 500, macAgeMinutes: 5, unknownUnicastFlood: false, staticMacs: [{ mac: 02:00:00:00:00:01, interface: a.10 }, { mac: 02:00:00:00:00:02, drop: true }] }
`);
    const id = all['bridge-domain/metro']?.id;
    expect(id).toEqual(expect.any(Number));
    expect(all).toMatchObject({
      'bridge-domain/metro': {
        id,
        learn: true,
        learnLimit: 500,
        macAgeMinutes: 5,
        flood: true,
        unknownUnicastFlood: false,
      },
      'bridge-port/a.10': { interface: 'sub-interface/a.10', domain: 'bridge-domain/metro', splitHorizon: 1 },
      'bridge-port/a.11': { interface: 'sub-interface/a.11', domain: 'bridge-domain/metro', splitHorizon: 1 },
      'bridge-port/a.default': { interface: 'sub-interface/a.default', splitHorizon: 0 },
      'sub-interface/a.default': { parent: 'host-interface/a', outerVlan: 'default' },
      'bridge-port/gw': { interface: 'loopback/gw', domain: 'bridge-domain/metro', bvi: '02:00:00:00:00:09' },
      'interface-vrf/gw': { vrf: 'vrf/blue' },
      'tag-rewrite/a.10': { attachment: 'bridge-port', pop: 1, push: [], dot1ad: false },
      'static-mac/metro/02:00:00:00:00:01': { interface: 'sub-interface/a.10' },
    });
    expect(all['static-mac/metro/02:00:00:00:00:02']).not.toHaveProperty('interface');
  });

  it('a cross-connect of all inner tags, said on one side', () => {
    const all = compiled(`interfaces:
  a: { hostInterface: { device: eth1 }, subInterfaces: [{ outerVlan: 300, innerVlan: any, crossConnect: loop, tagRewrite: { pop: 1 } }] }
  loop: { memif: {} }
`);
    expect(all).toMatchObject({
      'sub-interface/a.300.any': { outerVlan: 300, innerVlan: 'any' },
      'cross-connect/a.300.any': { interface: 'sub-interface/a.300.any', to: 'memif/loop' },
      'cross-connect/loop': { interface: 'memif/loop', to: 'sub-interface/a.300.any' },
      'tag-rewrite/a.300.any': { attachment: 'cross-connect', pop: 1 },
    });
  });
});
