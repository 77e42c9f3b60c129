import type { RefusalTable } from './refusal.js';

export const portsRefusals: RefusalTable = {
  'host-interface': [
    {
      what: 'a device with a path',
      yaml: `interfaces:
  x: { hostInterface: { device: /dev/eth1 } }
`,
      says: [
        '2:33: interfaces.x.hostInterface.device: a network device name has 1 to 15 characters without spaces, "/" and ":"',
      ],
    },
    {
      what: 'a device that two ports share',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 } }
  y: { hostInterface: { device: eth1 } }
`,
      says: ['3:33: interfaces.y.hostInterface.device: device eth1 already belongs to "x"'],
    },
    {
      what: 'a multicast MAC',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, mac: "01:00:5e:00:00:01" }
`,
      says: [
        "2:46: interfaces.x.mac: 01:00:5e:00:00:01 is a multicast MAC; the first byte of a port's address is even",
      ],
    },
    {
      what: 'an MTU beyond VPP',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, mtu: 9217 }
`,
      says: ['2:46: interfaces.x.mtu: an MTU is a whole number from 68 to 9216, not 9217'],
    },
  ],
  'vpp-interface': [
    {
      what: 'without the name VPP gives it',
      yaml: `interfaces:
  x: { vppInterface: {} }
`,
      says: ['2:22: interfaces.x.vppInterface: "name" is missing: the name of an interface of VPP is expected'],
    },
    {
      what: 'one that two ports claim',
      yaml: `interfaces:
  x: { vppInterface: { name: TenGigabitEthernet3/0/0 } }
  y: { vppInterface: { name: TenGigabitEthernet3/0/0 } }
`,
      says: ['3:30: interfaces.y.vppInterface.name: interface TenGigabitEthernet3/0/0 of VPP already belongs to "x"'],
    },
    {
      what: 'one that another kind makes',
      yaml: `interfaces:
  x: { vppInterface: { name: loop0 } }
`,
      says: [
        '2:30: interfaces.x.vppInterface.name: "loop0" is named like one that configd makes; write it as loopback',
      ],
    },
  ],
  memif: [
    {
      what: 'an id that two links of one socket share',
      yaml: `interfaces:
  x: { memif: {} }
  y: { memif: { id: 0 } }
`,
      says: ['3:21: interfaces.y.memif.id: memif id 0 of /run/vpp/memif.sock already belongs to "x"'],
    },
    {
      what: 'a role that is none',
      yaml: `interfaces:
  x: { memif: { role: server } }
`,
      says: ['2:23: interfaces.x.memif.role: master or slave is expected, not "server"'],
    },
  ],
  'memif-socket': [
    {
      what: 'a socket at no absolute path',
      yaml: `interfaces:
  x: { memif: { socket: memif.sock } }
`,
      says: ['2:25: interfaces.x.memif.socket: the absolute path of a socket is expected, at most 107 characters'],
    },
  ],
  bond: [
    {
      what: 'a load balance where nothing is chosen',
      yaml: `interfaces:
  a: { hostInterface: { device: eth1 } }
  x: { bond: { mode: active-backup, members: [a], loadBalance: l34 } }
`,
      says: [
        '3:64: interfaces.x.bond.loadBalance: active-backup does not choose by flow; loadBalance is for lacp and xor',
      ],
    },
    {
      what: 'more members needed than there are',
      yaml: `interfaces:
  a: { hostInterface: { device: eth1 } }
  x: { bond: { mode: lacp, members: [a], minMembers: 2 } }
`,
      says: ['3:54: interfaces.x.bond.minMembers: minMembers is 2, but the bond has only 1'],
    },
    {
      what: 'LACP of a bond without it',
      yaml: `interfaces:
  a: { hostInterface: { device: eth1 } }
  x: { bond: { mode: xor, members: [a], lacpRate: fast } }
`,
      says: ['3:51: interfaces.x.bond.lacpRate: xor speaks no LACP; remove lacpRate, or write "mode: lacp"'],
    },
  ],
  'bond-member': [
    {
      what: 'a member of two bonds',
      yaml: `interfaces:
  a: { hostInterface: { device: eth1 } }
  x: { bond: { mode: xor, members: [a] } }
  y: { bond: { mode: xor, members: [a] } }
`,
      says: ['4:37: interfaces.y.bond.members[0]: "a" is a member of "x" already'],
    },
    {
      what: 'a member that has an address',
      yaml: `interfaces:
  a: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24] }
  x: { bond: { mode: xor, members: [a] } }
`,
      says: ['2:41: interfaces.a.addresses: a member only takes part in its bond; write addresses on "x"'],
    },
    {
      what: 'a member with sub-interfaces',
      yaml: `interfaces:
  a: { hostInterface: { device: eth1 }, subInterfaces: [{ vlan: 7 }] }
  x: { bond: { mode: xor, members: [a] } }
`,
      says: [
        '3:37: interfaces.x.bond.members[0]: "a" has sub-interfaces, which VPP would leave without traffic; put them on "x"',
      ],
    },
  ],
  loopback: [
    {
      what: 'sub-interfaces of a loopback',
      yaml: `interfaces:
  l: { loopback: {}, subInterfaces: [{ vlan: 7 }] }
`,
      says: [
        '2:22: interfaces.l.subInterfaces: a loopback carries no tagged frames; put sub-interfaces on a hostInterface, vppInterface, memif or bond',
      ],
    },
    {
      what: 'a loopback that is something else too',
      yaml: `interfaces:
  l: { loopback: {}, memif: {} }
`,
      says: ['2:3: interfaces.l: memif and loopback cannot be one port; keep one of them'],
    },
  ],
  'sub-interface': [
    {
      what: 'a VLAN beyond twelve bits, which VPP takes as 904',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, subInterfaces: [{ vlan: 5000 }] }
`,
      says: ['2:65: interfaces.x.subInterfaces[0].vlan[0]: VLAN 5000 does not exist; VLANs are 1 to 4094'],
    },
    {
      what: 'VLAN 0',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, subInterfaces: [{ vlan: 0 }] }
`,
      says: ['2:65: interfaces.x.subInterfaces[0].vlan[0]: VLAN 0 does not exist; VLANs are 1 to 4094'],
    },
    {
      what: 'a sub-interface as a port',
      yaml: `interfaces:
  x.100: { hostInterface: { device: eth1 } }
`,
      says: [
        '2:3: interfaces."x.100": "x.100" is not a name: a letter, then letters, digits, "-" or "_", at most 32 in all; sub-interfaces stand under subInterfaces of their port',
      ],
    },
    {
      what: 'a sub-interface under a sub-interface',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, subInterfaces: [{ vlan: 100, subInterfaces: [{ vlan: 7 }] }] }
`,
      says: [
        '2:70: interfaces.x.subInterfaces[0].subInterfaces: unknown key "subInterfaces"; known here: vlan, outerVlan, innerVlan, outerTag, description, enabled, vrf, mtu, addresses, unnumbered, proxyArp, acl, macip, ip6, routerAdvertisement, neighbours, proxyNd, proxyNdHosts, dhcpServerGroup, urpf, mssClamp, vrrp, policer, qos, flowprobe, bridge, crossConnect, tagRewrite, nat44Ed, nat44Ei, det44',
      ],
    },
    {
      what: 'the same tags under another entry',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, subInterfaces: [{ vlan: 100 }, { vlan: 99-101 }] }
`,
      says: [
        '2:72: interfaces.x.subInterfaces[1]: x.100 is already made by subInterfaces[0]; the same tags stand once on a port',
      ],
    },
    {
      what: 'the same QinQ tags twice',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, subInterfaces: [{ outerVlan: 100, innerVlan: 1-10 }, { outerVlan: 100, innerVlan: [7] }] }
`,
      says: [
        '2:94: interfaces.x.subInterfaces[1]: x.100.7 is already made by subInterfaces[0]; the same tags stand once on a port',
      ],
    },
    {
      what: 'an inner tag without an outer one',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, subInterfaces: [{ innerVlan: 7 }] }
`,
      says: ['2:57: interfaces.x.subInterfaces[0]: outerVlan is missing; for a single tag write vlan'],
    },
    {
      what: 'a range backwards',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, subInterfaces: [{ vlan: 200-100 }] }
`,
      says: ['2:65: interfaces.x.subInterfaces[0].vlan[0]: the range 200-100 runs backwards; write 100-200'],
    },
    {
      what: 'any inner tag at layer 3',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, subInterfaces: [{ outerVlan: 100, innerVlan: any, addresses: [10.0.0.1/24] }] }
`,
      says: [
        '2:57: interfaces.x.subInterfaces[0]: "x.100.any" takes frames of many tags, so it can only be bridged or cross-connected; for addresses and subscribers write its exact tags',
      ],
    },
  ],
  promiscuous: [
    {
      what: 'of a loopback',
      yaml: `interfaces:
  l: { loopback: {}, promiscuous: true }
`,
      says: ['2:22: interfaces.l.promiscuous: "l" is a loopback: no wire, no queues and no neighbours'],
    },
  ],
  'rx-queue': [
    {
      what: 'twice',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, rxQueues: [{ queue: 0, mode: polling }, { queue: 0, mode: interrupt }] }
`,
      says: ['2:90: interfaces.x.rxQueues[1].queue: queue 0 already stands in rxQueues[0]'],
    },
    {
      what: 'nothing of it',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, rxQueues: [{ queue: 0 }] }
`,
      says: ['2:52: interfaces.x.rxQueues[0]: what of it? write mode, worker or both'],
    },
  ],
};
