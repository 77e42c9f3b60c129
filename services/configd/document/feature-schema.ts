import { z } from 'zod';
import {
  dscpMark,
  flag,
  integer,
  interfaceKey,
  ip4Address,
  ip6Address,
  ip6Prefix,
  ipAddress,
  lifetimeS,
  mac,
  markRange,
  name,
  oneOf,
} from './fields.js';
import { list, mapping } from './object.js';

const raPrefix = mapping({
  prefix: ip6Prefix.meta({ description: 'IPv6 prefix without host bits.', 'x-vpp': 'sw_interface_ip6nd_ra_prefix' }),
  onLink: flag.default(true).meta({ description: 'L: hosts of the prefix reach each other without the router.' }),
  autonomous: flag.default(true).meta({ description: 'A: hosts make an address of it (SLAAC); /64 only.' }),
  validS: lifetimeS.prefault('infinite').meta({
    description: 'Seconds, or infinite. VPP counts seconds down; the audit renews them when half is gone.',
  }),
  preferredS: lifetimeS.prefault('infinite').meta({ description: 'As validS, and not longer.' }),
});

const routerAdvertisement = mapping({
  send: flag.default(true).meta({ description: 'false: IPv6 is on, but nothing is advertised (suppress).' }),
  managed: flag.default(false).meta({ description: 'M: addresses by DHCPv6.' }),
  other: flag.default(false).meta({ description: 'O: other configuration by DHCPv6.' }),
  linkLayerOption: flag.default(true).meta({ description: "The router's MAC in each advertisement." }),
  unicast: flag.default(false).meta({ description: 'Solicited advertisements go to the asker alone.' }),
  maxIntervalS: integer('an interval', 4, 1800)
    .default(200)
    .meta({ description: 'Longest time between advertisements.' }),
  minIntervalS: integer('an interval', 3, 1350)
    .optional()
    .meta({ description: 'Shortest one. Absent: three quarters of maxIntervalS.' }),
  lifetimeS: integer('a lifetime', 0, 9000)
    .optional()
    .meta({ description: 'How long hosts keep the default router; 0: none. Absent: three times maxIntervalS.' }),
  initialCount: integer('a number of advertisements', 1, 3)
    .default(3)
    .meta({ description: 'Advertisements at the start, in quick succession.' }),
  initialIntervalS: integer('an interval', 1, 16)
    .default(16)
    .meta({ description: 'Longest time between those at the start.' }),
  prefixes: list(raPrefix)
    .default([])
    .meta({ description: 'Prefixes for hosts; the interface needs no address in them.' }),
});

const neighbour = mapping({
  address: ipAddress.meta({ description: 'IPv4 or IPv6 address in a network of the interface.' }),
  mac: mac.meta({ description: 'Its MAC address.' }),
});

const urpfMode = oneOf('strict', 'loose');
const urpf = z
  .preprocess(
    (input) => (input === 'strict' || input === 'loose' ? { ip4: input, ip6: input } : input),
    mapping(
      {
        ip4: urpfMode.optional().meta({ description: 'For IPv4; absent: not checked.' }),
        ip6: urpfMode.optional().meta({ description: 'For IPv6; absent: not checked.' }),
      },
      'strict, loose or { ip4: strict }',
    ),
  )
  .meta({
    'x-vpp': 'urpf_update_v2',
    description: 'Source check: strict (the way back is this interface) or loose (there is one); for each family.',
  });

const mss = integer('an MSS', 64, 65534);
const mssClamp = z
  .preprocess(
    (input, context) => {
      if (typeof input !== 'number') return input;
      const { error } = mss.safeParse(input, { reportInput: true });
      if (!error) return { ip4: input, ip6: input };
      context.addIssue({ code: 'custom', message: error.issues[0]?.message ?? error.message, input });
      return z.NEVER;
    },
    mapping(
      {
        ip4: mss.optional().meta({ description: 'With IPv4; absent: left alone.' }),
        ip6: mss.optional().meta({ description: 'With IPv6; absent: left alone.' }),
        direction: oneOf('in', 'out', 'both')
          .default('both')
          .meta({ description: 'SYNs that come in, leave, or both.' }),
      },
      '64 to 65534, or { ip4: 1452 }',
    ),
  )
  .meta({
    description: 'Largest segment that a TCP handshake through the interface may announce, in bytes.',
    'x-vpp': 'mss_clamp_enable_disable',
  });

const vrrp = mapping({
  id: integer('a virtual router id', 1, 255).meta({ description: 'One for each family and interface.' }),
  addresses: list(ipAddress).min(1, { error: 'at least one address is expected' }).meta({
    description: 'Virtual addresses, of one family.',
  }),
  priority: integer('a priority', 1, 255).default(100).meta({ description: '255: the owner of the addresses.' }),
  intervalMs: integer('an interval', 10, 40950)
    .multipleOf(10, { error: 'an interval is a multiple of 10 ms' })
    .default(1000)
    .meta({ description: 'Between advertisements; the same on all routers.' }),
  preempt: flag.default(true).meta({ description: 'A higher priority takes over from a lower one.' }),
  accept: flag.default(false).meta({ description: 'The master answers packets to the virtual addresses (ping).' }),
  peers: list(ipAddress).default([]).meta({ description: 'Advertise to these alone instead of by multicast.' }),
  track: list(
    mapping({
      interface: interfaceKey.meta({ description: 'Interface that is watched.' }),
      decrement: integer('a decrement', 1, 254)
        .default(100)
        .meta({ description: 'What its loss takes off the priority.' }),
    }),
  )
    .default([])
    .meta({
      description: 'Interfaces whose loss takes the decrement off the priority.',
      'x-vpp': 'vrrp_vr_track_if_add_del',
    }),
});

const qos = mapping({
  record: list(oneOf('dscp', 'pcp'))
    .default([])
    .meta({ description: 'Remember the DSCP or the priority (802.1p) that packets come with.' }),
  store: dscpMark.optional().meta({ description: 'Take every packet as if it had come with this DSCP.' }),
  mark: mapping({
    dscp: name.optional().meta({ description: 'Map that writes the DSCP.' }),
    pcp: name.optional().meta({ description: 'Map that writes the priority of the tag.' }),
  })
    .default({})
    .meta({ description: 'Names under qosMaps: what the DSCP or the priority of leaving packets becomes.' }),
});

/** Keys of a port or sub-interface beyond layer 3. */
export const lineFeatures = {
  ip6: flag.default(false).meta({
    description: 'IPv6 also without an own IPv6 address: on unnumbered lines, or before DHCPv6.',
    'x-vpp': 'sw_interface_ip6_enable_disable',
  }),
  routerAdvertisement: routerAdvertisement.optional().meta({
    description: 'Router advertisements; turns IPv6 on. The MTU in them is the one that the interface had then.',
    'x-vpp': 'sw_interface_ip6nd_ra_config',
  }),
  neighbours: list(neighbour)
    .default([])
    .meta({ description: 'Static neighbours, IPv4 and IPv6.', 'x-vpp': 'ip_neighbor_add_del' }),
  proxyNd: flag.default(false).meta({
    'x-vpp': 'ip6nd_proxy_enable_disable',
    description: 'Answer every neighbour solicitation of a global address: hosts reach each other through VPP.',
  }),
  proxyNdHosts: list(ip6Address).default([]).meta({
    description: 'Hosts behind this interface that VPP answers for on the other ones of the VRF.',
    'x-vpp': 'ip6nd_proxy_add_del',
  }),
  dhcpServerGroup: name.optional().meta({
    description:
      'Name under dhcpServerGroups: the servers that DHCP of the clients on this interface is relayed on to.',
    'x-vpp': 'nothing; told to subs-manager with the line',
  }),
  urpf: urpf.optional(),
  mssClamp: mssClamp.optional(),
  vrrp: list(vrrp).default([]).meta({
    description: 'Virtual routers (VRRP version 3).',
    'x-vpp': 'vrrp_vr_update, vrrp_vr_start_stop',
  }),
  policer: mapping({
    in: name.optional().meta({ description: 'For packets that come in.', 'x-vpp': 'policer_input_v2' }),
    out: name.optional().meta({ description: 'For packets that leave.', 'x-vpp': 'policer_output_v2' }),
  })
    .optional()
    .meta({ description: 'Policers by name, for what comes in and what leaves.' }),
  qos: qos.optional().meta({
    description: 'Marks: remember, set and rewrite them.',
    'x-vpp': 'qos_record_enable_disable, qos_store_enable_disable, qos_mark_enable_disable',
  }),
  flowprobe: mapping({
    traffic: oneOf('ip4', 'ip6', 'l2').default('ip4').meta({ description: 'Of which flows; l2 on ports only.' }),
    direction: oneOf('in', 'out', 'both').default('both').meta({ description: 'Flows that come in, leave, or both.' }),
  })
    .optional()
    .meta({
      description: 'Tell the flows of this interface to the collector of ipfix.',
      'x-vpp': 'flowprobe_interface_add_del',
    }),
};

const rxQueue = mapping({
  queue: integer('a queue', 0, 65535).meta({ description: 'Number of the queue, from 0.' }),
  mode: oneOf('polling', 'interrupt', 'adaptive')
    .optional()
    .meta({ description: 'How packets are noticed. Absent: left to VPP.', 'x-vpp': 'sw_interface_set_rx_mode' }),
  worker: z
    .union([z.literal('main'), z.int().min(0).max(1023)], {
      error: 'main or the number of a worker from 0 is expected',
    })
    .optional()
    .meta({
      description: 'Thread that serves it: main, or a worker from 0. Absent: left to VPP.',
      'x-vpp': 'sw_interface_set_rx_placement',
    }),
});

/** Keys of a port. */
export const portFeatures = {
  promiscuous: flag.default(false).meta({
    description: 'Take frames for every MAC address.',
    'x-vpp': 'sw_interface_set_promisc',
  }),
  rxQueues: list(rxQueue).default([]).meta({ description: 'How and by which thread receive queues are served.' }),
  lldp: mapping({
    portDescription: z
      .string({ error: 'a text is expected' })
      .max(255, { error: 'at most 255 characters' })
      .optional()
      .meta({ description: 'What the port is called in its frames.' }),
    managementIp4: ip4Address.optional().meta({ description: 'Address of management in its frames.' }),
    managementIp6: ip6Address.optional().meta({ description: 'The same for IPv6.' }),
  })
    .optional()
    .meta({ description: 'Speak LLDP on this port.', 'x-vpp': 'sw_interface_set_lldp' }),
};

const markMap = (what: string) =>
  list(
    mapping({
      from: markRange(what).meta({ description: `A ${what}, a range of them, or a list of both.` }),
      to: dscpMark.meta({ description: 'What it becomes.' }),
    }),
  )
    .default([])
    .meta({ description: `By the ${what} a packet came with; the first that fits counts.` });

/** What marks become; what is not listed keeps its mark (DSCP from priority and back: the class). */
export const qosMapSchema = mapping({
  writes: oneOf('dscp', 'pcp').meta({ description: 'What the map writes: DSCP or priority (802.1p).' }),
  dscp: markMap('DSCP'),
  pcp: markMap('priority'),
});

export type RouterAdvertisementConfig = z.output<typeof routerAdvertisement>;
export type VrrpConfig = z.output<typeof vrrp>;
export type QosMapConfig = z.output<typeof qosMapSchema>;
