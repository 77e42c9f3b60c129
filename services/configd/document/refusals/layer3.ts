import type { RefusalTable } from './refusal.js';

export const layer3Refusals: RefusalTable = {
  vrf: [
    {
      what: 'table 0, which is the default VRF',
      yaml: 'vrfs: { blue: { table: 0 } }\n',
      says: ['1:24: vrfs.blue.table: a table id is a whole number from 1 to 4294967294, not 0'],
    },
    {
      what: 'a table that two VRFs share',
      yaml: 'vrfs: { blue: { table: 10 }, red: { table: 10 } }\n',
      says: ['1:44: vrfs.red.table: table 10 already belongs to VRF "blue"'],
    },
    {
      what: 'the default one written out',
      yaml: 'vrfs: { default: { table: 10 } }\n',
      says: ['1:9: vrfs.default: "default" is table 0 and always there; use another name'],
    },
  ],
  'interface-vrf': [
    {
      what: 'a VRF that is not there',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, vrf: bleu, addresses: [10.0.0.1/24] }
vrfs: { blue: { table: 10 } }
`,
      says: ['2:46: interfaces.x.vrf: there is no VRF "bleu"; write it under vrfs; did you mean "blue"?'],
    },
  ],
  address: [
    {
      what: 'host bits where a network is meant',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.0/24] }
`,
      says: ['2:53: interfaces.x.addresses[0]: 10.0.0.0/24 is the network itself; write an address in it: 10.0.0.1/24'],
    },
    {
      what: 'without a length',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1] }
`,
      says: [
        '2:53: interfaces.x.addresses[0]: "10.0.0.1" is not an address with its length (10.255.0.1/30); write the length too: 10.0.0.1/24',
      ],
    },
    {
      what: 'networks of one VRF that overlap',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/16] }
  y: { hostInterface: { device: eth2 }, addresses: [10.0.1.1/24] }
`,
      says: [
        '3:53: interfaces.y.addresses[0]: 10.0.1.1/24 overlaps 10.0.0.1/16 of "x" (interfaces.x.addresses[0]); in one VRF networks must be apart',
      ],
    },
    {
      what: 'twice on one interface',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24, 10.0.0.1/24] }
`,
      says: [
        '2:66: interfaces.x.addresses[1]: 10.0.0.1/24 is the same network as 10.0.0.1/24 of "x" (interfaces.x.addresses[0]); in one VRF networks must be apart',
      ],
    },
  ],
  unnumbered: [
    {
      what: 'from an interface that is not there',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, unnumbered: gv }
  gw: { loopback: {}, addresses: [100.64.0.1/16] }
`,
      says: ['2:53: interfaces.x.unnumbered: there is no interface "gv"; did you mean "gw"?'],
    },
    {
      what: 'from another VRF',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, vrf: blue, unnumbered: gw }
  gw: { loopback: {}, addresses: [100.64.0.1/16] }
vrfs: { blue: { table: 10 } }
`,
      says: ['2:64: interfaces.x.unnumbered: "gw" is in VRF default, this interface in VRF blue; both must be in one'],
    },
    {
      what: 'beside an address of its own',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, unnumbered: gw, addresses: [10.0.0.1/24] }
  gw: { loopback: {}, addresses: [100.64.0.1/16] }
`,
      says: ['2:53: interfaces.x.unnumbered: an interface has either addresses of its own or unnumbered, not both'],
    },
  ],
  'proxy-arp': [
    {
      what: 'at layer 2',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, proxyArp: true, bridge: { domain: metro } }
bridgeDomains: { metro: {} }
`,
      says: [
        '2:41: interfaces.x.proxyArp: "x" is an interface of layer 2; proxyArp belongs on a loopback in the bridge domain',
      ],
    },
    {
      what: 'neither on nor off',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, proxyArp: always }
`,
      says: ['2:51: interfaces.x.proxyArp: true or false is expected, not "always"'],
    },
  ],
  'proxy-arp-range': [
    {
      what: 'a range backwards',
      yaml: 'proxyArpRanges: [{ first: 10.0.0.9, last: 10.0.0.3 }]\n',
      says: ['1:43: proxyArpRanges[0].last: the range runs backwards; write first: 10.0.0.3, last: 10.0.0.9'],
    },
  ],
  neighbour: [
    {
      what: 'outside the networks of the interface',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24], neighbours: [{ address: 10.0.1.2, mac: "02:00:00:00:00:01" }] }
`,
      warns: [
        '2:91: interfaces.x.neighbours[0].address: 10.0.1.2 is in no network of "x" (10.0.0.1/24); without a route VPP does not use the neighbour',
      ],
    },
    {
      what: 'twice',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24], neighbours: [{ address: 10.0.0.2, mac: "02:00:00:00:00:01" }, { address: 10.0.0.2, mac: "02:00:00:00:00:02" }] }
`,
      says: ['2:140: interfaces.x.neighbours[1].address: 10.0.0.2 already stands in neighbours[0]'],
    },
    {
      what: 'on many lines at once',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, subInterfaces: [{ vlan: 1-2, unnumbered: gw, neighbours: [{ address: 100.64.0.2, mac: "02:00:00:00:00:01" }] }] }
  gw: { loopback: {}, addresses: [100.64.0.1/16] }
`,
      says: [
        '2:86: interfaces.x.subInterfaces[0].neighbours: neighbours can stand on one sub-interface only, and this entry makes 2',
      ],
    },
  ],
  'neighbour-limits': [
    {
      what: 'no neighbour at all',
      yaml: 'neighbourLimits: { ip4: { limit: 0 } }\n',
      says: ['1:34: neighbourLimits.ip4.limit: a number of neighbours is a whole number from 1 to 4294967295, not 0'],
    },
  ],
  urpf: [
    {
      what: 'a mode that is none',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24], urpf: { ip4: feasible } }
`,
      says: ['2:80: interfaces.x.urpf.ip4: strict or loose is expected, not "feasible"'],
    },
    {
      what: 'at layer 2',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, urpf: strict, bridge: { domain: metro } }
bridgeDomains: { metro: {} }
`,
      says: [
        '2:41: interfaces.x.urpf: "x" is an interface of layer 2; urpf belongs on a loopback in the bridge domain',
      ],
    },
  ],
  'mss-clamp': [
    {
      what: 'less than a header',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24], mssClamp: 20 }
`,
      says: ['2:77: interfaces.x.mssClamp: an MSS is a whole number from 64 to 65534, not 20'],
    },
  ],
  vrrp: [
    {
      what: 'an address of its own that it does not have',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24], vrrp: [{ id: 1, addresses: [10.0.0.2], priority: 255 }] }
`,
      says: [
        '2:95: interfaces.x.vrrp[0].addresses[0]: priority 255 is for the owner of 10.0.0.2: write it under addresses of "x", or a lower priority',
      ],
    },
    {
      what: 'both families in one router',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24], vrrp: [{ id: 1, addresses: [10.0.0.2, "2001:db8::2"] }] }
`,
      says: ['2:105: interfaces.x.vrrp[0].addresses[1]: 2001:db8::2 is IPv6, 10.0.0.2 is IPv4; write two routers'],
    },
    {
      what: 'its own interface tracked, which VPP walks wrongly',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24], vrrp: [{ id: 1, addresses: [10.0.0.2], track: [{ interface: x }] }] }
`,
      says: [
        '2:127: interfaces.x.vrrp[0].track[0].interface: a virtual router cannot track its own interface: that one counts anyway',
      ],
    },
    {
      what: 'an id twice',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24], vrrp: [{ id: 1, addresses: [10.0.0.2] }, { id: 1, addresses: [10.0.0.3] }] }
`,
      says: ['2:114: interfaces.x.vrrp[1].id: id 1 already stands in vrrp[0] for IPv4'],
    },
  ],
};
