import type { RefusalTable } from './refusal.js';

export const natRefusals: RefusalTable = {
  'nat44-ed': [
    {
      what: 'a timeout of nothing',
      yaml: 'nat44Ed: { timeouts: { udpS: 0 } }\n',
      says: ['1:30: nat44Ed.timeouts.udpS: a timeout is a whole number from 1 to 4294967295, not 0'],
    },
  ],
  'nat44-ed-interface': [
    {
      what: 'without NAT',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, nat44Ed: inside }
`,
      says: ['2:41: interfaces.x.nat44Ed: nat44Ed is not set up; write it at the top of the document'],
    },
    {
      what: 'two kinds of NAT',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, nat44Ed: inside, det44: inside }
nat44Ed: {}
det44: {}
`,
      says: ['2:58: interfaces.x.det44: "x" has nat44Ed already; an interface has one kind of NAT'],
    },
  ],
  'nat44-ed-pool': [
    {
      what: 'pools that meet',
      yaml: 'nat44Ed: { pools: [{ addresses: 203.0.113.0/29 }, { addresses: 203.0.113.4-203.0.113.9 }] }\n',
      says: [
        '1:64: nat44Ed.pools[1].addresses: 203.0.113.4-203.0.113.9 meets 203.0.113.0-203.0.113.7 (nat44Ed.pools[0]); an outside address stands once',
      ],
    },
    {
      what: 'host bits',
      yaml: 'nat44Ed: { pools: [{ addresses: 203.0.113.1/29 }] }\n',
      says: ['1:33: nat44Ed.pools[0].addresses: 203.0.113.1/29 has host bits set; write 203.0.113.0/29'],
    },
    {
      what: 'more addresses than VPP can compare',
      yaml: 'nat44Ed: { pools: [{ addresses: 203.0.0.0/16 }] }\n',
      says: [
        '1:33: nat44Ed.pools[0].addresses: 65536 addresses are too many for a pool: VPP compares each with all others; at most 4096',
      ],
    },
  ],
  'nat44-ed-static': [
    {
      what: 'half a port mapping',
      yaml: 'nat44Ed: { staticMappings: { web: { local: 10.0.0.5, external: 203.0.113.1, localPort: 80 } } }\n',
      says: [
        '1:35: nat44Ed.staticMappings.web: protocol, localPort and externalPort go together; without all three every port is mapped',
      ],
    },
    {
      what: 'an outside port twice',
      yaml: 'nat44Ed: { staticMappings: { a: { local: 10.0.0.5, external: 203.0.113.1 }, b: { local: 10.0.0.6, external: 203.0.113.1 } } }\n',
      says: ['1:80: nat44Ed.staticMappings.b: "a" has 203.0.113.1 already; outside, each port is mapped once'],
    },
  ],
  'nat44-ed-session-limit': [
    {
      what: 'of one VRF twice',
      yaml: 'nat44Ed: { sessionLimits: [{ sessions: 10 }, { sessions: 20 }] }\n',
      says: ['1:46: nat44Ed.sessionLimits[1].vrf: VRF default has a limit already (sessionLimits[0])'],
    },
  ],
  'nat44-ei': [
    {
      what: 'more sessions of a user than there are',
      yaml: 'nat44Ei: { sessions: 100, userSessions: 200 }\n',
      says: ['1:41: nat44Ei.userSessions: userSessions is 200, but all together have 100'],
    },
  ],
  'nat44-ei-interface': [
    {
      what: 'at layer 2',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, nat44Ei: inside, bridge: { domain: metro } }
nat44Ei: {}
bridgeDomains: { metro: {} }
`,
      says: ['2:41: interfaces.x.nat44Ei: "x" is an interface of layer 2; NAT is for routed ones'],
    },
  ],
  'nat44-ei-pool': [
    {
      what: 'a range backwards',
      yaml: 'nat44Ei: { pools: [{ addresses: 203.0.113.9-203.0.113.1 }] }\n',
      says: [
        '1:33: nat44Ei.pools[0].addresses: the range 203.0.113.9-203.0.113.1 runs backwards; write 203.0.113.1-203.0.113.9',
      ],
    },
  ],
  'nat44-ei-static': [
    {
      what: 'an address of no pool',
      yaml: 'nat44Ei: { pools: [{ addresses: 203.0.113.1 }], staticMappings: { web: { local: 10.0.0.5, localPort: 80, external: 203.0.113.9, externalPort: 80, protocol: tcp } } }\n',
      says: [
        '1:116: nat44Ei.staticMappings.web.external: 203.0.113.9 is in no pool; NAT44-EI maps ports of pool addresses only',
      ],
    },
  ],
  det44: [
    {
      what: 'a VRF that is not there',
      yaml: `vrfs: { blue: { table: 10 } }
det44: { insideVrf: bleu }
`,
      says: ['2:21: det44.insideVrf: there is no VRF "bleu"; write it under vrfs; did you mean "blue"?'],
    },
  ],
  'det44-interface': [
    {
      what: 'two outsides',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, det44: outside }
  y: { hostInterface: { device: eth2 }, det44: outside }
det44: {}
`,
      says: ['3:41: interfaces.y.det44: "x" is outside already; DET44 of VPP serves one outside interface'],
    },
  ],
  'det44-timeouts': [
    {
      what: 'a timeout of nothing',
      yaml: 'det44: { timeouts: { icmpS: 0 } }\n',
      says: ['1:29: det44.timeouts.icmpS: a timeout is a whole number from 1 to 4294967295, not 0'],
    },
  ],
  'det44-map': [
    {
      what: 'inside ranges that overlap',
      yaml: 'det44: { maps: [{ inside: 10.0.0.0/24, outside: 203.0.113.0/28 }, { inside: 10.0.0.128/25, outside: 203.0.113.16/28 }] }\n',
      says: [
        '1:77: det44.maps[1].inside: 10.0.0.128/25 meets 10.0.0.0/24 (det44.maps[0]); an inside address stands in one map',
      ],
    },
    {
      what: 'outside ranges that overlap',
      yaml: 'det44: { maps: [{ inside: 10.0.0.0/24, outside: 203.0.113.0/28 }, { inside: 10.0.1.0/24, outside: 203.0.113.8/29 }] }\n',
      says: [
        '1:99: det44.maps[1].outside: 203.0.113.8/29 meets 203.0.113.0/28 (det44.maps[0]); an outside address stands once',
      ],
    },
    {
      what: 'more outside than inside, of which VPP dies',
      yaml: 'det44: { maps: [{ inside: 10.0.0.0/28, outside: 203.0.113.0/24 }] }\n',
      says: [
        '1:17: det44.maps[0]: an inside /28 has fewer addresses than an outside /24, and VPP dies of it; write at most /28 inside and at least as long outside',
      ],
    },
    {
      what: 'host bits',
      yaml: 'det44: { maps: [{ inside: 10.0.0.1/24, outside: 203.0.113.0/28 }] }\n',
      says: ['1:27: det44.maps[0].inside: 10.0.0.1/24 has host bits set; write 10.0.0.0/24'],
    },
  ],
};
