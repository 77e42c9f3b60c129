import { z } from 'zod';
import { maxAclRules } from '../resources/acl.js';
import { aclRule } from './acl-rule.js';
import { bondSchema } from './bond-schema.js';
import { dhcpSections } from './dhcp-schema.js';
import { lineFeatures, portFeatures, qosMapSchema } from './feature-schema.js';
import {
  burstBytes,
  description,
  flag,
  integer,
  interfaceAddress,
  interfaceKey,
  ipAddress,
  mac,
  name,
  networkPrefix,
  oneOf,
  rateBps,
  vlans,
} from './fields.js';
import { bridgeDomainSchema, l2Keys } from './l2-schema.js';
import { macipSchema } from './macip-schema.js';
import { natKeys, natSections } from './nat-schema.js';
import { nodeFeatures } from './node-schema.js';
import { list, mapping, named } from './object.js';
import { pbrSchema } from './pbr-schema.js';
import { shown } from './problem.js';

const mtu = integer('an MTU', 68, 9216).meta({
  description:
    'Largest packet in bytes, without Ethernet header and tags. Absent: as VPP has it, 9000 or that of the port.',
  'x-vpp': 'sw_interface_set_mtu',
});

/** Layer 3 of a port or sub-interface; the same keys on both. */
const layer3 = {
  description: description.optional(),
  enabled: flag.default(true).meta({ description: 'Administrative state.', 'x-vpp': 'sw_interface_set_flags' }),
  vrf: name
    .default('default')
    .meta({ description: 'Name of a VRF; "default" is table 0.', 'x-vpp': 'sw_interface_set_table, IPv4 and IPv6' }),
  mtu: mtu.optional(),
  addresses: list(interfaceAddress).default([]).meta({
    description: 'Addresses with their length.',
    'x-vpp': 'sw_interface_add_del_address',
  }),
  unnumbered: interfaceKey.optional().meta({
    description: 'Interface whose addresses are borrowed.',
    'x-vpp': 'sw_interface_set_unnumbered',
  }),
  proxyArp: flag.default(false).meta({
    description: 'Answer ARP for the networks of the addresses (own or borrowed).',
    'x-vpp': 'proxy_arp_intfc_enable_disable',
  }),
  acl: z
    .strictObject({
      in: list(name).default([]).meta({ description: 'For packets that come in.' }),
      out: list(name).default([]).meta({ description: 'For packets that leave.' }),
    })
    .optional()
    .meta({
      description: 'ACLs by name, in order; what none of them permits is dropped.',
      'x-vpp': 'acl_interface_set_acl_list',
    }),
  macip: name.optional().meta({
    description: 'Name under macipAcls: who may send, by MAC and source address.',
    'x-vpp': 'macip_acl_interface_add_del',
  }),
};

/** One or many sub-interfaces of a port: 802.1Q by `vlan`, QinQ by `outerVlan` and `innerVlan`, each also by range. */
export const subInterfaceSchema = mapping({
  vlan: vlans.optional().meta({
    description:
      'One 802.1Q tag: 200, 200-299 or a list. Key: PORT.VLAN. With layer 2 also default: tagged frames that nobody else takes.',
  }),
  outerVlan: vlans.optional().meta({ description: 'Outer tag of QinQ. Key: PORT.OUTER.INNER' }),
  innerVlan: vlans.optional().meta({ description: 'Inner tag of QinQ. With layer 2 also any.' }),
  outerTag: z
    .enum(['dot1q', 'dot1ad'], { error: 'dot1q (0x8100) or dot1ad (0x88a8) is expected' })
    .default('dot1q')
    .meta({ description: 'Protocol of the outer tag. The kernel hands both to af_packet as dot1q.' }),
  ...layer3,
  ...lineFeatures,
  ...l2Keys,
  ...natKeys,
});

const hostInterface = mapping({
  device: z
    .string({ error: 'the name of a network device is expected' })
    .regex(/^[^\s/:]{1,15}$/, { error: 'a network device name has 1 to 15 characters without spaces, "/" and ":"' })
    .meta({ description: 'Network device of the host that VPP opens by af_packet.' }),
});

const memif = mapping({
  socket: z
    .string()
    .regex(/^\/[^\s]{1,106}$/, { error: 'the absolute path of a socket is expected, at most 107 characters' })
    .default('/run/vpp/memif.sock')
    .meta({ description: 'Path of the socket where both sides meet.', 'x-vpp': 'memif_socket_filename_add_del_v2' }),
  id: integer('a memif id', 0, 4294967294)
    .default(0)
    .meta({ description: 'Tells the links of one socket apart; the same on both sides.' }),
  role: oneOf('master', 'slave').default('slave').meta({ description: 'One side each; the master makes the socket.' }),
});

/** Letters, digits and "/", ":", "_", "-"; no dot, which stands before the number of a sub-interface. */
const vppName = z
  .string({ error: 'the name of an interface of VPP is expected' })
  .regex(/^[A-Za-z][A-Za-z0-9/:_-]{0,62}$/, {
    error: (issue) =>
      `${shown(issue.input)} is not the name of a port of VPP (TenGigabitEthernet3/0/0)` +
      (/\.\d+$/.test(String(issue.input)) ? '; sub-interfaces stand under subInterfaces of their port' : ''),
  });

/** A port: exactly one of hostInterface, vppInterface, memif, bond and loopback says what it is. */
export const interfaceSchema = mapping({
  hostInterface: hostInterface.optional().meta({
    description: 'A network device of the host, opened by VPP as packet socket.',
    'x-vpp': 'af_packet_create_v3: an interface host-DEVICE',
  }),
  vppInterface: mapping({
    name: vppName.meta({ description: 'As `show interface` has it: TenGigabitEthernet3/0/0.' }),
  })
    .optional()
    .meta({
      description:
        'A port that VPP has by itself: a DPDK device, or one made by other means. It is set up, never made and never deleted.',
      'x-vpp': 'nothing is created; sw_interface_tag_add_del, sw_interface_set_mtu, sw_interface_set_flags',
    }),
  memif: memif
    .optional()
    .meta({ description: 'Shared-memory link to another program or VPP.', 'x-vpp': 'memif_create_v2' }),
  bond: bondSchema
    .optional()
    .meta({ description: 'Several ports as one.', 'x-vpp': 'bond_create2, bond_add_member for each member' }),
  loopback: mapping({}).optional().meta({
    description: 'A loopback, often the gateway that lines borrow their address from, or the BVI of a bridge domain.',
    'x-vpp': 'create_loopback_instance',
  }),
  mac: mac.optional().meta({
    description: 'MAC address. Absent: made from the name, the same on every start; of a vppInterface: its own.',
    'x-vpp': 'sw_interface_set_mac_address',
  }),
  ...layer3,
  ...lineFeatures,
  ...l2Keys,
  ...natKeys,
  ...portFeatures,
  subInterfaces: list(subInterfaceSchema).default([]).meta({
    description: 'VLANs of the port. Each entry makes one or many sub-interfaces, with its keys for all of them.',
    'x-vpp': 'create_subif for each; named by sw_interface_tag_add_del',
  }),
});

export const vrfSchema = mapping({
  table: integer('a table id', 1, 4294967294).meta({
    description: 'Number of the tables, IPv4 and IPv6 alike.',
    'x-vpp': 'ip_table_add_del_v2',
  }),
  description: description.optional(),
});

const routePath = mapping({
  address: ipAddress.optional().meta({ description: 'Next hop.' }),
  interface: interfaceKey
    .optional()
    .meta({ description: 'Where the next hop is a neighbour. Absent: the route to the next hop says it (recursive).' }),
  vrf: name.optional().meta({
    description:
      'Looked up in this VRF instead of the one of the route: its next hop, or without an address the packet.',
  }),
  nextHop: name
    .optional()
    .meta({ description: 'A watched next hop of nextHops, instead of address, interface and VRF.' }),
  weight: integer('a weight', 1, 255)
    .default(1)
    .meta({ description: 'Share of the load among paths of one preference.' }),
  minWeight: integer('a weight', 1, 255).optional().meta({
    description: 'The least weight that a watched next hop is given when it loses probes; absent: its weight.',
  }),
  preference: integer('a preference', 0, 255).default(0).meta({ description: 'Paths of the lowest value are used.' }),
});

const probeSchema = mapping({
  intervalMs: integer('an interval', 100, 60_000).default(500).meta({ description: 'From one probe to the next.' }),
  timeoutMs: integer('a timeout', 50, 60_000)
    .optional()
    .meta({ description: 'How long an answer may take, at most the interval; absent: the interval, 1000 at most.' }),
  failures: integer('a number of probes', 1, 20)
    .default(3)
    .meta({ description: 'Unanswered in a row: the next hop is out.' }),
  successes: integer('a number of probes', 1, 100)
    .default(3)
    .meta({ description: 'Answered in a row before it comes back.' }),
  returnAfterMs: integer('a time', 0, 3_600_000).default(5000).meta({
    description: 'It must answer for so long before it comes back; twice as long each time it was out again.',
  }),
  maxReturnAfterMs: integer('a time', 0, 3_600_000)
    .default(300_000)
    .meta({ description: 'The longest of these times; one that was in for so long starts anew.' }),
});

/** A next hop that is probed: routes that name it are without it while it does not answer. */
const nextHopSchema = mapping({
  address: ipAddress.meta({ description: 'Its address; it must answer ICMP echo.' }),
  interface: interfaceKey.optional().meta({ description: 'It is a neighbour on this interface.' }),
  vrf: name.optional().meta({ description: 'Without an interface: the VRF that it is looked up in; absent: default.' }),
  probe: probeSchema.prefault({}).meta({ description: 'How it is probed, and when it is believed.' }),
});

export const routeSchema = mapping({
  prefix: networkPrefix.meta({ description: 'Destination, IPv4 or IPv6, without host bits.' }),
  vrf: name.default('default').meta({ description: 'VRF that the route is in.' }),
  via: list(routePath).default([]).meta({ description: 'Next hops; several share the load by weight.' }),
  drop: flag.default(false).meta({ description: 'Discard instead of forwarding; then without "via".' }),
  unreachable: flag.default(false).meta({ description: 'Discard, and answer "destination unreachable" by ICMP.' }),
  prohibit: flag.default(false).meta({ description: 'Discard, and answer "administratively prohibited" by ICMP.' }),
});

export const policerSchema = mapping({
  cirBps: rateBps.meta({ description: 'Committed rate in bit/s, 1k to 400G: 500M, 1G or a plain number.' }),
  pirBps: rateBps.optional().meta({ description: 'Peak rate in bit/s, likewise. Absent: one rate.' }),
  cirBurstBytes: burstBytes
    .optional()
    .meta({ description: 'Burst of the committed rate in bytes: 64k. Absent: 50 ms of the rate.' }),
  pirBurstBytes: burstBytes
    .optional()
    .meta({ description: 'Burst of the peak rate in bytes. Absent: 50 ms of the rate.' }),
});

export const aclSchema = mapping({
  description: description.optional(),
  rules: list(aclRule)
    .max(maxAclRules, { error: `an ACL has at most ${maxAclRules} rules` })
    .meta({
      description: 'The first that fits decides; what none permits is dropped. One line of text, or a mapping.',
    }),
});

/** The whole document. Each key is one kind of thing; what is not in the document is removed from VPP. */
export const documentSchema = mapping({
  interfaces: named(name, interfaceSchema).default({}).meta({
    description:
      'Ports by name, each exactly one of hostInterface, vppInterface, memif, bond and loopback, with what is on them.',
    'x-vpp': 'an interface and what is configured on it',
  }),
  vrfs: named(name, vrfSchema).default({}).meta({
    description: 'Virtual routers by name; "default" is there without being written.',
    'x-vpp': 'an IPv4 and an IPv6 table',
  }),
  routes: list(routeSchema)
    .default([])
    .meta({ description: 'Static routes.', 'x-vpp': 'ip_route_add_del: a FIB entry of the table' }),
  ...dhcpSections,
  policers: named(name, policerSchema)
    .default({})
    .meta({ description: 'Rates by name, for interfaces and for what VPP punts.', 'x-vpp': 'policer_add' }),
  acls: named(name, aclSchema)
    .default({})
    .meta({ description: 'Access lists by name, IPv4 and IPv6.', 'x-vpp': 'acl_add_replace' }),
  macipAcls: named(name, macipSchema).default({}).meta({
    description: 'Lists of senders by name: MAC and source address together.',
    'x-vpp': 'macip_acl_add_replace',
  }),
  aclCounters: flag.default(true).meta({
    description: 'Count what each rule of the ACLs on interfaces matches.',
    'x-vpp': 'acl_stats_intf_counters_enable',
  }),
  nextHops: named(name, nextHopSchema).default({}).meta({
    description: 'Next hops by name that are probed; routes that name them are without those that do not answer.',
    'x-vpp': 'nothing of its own; ip_route_add_del of the routes that name it',
  }),
  ...natSections,
  bridgeDomains: named(name, bridgeDomainSchema).default({}).meta({
    description: 'Bridges by name; interfaces join with their own bridge key.',
    'x-vpp': 'bridge_domain_add_del_v2',
  }),
  pbr: named(name, pbrSchema).default({}).meta({
    description: 'Policy based routing: lists of rules by name.',
    'x-vpp': 'abf_policy_add_del with an ACL for each rule, attached to the interfaces by abf_itf_attach_add_del',
  }),
  qosMaps: named(name, qosMapSchema).default({}).meta({
    description: 'What marks become, by name; interfaces use them with qos.mark.',
    'x-vpp': 'qos_egress_map_update',
  }),
  ...nodeFeatures,
});

export type ConfigDocument = z.output<typeof documentSchema>;
export type PortConfig = z.output<typeof interfaceSchema>;
export type SubInterfaceConfig = z.output<typeof subInterfaceSchema>;
export type NextHopConfig = z.output<typeof nextHopSchema>;
export type RouteConfig = z.output<typeof routeSchema>;
