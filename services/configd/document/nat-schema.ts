import type { z } from 'zod';
import { flag, integer, ip4Address, name, networkPrefix, oneOf } from './fields.js';
import { list, mapping, named } from './object.js';
import { addressText, networkText, parseAddress, parsePrefix } from './prefix.js';
import { shown } from './problem.js';
import { accept, type Read, refuse, scalar } from './scalar.js';

/** First and last IPv4 address of a pool, in text. */
export interface AddressRange {
  readonly first: string;
  readonly last: string;
}

function readAddresses(text: string): Read<AddressRange> {
  const [from = '', to = from, more] = text.split('-').map((part) => part.trim());
  const prefix = text.includes('/') ? parsePrefix(text) : undefined;
  if (prefix?.family === 4) {
    if (prefix.address !== prefix.first) return refuse(`${text} has host bits set; write ${networkText(prefix)}`);
    return accept({ first: addressText(4, prefix.first), last: addressText(4, prefix.last) });
  }
  const [first, last] = [parseAddress(from), parseAddress(to)];
  if (more !== undefined || first?.family !== 4 || last?.family !== 4)
    return refuse(`${shown(text)} are no IPv4 addresses (203.0.113.0/28, 203.0.113.1-203.0.113.9 or one address)`);
  if (first.address > last.address) return refuse(`the range ${text} runs backwards; write ${to}-${from}`);
  return accept({ first: addressText(4, first.address), last: addressText(4, last.address) });
}

const addresses = scalar(readAddresses, 'IPv4 addresses');

const timeout = (defaultS: number, what: string) =>
  integer('a timeout', 1, 4_294_967_295).default(defaultS).meta({ description: what });
const timeouts = mapping({
  udpS: timeout(300, 'UDP, in seconds.'),
  tcpEstablishedS: timeout(7440, 'TCP, after the handshake, in seconds.'),
  tcpTransitoryS: timeout(240, 'TCP, before the handshake is done and after an end, in seconds.'),
  icmpS: timeout(60, 'ICMP, in seconds.'),
}).meta({ description: 'Seconds after which a silent session is forgotten.' });

const sessions = integer('a number of sessions', 1, 100_000_000);

const place = {
  insideVrf: name.default('default').meta({ description: 'VRF of inside hosts where nothing else says it.' }),
  outsideVrf: name.default('default').meta({ description: 'VRF of the outside.' }),
};

const pool = {
  addresses: addresses.meta({
    description: 'Outside addresses: a prefix, a range 203.0.113.1-203.0.113.9 or one address.',
  }),
  vrf: name
    .default('any')
    .meta({ description: 'Inside VRF that uses the addresses; any: each that has no addresses of its own.' }),
};

const staticMapping = mapping({
  local: ip4Address.meta({ description: 'Inside address.' }),
  localPort: integer('a port', 1, 65535).optional().meta({ description: 'Inside port. Absent: all of them.' }),
  external: ip4Address.meta({ description: 'Outside address.' }),
  externalPort: integer('a port', 1, 65535).optional().meta({ description: 'Outside port; with localPort.' }),
  protocol: oneOf('tcp', 'udp', 'icmp').optional().meta({ description: 'With ports. Absent: every protocol.' }),
  vrf: name.default('default').meta({ description: 'VRF of the local side.' }),
});

const common = {
  ...place,
  forwarding: flag.default(false).meta({ description: 'Forward what no mapping fits, instead of dropping it.' }),
  mssClamp: integer('an MSS', 64, 65535)
    .optional()
    .meta({ description: 'Largest TCP segment that a handshake through NAT may announce, in bytes.' }),
  timeouts: timeouts.prefault({}),
  staticMappings: named(name, staticMapping).default({}).meta({
    description: 'Inside addresses or ports that the outside reaches, by name.',
    'x-vpp': 'nat44_add_del_static_mapping_v2, nat44_ei_add_del_static_mapping',
  }),
};

export const nat44EdSchema = mapping({
  sessions: sessions.default(65_536).meta({
    description: 'Sessions of each worker. VPP takes 400 bytes for each at once; another number drops all sessions.',
  }),
  ...common,
  pools: list(
    mapping({
      ...pool,
      twiceNat: flag.default(false).meta({ description: 'Addresses that outside hosts have inside.' }),
    }),
  )
    .max(1000, { error: 'at most 1000 pools' })
    .default([])
    .meta({ description: 'Outside addresses that inside hosts share.', 'x-vpp': 'nat44_add_del_address_range' }),
  sessionLimits: list(
    mapping({
      vrf: name.default('default').meta({ description: 'Inside VRF.' }),
      sessions: sessions.meta({ description: 'Sessions at most.' }),
    }),
  )
    .default([])
    .meta({ description: 'Sessions of an inside VRF at most.', 'x-vpp': 'nat44_set_session_limit' }),
});

export const nat44EiSchema = mapping({
  sessions: sessions.default(65_536).meta({
    description: 'Sessions of each worker. VPP takes 300 bytes for each at once; another number drops all sessions.',
  }),
  users: integer('a number of users', 1, 10_000_000).default(1024).meta({ description: 'Inside addresses.' }),
  userSessions: sessions
    .optional()
    .meta({ description: 'Sessions of one inside address; beyond them the oldest gives way. Absent: as sessions.' }),
  ...common,
  pools: list(mapping(pool))
    .max(1000, { error: 'at most 1000 pools' })
    .default([])
    .meta({ description: 'Outside addresses that inside hosts share.', 'x-vpp': 'nat44_ei_add_del_address_range' }),
});

export const det44Schema = mapping({
  ...place,
  timeouts: timeouts.prefault({}),
  maps: list(
    mapping({
      inside: networkPrefix.meta({ description: 'Addresses of inside hosts.' }),
      outside: networkPrefix.meta({ description: 'Shared by the inside addresses, each with ports of its own.' }),
    }),
  )
    .max(1000, { error: 'at most 1000 maps' })
    .default([])
    .meta({
      description: 'Inside prefixes and the outside ones they use; they meet no others, outside is as long or longer.',
      'x-vpp': 'det44_add_del_map',
    }),
});

/** Keys of an interface: what it is to each kind of NAT. */
export const natKeys = {
  nat44Ed: oneOf('inside', 'outside', 'both', 'output').optional().meta({
    'x-vpp': 'nat44_interface_add_del_feature, nat44_ed_add_del_output_interface',
    description: 'Its side of NAT44-ED. output: NAT of what leaves, after routing, instead of inside and outside.',
  }),
  nat44Ei: oneOf('inside', 'outside', 'both', 'output').optional().meta({
    description: 'Its side of NAT44-EI. output: as with NAT44-ED.',
    'x-vpp': 'nat44_ei_interface_add_del_feature, nat44_ei_add_del_output_interface',
  }),
  det44: oneOf('inside', 'outside').optional().meta({
    description: 'Its side of DET44; one interface is outside.',
    'x-vpp': 'det44_interface_add_del_feature',
  }),
};

/** Keys of the node. */
export const natSections = {
  nat44Ed: nat44EdSchema.optional().meta({
    description: 'NAT44, endpoint-dependent: for many sessions and VRFs.',
    'x-vpp': 'nat44_ed_plugin_enable_disable',
  }),
  nat44Ei: nat44EiSchema.optional().meta({
    description: 'NAT44, endpoint-independent: a host keeps its outside port for all destinations.',
    'x-vpp': 'nat44_ei_plugin_enable_disable',
  }),
  det44: det44Schema.optional().meta({
    description:
      'Deterministic NAT44: fixed ports for each inside address, nothing to log. A host has 1000 sessions, for which VPP takes 24 kB at once. The VRFs are fixed until VPP starts again.',
    'x-vpp': 'det44_plugin_enable_disable',
  }),
};

export type Nat44EdConfig = z.output<typeof nat44EdSchema>;
export type Nat44EiConfig = z.output<typeof nat44EiSchema>;
export type Det44Config = z.output<typeof det44Schema>;
