import type { RefusalTable } from './refusal.js';

export const layer2Refusals: RefusalTable = {
  'bridge-domain': [
    {
      what: 'an age that VPP counts in one byte',
      yaml: 'bridgeDomains: { metro: { macAgeMinutes: 300 } }\n',
      says: ['1:42: bridgeDomains.metro.macAgeMinutes: an age is a whole number from 0 to 255, not 300'],
    },
    {
      what: 'more to learn than a table holds',
      yaml: 'bridgeDomains: { metro: { learnLimit: 100000000 } }\n',
      says: [
        '1:39: bridgeDomains.metro.learnLimit: a number of MACs is a whole number from 1 to 16777216, not 100000000',
      ],
    },
  ],
  'bridge-port': [
    {
      what: 'a bridge domain that is not there',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, subInterfaces: [{ vlan: 7, bridge: { domain: metr } }] }
bridgeDomains: { metro: {} }
`,
      says: [
        '2:86: interfaces.x.subInterfaces[0].bridge.domain: there is no bridge domain "metr"; write it under bridgeDomains; did you mean "metro"?',
      ],
    },
    {
      what: 'an address on a bridged port',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, bridge: { domain: metro }, addresses: [10.0.0.1/24] }
bridgeDomains: { metro: {} }
`,
      says: [
        '2:68: interfaces.x.addresses: "x" is an interface of layer 2; addresses belongs on a loopback in the bridge domain',
      ],
    },
    {
      what: 'two BVIs in one domain',
      yaml: `interfaces:
  a: { loopback: {}, bridge: { domain: metro } }
  b: { loopback: {}, bridge: { domain: metro } }
bridgeDomains: { metro: {} }
`,
      says: ['3:40: interfaces.b.bridge.domain: "a" routes for the domain "metro" already; it has one BVI'],
    },
  ],
  'cross-connect': [
    {
      what: 'a third end',
      yaml: `interfaces:
  a: { hostInterface: { device: eth1 }, crossConnect: b }
  b: { hostInterface: { device: eth2 } }
  c: { hostInterface: { device: eth3 }, crossConnect: b }
`,
      says: ['4:55: interfaces.c.crossConnect: "b" is connected to "a" already'],
    },
    {
      what: 'itself',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, crossConnect: x }
`,
      says: ['2:55: interfaces.x.crossConnect: an interface cannot be connected to itself'],
    },
    {
      what: 'bridged as well',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, crossConnect: y, bridge: { domain: metro } }
  y: { hostInterface: { device: eth2 } }
bridgeDomains: { metro: {} }
`,
      says: ['2:55: interfaces.x.crossConnect: an interface is either bridged or cross-connected'],
    },
  ],
  'tag-rewrite': [
    {
      what: 'more tags off than there are',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, subInterfaces: [{ vlan: 7, bridge: { domain: metro }, tagRewrite: { pop: 2 } }] }
bridgeDomains: { metro: {} }
`,
      says: [
        '2:114: interfaces.x.subInterfaces[0].tagRewrite.pop: frames of "x.7" have one tag for certain; 2 cannot be popped',
      ],
    },
    {
      what: 'at layer 3',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, subInterfaces: [{ vlan: 7, tagRewrite: { pop: 1 } }] }
`,
      says: [
        '2:80: interfaces.x.subInterfaces[0].tagRewrite: tags are rewritten where frames are switched: with bridge or crossConnect',
      ],
    },
  ],
  'static-mac': [
    {
      what: 'behind an interface of another domain',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, subInterfaces: [{ vlan: 7, bridge: { domain: metro } }, { vlan: 8 }] }
bridgeDomains: { metro: { staticMacs: [{ mac: "02:00:00:00:00:01", interface: x.8 }] } }
`,
      says: ['3:79: bridgeDomains.metro.staticMacs[0].interface: "x.8" is no member of the bridge domain "metro"'],
    },
    {
      what: 'nowhere',
      yaml: 'bridgeDomains: { metro: { staticMacs: [{ mac: "02:00:00:00:00:01" }] } }\n',
      says: [
        '1:40: bridgeDomains.metro.staticMacs[0]: where is it? write either the interface behind which it is, or "drop: true"',
      ],
    },
    {
      what: 'twice',
      yaml: 'bridgeDomains: { metro: { staticMacs: [{ mac: "02:00:00:00:00:01", drop: true }, { mac: "02:00:00:00:00:01", drop: true }] } }\n',
      says: ['1:89: bridgeDomains.metro.staticMacs[1].mac: 02:00:00:00:00:01 stands twice in this domain'],
    },
  ],
};
