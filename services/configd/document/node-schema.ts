import { z } from 'zod';
import { flag, integer, ip4Address, name, oneOf } from './fields.js';
import { list, mapping } from './object.js';

const limits = mapping({
  limit: integer('a number of neighbours', 1, 4294967295)
    .default(50_000)
    .meta({ description: 'Neighbours at most, of the node.' }),
  ageS: integer('an age', 0, 4294967295)
    .default(0)
    .meta({ description: 'Seconds after which a silent neighbour is dropped; 0: never.' }),
  recycle: flag.default(false).meta({ description: 'At the limit the oldest gives way.' }),
});

/** Keys of the whole node. */
export const nodeFeatures = {
  proxyArpRanges: list(
    mapping({
      vrf: name.default('default').meta({ description: 'VRF of the interfaces that answer.' }),
      first: ip4Address.meta({ description: 'First address.' }),
      last: ip4Address.meta({ description: 'Last address.' }),
    }),
  )
    .default([])
    .meta({
      description: 'Further addresses that interfaces with proxyArp answer for in a VRF.',
      'x-vpp': 'proxy_arp_add_del',
    }),
  neighbourLimits: mapping({
    ip4: limits.optional().meta({ description: 'ARP. Absent: as VPP has it.' }),
    ip6: limits.optional().meta({ description: 'Neighbour discovery. Absent: as VPP has it.' }),
  })
    .default({})
    .meta({ description: 'Bounds of the neighbour tables.', 'x-vpp': 'ip_neighbor_config' }),
  puntPolicers: mapping({
    ip4: name.optional().meta({ description: 'Policer for IPv4.' }),
    ip6: name.optional().meta({ description: 'Policer for IPv6.' }),
  })
    .default({})
    .meta({
      description: 'Policers by name for what VPP punts, all interfaces together.',
      'x-vpp': 'ip_punt_police',
    }),
  ipfix: mapping({
    collector: ip4Address.meta({ description: 'Address of the collector.' }),
    port: integer('a port', 1, 65534).default(4739).meta({ description: 'UDP port of the collector.' }),
    source: ip4Address.meta({ description: 'Address of an interface in the VRF of the collector.' }),
    vrf: name.default('default').meta({ description: 'VRF of the collector.' }),
    pathMtu: integer('a path MTU', 68, 1450).default(1400).meta({
      description: 'Largest packet to the collector in bytes; VPP does not fragment.',
    }),
    templateIntervalS: integer('an interval', 1, 86_400)
      .default(20)
      .meta({ description: 'Seconds between templates.' }),
    udpChecksum: flag.default(false).meta({ description: 'Send UDP checksums.' }),
  })
    .optional()
    .meta({ description: 'Where flow and NAT records go.', 'x-vpp': 'set_ipfix_exporter' }),
  flowprobe: mapping({
    record: list(oneOf('l2', 'l3', 'l4'))
      .min(1, { error: 'at least one of l2, l3 and l4 is expected' })
      .default(['l3', 'l4'])
      .meta({ description: 'What a record tells: MACs, IP addresses, ports.' }),
    activeS: integer('an interval', 1, 86_400).default(15).meta({ description: 'A lasting flow is told of so often.' }),
    passiveS: integer('an interval', 0, 86_400).default(120).meta({ description: 'A silent flow is forgotten.' }),
  })
    .optional()
    .meta({
      description: 'What is told of flows; interfaces say with their own flowprobe whether.',
      'x-vpp': 'flowprobe_set_params',
    }),
  lldp: mapping({
    systemName: z
      .string({ error: 'a name is expected' })
      .min(1, { error: 'a name is expected' })
      .max(255, { error: 'at most 255 characters' })
      .optional()
      .meta({ description: 'Absent: the name of the node.' }),
    txIntervalS: integer('an interval', 1, 3600).default(30).meta({ description: 'Seconds between frames.' }),
    txHold: integer('a number of intervals', 1, 100)
      .default(4)
      .meta({ description: 'Neighbours remember for so many intervals.' }),
  })
    .optional()
    .meta({
      description: 'LLDP of the node; ports say with their own lldp whether they speak it.',
      'x-vpp': 'lldp_config',
    }),
};
