import type { RefusalTable } from './refusal.js';

export const routingRefusals: RefusalTable = {
  route: [
    {
      what: 'host bits',
      yaml: 'routes: [{ prefix: 10.0.0.1/24, drop: true }]\n',
      says: ['1:20: routes[0].prefix: 10.0.0.1/24 has host bits set; write 10.0.0.0/24'],
    },
    {
      what: 'neither a way nor a drop',
      yaml: 'routes: [{ prefix: 10.0.0.0/24 }]\n',
      says: ['1:10: routes[0]: where to? write "via" with a next hop, or "drop: true"'],
    },
    {
      what: 'a next hop of the other family',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24] }
routes: [{ prefix: 10.1.0.0/24, via: [{ address: "2001:db8::1", interface: x }] }]
`,
      says: ['3:50: routes[0].via[0].address: 2001:db8::1 is IPv6, the route 10.1.0.0/24 is IPv4'],
    },
    {
      what: 'weights that VPP rounds away',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24] }
routes: [{ prefix: 10.1.0.0/24, via: [{ address: 10.0.0.2, interface: x, weight: 70 }, { address: 10.0.0.3, interface: x, weight: 30 }] }]
`,
      says: [
        '3:82: routes[0].via[0].weight: VPP would make 75 : 25 % of the weights 70 : 30, which say 70 : 30 %; write 11 : 5, which come out exactly: 68.8 : 31.3 %',
      ],
    },
    {
      what: 'weights of three, of which the least suffers most',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24] }
routes:
  - prefix: 10.1.0.0/24
    via:
      - { address: 10.0.0.2, interface: x, weight: 50 }
      - { address: 10.0.0.3, interface: x, weight: 30 }
      - { address: 10.0.0.4, interface: x, weight: 20 }
`,
      says: [
        '7:52: routes[0].via[1].weight: VPP would make 50 : 25 : 25 % of the weights 50 : 30 : 20, which say 50 : 30 : 20 %; write 8 : 5 : 3, which come out exactly: 50 : 31.3 : 18.8 %',
      ],
    },
    {
      what: 'weights of the paths that stand by',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24] }
routes:
  - prefix: 10.1.0.0/24
    via:
      - { address: 10.0.0.2, interface: x }
      - { address: 10.0.0.3, interface: x, preference: 1, weight: 3 }
      - { address: 10.0.0.4, interface: x, preference: 1, weight: 7 }
`,
      says: [
        '7:67: routes[0].via[1].weight: VPP would make 25 : 75 % of the weights 3 : 7, which say 30 : 70 %; write 5 : 11, which come out exactly: 31.3 : 68.8 %',
      ],
    },
    {
      what: 'weights that VPP rounds a little',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24] }
routes: [{ prefix: 10.1.0.0/24, via: [{ address: 10.0.0.2, interface: x, weight: 2 }, { address: 10.0.0.3, interface: x }] }]
`,
      warns: [
        '3:82: routes[0].via[0].weight: weight 2 is 66.7 %, VPP rounds it to 62.5 %; with weights 11 : 5 it is 68.8 %',
        '3:87: routes[0].via[1].weight: weight 1 is 33.3 %, VPP rounds it to 37.5 %; with weights 11 : 5 it is 31.3 %',
      ],
    },
    {
      what: 'twice',
      yaml: 'routes: [{ prefix: 10.0.0.0/24, drop: true }, { prefix: 10.0.0.0/24, drop: true }]\n',
      says: ['1:57: routes[1].prefix: 10.0.0.0/24 already stands in routes[0]; several next hops go into one "via"'],
    },
    {
      what: 'a next hop that is no neighbour',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24] }
routes: [{ prefix: 10.1.0.0/24, via: [{ address: 10.9.0.2, interface: x }] }]
`,
      warns: ['3:50: routes[0].via[0].address: 10.9.0.2 is in no network of "x" (10.0.0.1/24)'],
    },
  ],
  'next-hop': [
    {
      what: 'a timeout longer than the interval',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24] }
nextHops: { up: { address: 10.0.0.2, interface: x, probe: { intervalMs: 500, timeoutMs: 800 } } }
`,
      says: [
        '3:89: nextHops.up.probe.timeoutMs: a probe ends before the next begins: at most intervalMs, which is 500',
      ],
    },
    {
      what: 'an address of the node itself',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24] }
nextHops: { up: { address: 10.0.0.1, interface: x } }
`,
      says: ['3:28: nextHops.up.address: 10.0.0.1 is the address of "x" itself, no next hop'],
    },
  ],
  'abf-policy': [
    {
      what: 'a way and a drop',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24] }
pbr: { up: { in: [x], rules: [{ name: web, drop: true, via: [{ address: 10.0.0.2, interface: x }] }] } }
`,
      says: ['3:50: pbr.up.rules[0].drop: a rule has one action, and this one has via already'],
    },
    {
      what: 'a name twice',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24] }
pbr: { up: { in: [x], rules: [{ name: web, drop: true }, { name: web, normal: true }] } }
`,
      says: ['3:66: pbr.up.rules[1].name: "web" is the name of [0] already'],
    },
  ],
  'abf-attach': [
    {
      what: 'an interface that is not there',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24] }
pbr: { up: { in: [y], rules: [{ name: web, drop: true }] } }
`,
      says: ['3:19: pbr.up.in[0]: there is no interface "y"; did you mean "x"?'],
    },
    {
      what: 'two policies on one interface',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24] }
pbr: { up: { in: [x], rules: [{ name: web, drop: true }] }, down: { in: [x], rules: [{ name: web, drop: true }] } }
`,
      says: ['3:74: pbr.down.in[0]: "x" has the list "up" already; an interface has one'],
    },
  ],
  'dhcp-relay': [
    {
      what: 'a source that is no address of the node',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24] }
dhcpRelay: [{ server: 10.0.0.2, source: 10.0.0.9 }]
`,
      says: [
        '3:41: dhcpRelay[0].source: 10.0.0.9 is no address of any interface; the source must be an address of an interface in the VRF of the server (default)',
      ],
    },
    {
      what: 'a second source in one VRF',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24] }
dhcpRelay: [{ server: 10.0.0.2, source: 10.0.0.1 }, { server: 10.0.0.3, source: 10.0.0.1 }]
`,
      says: [
        '3:53: dhcpRelay[1]: VRF default already has a relay (dhcpRelay[0]); VPP keeps one source for each VRF and family',
      ],
    },
    {
      what: 'families that differ',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24] }
dhcpRelay: [{ server: "2001:db8::2", source: 10.0.0.1 }]
`,
      says: ['3:46: dhcpRelay[0].source: 10.0.0.1 is of another family than the server 2001:db8::2'],
    },
  ],
  'dhcp-servers': [
    {
      what: 'a group that is not there',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, subInterfaces: [{ vlan: 7, unnumbered: gw, dhcpServerGroup: wholesail }] }
  gw: { loopback: {}, addresses: [100.64.0.1/16] }
dhcpServerGroups: { wholesale: { servers: [10.0.0.9] } }
`,
      says: [
        '2:101: interfaces.x.subInterfaces[0].dhcpServerGroup: there is no group of DHCP servers "wholesail"; write it under dhcpServerGroups; did you mean "wholesale"?',
      ],
    },
    {
      what: 'a server twice',
      yaml: 'dhcpServerGroups: { wholesale: { servers: [10.0.0.9, 10.0.0.9] } }\n',
      says: ['1:54: dhcpServerGroups.wholesale.servers[1]: 10.0.0.9 stands twice in this list'],
    },
    {
      what: 'a group that nothing relays to',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, subInterfaces: [{ vlan: 7, unnumbered: gw, dhcpServerGroup: wholesale }] }
  gw: { loopback: {}, addresses: [100.64.0.1/16] }
dhcpServerGroups: { wholesale: { servers: [10.0.0.9] } }
`,
      says: [
        '2:101: interfaces.x.subInterfaces[0].dhcpServerGroup: nothing relays DHCP of VRF default, so these servers are never asked; write an entry for it under dhcpRelay',
      ],
    },
  ],
};
