import type { RefusalTable } from './refusal.js';

export const policyRefusals: RefusalTable = {
  policer: [
    {
      what: 'a peak below the committed rate',
      yaml: 'policers: { slow: { cirBps: 10M, pirBps: 5M } }\n',
      says: ['1:42: policers.slow.pirBps: 5000000 is below cirBps 10000000'],
    },
    {
      what: 'a rate without a rate',
      yaml: 'policers: { slow: { cirBps: fast } }\n',
      says: ['1:29: policers.slow.cirBps: "fast" is no number of bit/s (500M, 1G or 1000000)'],
    },
    {
      what: 'a rate beyond VPP',
      yaml: 'policers: { slow: { cirBps: 500G } }\n',
      says: ['1:29: policers.slow.cirBps: 500G is out of range; 1000 to 400000000000 bit/s'],
    },
  ],
  'policer-attach': [
    {
      what: 'a policer that is not there',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, policer: { in: slov } }
policers: { slow: { cirBps: 10M } }
`,
      says: [
        '2:56: interfaces.x.policer.in: there is no policer "slov"; write it under policers; did you mean "slow"?',
      ],
    },
  ],
  'punt-policer': [
    {
      what: 'a policer that is not there',
      yaml: `policers: { slow: { cirBps: 10M } }
puntPolicers: { ip4: slov }
`,
      says: ['2:22: puntPolicers.ip4: there is no policer "slov"; write it under policers; did you mean "slow"?'],
    },
  ],
  acl: [
    {
      what: 'ports of a protocol that has none',
      yaml: 'acls: { web: { rules: [permit icmp any any port 80] } }\n',
      says: ['1:24: acls.web.rules[0].dstPorts: goes with proto tcp and udp only'],
    },
    {
      what: 'a half rule',
      yaml: 'acls: { web: { rules: [permit tcp any] } }\n',
      says: [
        '1:24: acls.web.rules[0]: "permit tcp any" is not a whole rule; write: permit|deny|reflect PROTOCOL SOURCE [port P] DESTINATION [port P] [established]',
      ],
    },
    {
      what: 'host bits in a prefix',
      yaml: 'acls: { web: { rules: [permit tcp 10.0.0.1/24 any] } }\n',
      says: ['1:24: acls.web.rules[0].src: "10.0.0.1/24" has host bits set; 10.0.0.0/24 would be the network'],
    },
    {
      what: 'both families in one rule',
      yaml: 'acls: { web: { rules: [permit tcp 10.0.0.0/24 2001:db8::/32] } }\n',
      says: ['1:24: acls.web.rules[0].dst: is IPv6, but src is IPv4'],
    },
  ],
  'acl-list': [
    {
      what: 'an ACL that is not there',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, acl: { in: [wed] } }
acls: { web: { rules: [permit any any any] } }
`,
      says: ['2:53: interfaces.x.acl.in[0]: there is no ACL "wed"; write it under acls; did you mean "web"?'],
    },
    {
      what: 'an ACL twice in one list, which VPP takes and forgets',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, acl: { in: [web, web] } }
acls: { web: { rules: [permit any any any] } }
`,
      says: ['2:58: interfaces.x.acl.in[1]: ACL "web" stands twice in this list'],
    },
  ],
  'acl-counters': [
    {
      what: 'neither on nor off',
      yaml: 'aclCounters: sometimes\n',
      says: ['1:14: aclCounters: true or false is expected, not "sometimes"'],
    },
  ],
  'macip-acl': [
    {
      what: 'a rule twice',
      yaml: 'macipAcls: { floor: { rules: [{ mac: "02:00:00:00:00:01" }, { mac: "02:00:00:00:00:01" }] } }\n',
      says: ['1:61: macipAcls.floor.rules[1]: rules[0] is about 02:00:00:00:00:01 from any already'],
    },
    {
      what: 'a MAC that is none',
      yaml: 'macipAcls: { floor: { rules: [{ mac: "02:00:00:00:01" }] } }\n',
      says: [
        '1:38: macipAcls.floor.rules[0].mac: "02:00:00:00:01" is not a MAC address (six bytes: 02:ca:00:00:00:01)',
      ],
    },
  ],
  'macip-interface': [
    {
      what: 'a list that is not there',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, macip: flor }
macipAcls: { floor: { rules: [{ mac: any }] } }
`,
      says: ['2:48: interfaces.x.macip: there is no list "flor"; write it under macipAcls; did you mean "floor"?'],
    },
    {
      what: 'at layer 2',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, macip: floor, bridge: { domain: metro } }
macipAcls: { floor: { rules: [{ mac: any }] } }
bridgeDomains: { metro: {} }
`,
      says: ['2:48: interfaces.x.macip: "x" is an interface of layer 2; lists of senders are for routed ones'],
    },
    {
      what: 'where VPP would match nobody',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, subInterfaces: [{ outerVlan: 100, innerVlan: 7, unnumbered: gw, macip: floor }] }
  gw: { loopback: {}, addresses: [100.64.0.1/16] }
macipAcls: { floor: { rules: [{ mac: any }] } }
`,
      says: [
        '2:112: interfaces.x.subInterfaces[0].macip: VPP matches two tags only with 0x88a8 as the outer one, so that nobody could send on "x.100.7"; use urpf there, or outerTag: dot1ad on a memif or bond',
      ],
    },
  ],
  'qos-map': [
    {
      what: 'a mark beyond six bits',
      yaml: 'qosMaps: { m: { writes: dscp, dscp: [{ from: 70, to: 0 }] } }\n',
      says: ['1:46: qosMaps.m.dscp[0].from[0]: "70" is no mark and no range of marks (46, ef or 8-15)'],
    },
    {
      what: 'a mark mapped twice',
      yaml: 'qosMaps: { m: { writes: pcp, dscp: [{ from: ef, to: 6 }, { from: 40-47, to: 5 }] } }\n',
      says: ['1:66: qosMaps.m.dscp[1].from[0]: DSCP 46 is mapped twice; the first one counts'],
    },
    {
      what: 'a priority beyond three bits',
      yaml: 'qosMaps: { m: { writes: pcp, dscp: [{ from: ef, to: 8 }] } }\n',
      says: ['1:53: qosMaps.m.dscp[0].to: 8 is no priority; 0 to 7'],
    },
  ],
  'qos-mark': [
    {
      what: 'a map that writes something else',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, subInterfaces: [{ vlan: 7, qos: { mark: { dscp: m } } }] }
qosMaps: { m: { writes: pcp, dscp: [{ from: ef, to: 6 }] } }
`,
      says: ['2:89: interfaces.x.subInterfaces[0].qos.mark.dscp: the map "m" writes pcp, not dscp'],
    },
  ],
  'qos-record': [
    {
      what: 'a priority without a tag',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, qos: { record: [pcp] } }
`,
      says: [
        '2:57: interfaces.x.qos.record[0]: the priority stands in a VLAN tag, and "x" itself has none; write it on a sub-interface',
      ],
    },
  ],
  'qos-store': [
    {
      what: 'a mark that is none',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, qos: { store: gold } }
`,
      says: ['2:55: interfaces.x.qos.store: "gold" is no mark: 0 to 63, or a name such as ef, af41 or cs3'],
    },
  ],
};
