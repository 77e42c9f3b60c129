import type { RefusalTable } from './refusal.js';

export const telemetryRefusals: RefusalTable = {
  'ipfix-exporter': [
    {
      what: 'a source that is no address of the node',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24] }
ipfix: { collector: 10.0.0.2, source: 10.0.0.9 }
`,
      says: [
        '3:39: ipfix.source: 10.0.0.9 is no address of any interface; the source must be an address of an interface in the VRF of the collector (default)',
      ],
    },
  ],
  flowprobe: [
    {
      what: 'every packet by itself, of which VPP dies',
      yaml: 'flowprobe: { activeS: 0 }\n',
      says: ['1:23: flowprobe.activeS: an interval is a whole number from 1 to 86400, not 0'],
    },
    {
      what: 'forgotten before told',
      yaml: 'flowprobe: { activeS: 60, passiveS: 20 }\n',
      says: ['1:37: flowprobe.passiveS: passiveS 20 is less than activeS 60; write 0 or at least that'],
    },
  ],
  'flowprobe-interface': [
    {
      what: 'with nothing to record',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, flowprobe: { traffic: ip4 } }
`,
      says: ['2:52: interfaces.x.flowprobe: what should be recorded? write flowprobe at the top of the document too'],
    },
    {
      what: 'frames on a sub-interface',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: [10.0.0.1/24], subInterfaces: [{ vlan: 7, flowprobe: { traffic: l2 } }] }
flowprobe: {}
ipfix: { collector: 10.0.0.2, source: 10.0.0.1 }
`,
      says: [
        '2:116: interfaces.x.subInterfaces[0].flowprobe.traffic: VPP sees l2 flows on ports only; write ip4 or ip6, or put it on the port',
      ],
    },
  ],
  lldp: [
    {
      what: 'a hold of nothing',
      yaml: 'lldp: { txHold: 0 }\n',
      says: ['1:17: lldp.txHold: a number of intervals is a whole number from 1 to 100, not 0'],
    },
  ],
  'lldp-interface': [
    {
      what: 'on a sub-interface',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, subInterfaces: [{ vlan: 7, lldp: {} }] }
`,
      says: [
        '2:68: interfaces.x.subInterfaces[0].lldp: unknown key "lldp"; known here: vlan, outerVlan, innerVlan, outerTag, description, enabled, vrf, mtu, addresses, unnumbered, proxyArp, acl, macip, ip6, routerAdvertisement, neighbours, proxyNd, proxyNdHosts, dhcpServerGroup, urpf, mssClamp, vrrp, policer, qos, flowprobe, bridge, crossConnect, tagRewrite, nat44Ed, nat44Ei, det44',
      ],
    },
    {
      what: 'on a loopback',
      yaml: `interfaces:
  l: { loopback: {}, lldp: {} }
`,
      says: ['2:22: interfaces.l.lldp: "l" is a loopback: no wire, no queues and no neighbours'],
    },
  ],
};
