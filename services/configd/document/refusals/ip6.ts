import type { RefusalTable } from './refusal.js';

export const ip6Refusals: RefusalTable = {
  ip6: [
    {
      what: 'at layer 2',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, ip6: true, bridge: { domain: metro } }
bridgeDomains: { metro: {} }
`,
      says: ['2:41: interfaces.x.ip6: "x" is an interface of layer 2; ip6 belongs on a loopback in the bridge domain'],
    },
  ],
  'router-advertisement': [
    {
      what: 'a lifetime below the interval',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: ["2001:db8::1/64"], routerAdvertisement: { maxIntervalS: 600, lifetimeS: 300 } }
`,
      says: [
        '2:125: interfaces.x.routerAdvertisement.lifetimeS: hosts would lose the router between two advertisements: lifetimeS 300 must be more than maxIntervalS 600, or 0 for no default router',
      ],
    },
    {
      what: 'at layer 2',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, routerAdvertisement: {}, bridge: { domain: metro } }
bridgeDomains: { metro: {} }
`,
      says: [
        '2:41: interfaces.x.routerAdvertisement: "x" is an interface of layer 2; routerAdvertisement belongs on a loopback in the bridge domain',
      ],
    },
  ],
  'ra-prefix': [
    {
      what: 'SLAAC of no /64',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: ["2001:db8::1/64"], routerAdvertisement: { prefixes: [{ prefix: "2001:db8::/56" }] } }
`,
      warns: [
        '2:116: interfaces.x.routerAdvertisement.prefixes[0].prefix: hosts make addresses of a /64 only (RFC 4862); write a /64 or autonomous: false',
      ],
    },
    {
      what: 'host bits',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: ["2001:db8::1/64"], routerAdvertisement: { prefixes: [{ prefix: "2001:db8::1/64" }] } }
`,
      says: [
        '2:116: interfaces.x.routerAdvertisement.prefixes[0].prefix: 2001:db8::1/64 has host bits set; write 2001:db8::/64',
      ],
    },
    {
      what: 'preferred for longer than valid',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: ["2001:db8::1/64"], routerAdvertisement: { prefixes: [{ prefix: "2001:db8::/64", validS: 600, preferredS: 900 }] } }
`,
      says: [
        '2:158: interfaces.x.routerAdvertisement.prefixes[0].preferredS: preferredS is longer than validS 600; it must not be',
      ],
    },
  ],
  'nd-proxy': [
    {
      what: 'at layer 2',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, proxyNd: true, bridge: { domain: metro } }
bridgeDomains: { metro: {} }
`,
      says: [
        '2:41: interfaces.x.proxyNd: "x" is an interface of layer 2; proxyNd belongs on a loopback in the bridge domain',
      ],
    },
  ],
  'nd-proxy-host': [
    {
      what: 'on many lines at once',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, subInterfaces: [{ vlan: 1-2, unnumbered: gw, proxyNd: true, proxyNdHosts: ["2001:db8::7"] }] }
  gw: { loopback: {}, addresses: ["2001:db8::1/64"] }
`,
      says: [
        '2:101: interfaces.x.subInterfaces[0].proxyNdHosts: proxyNdHosts can stand on one sub-interface only, and this entry makes 2',
      ],
    },
    {
      what: 'an IPv4 host',
      yaml: `interfaces:
  x: { hostInterface: { device: eth1 }, addresses: ["2001:db8::1/64"], proxyNd: true, proxyNdHosts: [10.0.0.7] }
`,
      says: ['2:102: interfaces.x.proxyNdHosts[0]: 10.0.0.7 is IPv4; an IPv6 address is expected (2001:db8::1)'],
    },
  ],
};
