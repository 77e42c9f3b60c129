import { z } from 'zod';
import { description, flag, integer, interfaceKey, mac, name } from './fields.js';
import { list, mapping } from './object.js';

const vlan = integer('a VLAN', 1, 4094);

/** Keys that make a port or sub-interface one of layer 2. What does not go together is refused by `checkL2`. */
export const l2Keys = {
  bridge: mapping({
    domain: name.meta({ description: 'Name under bridgeDomains.' }),
    splitHorizon: integer('a group', 0, 255)
      .default(0)
      .meta({ description: 'Members of one group other than 0 do not talk to each other.' }),
    raGuard: flag.default(false).meta({
      description: 'Router advertisements and redirects that come in here are dropped (RA guard, RFC 6105).',
      'x-vpp': 'acl_interface_set_acl_list, a list of our own before the others',
    }),
  })
    .optional()
    .meta({
      description: 'Member of a bridge domain. A loopback routes for the domain (BVI).',
      'x-vpp': 'sw_interface_set_l2_bridge',
    }),
  crossConnect: interfaceKey.optional().meta({
    description: 'Every frame leaves at that interface, and the other way round.',
    'x-vpp': 'sw_interface_set_l2_xconnect, both ways',
  }),
  tagRewrite: mapping({
    pop: integer('a number of tags', 0, 2).default(0).meta({ description: 'Tags taken off what comes in.' }),
    push: list(vlan)
      .max(2, { error: 'at most two tags are pushed' })
      .default([])
      .meta({ description: 'Tags then put on it, the outer one first. What goes out is treated the other way round.' }),
    pushOuterTag: z
      .enum(['dot1q', 'dot1ad'], { error: 'dot1q (0x8100) or dot1ad (0x88a8) is expected' })
      .default('dot1q')
      .meta({ description: 'Protocol of the first pushed tag.' }),
  })
    .optional()
    .meta({
      description: 'What becomes of the tags of a bridged or cross-connected interface.',
      'x-vpp': 'l2_interface_vlan_tag_rewrite',
    }),
};

export const bridgeDomainSchema = mapping({
  description: description.optional(),
  learn: flag.default(true).meta({ description: 'Learn MAC addresses.' }),
  learnLimit: integer('a number of MACs', 1, 16_777_216).optional().meta({
    description: 'MACs learned at most. Absent: as VPP has it, 16777216.',
    'x-vpp': 'bridge_domain_set_learn_limit',
  }),
  macAgeMinutes: integer('an age', 0, 255).default(0).meta({
    description: 'Minutes after which a silent MAC is forgotten; 0: never.',
    'x-vpp': 'bridge_domain_set_mac_age',
  }),
  flood: flag.default(true).meta({ description: 'Broadcast and multicast go to every member.' }),
  unknownUnicastFlood: flag.default(true).meta({ description: 'Frames to an unknown MAC go to every member.' }),
  forward: flag.default(true).meta({ description: 'Forward by MAC address.' }),
  arpTermination: flag.default(false).meta({ description: 'Answer ARP for hosts that are known.' }),
  arpUnicast: flag.default(false).meta({ description: 'ARP requests for known hosts go to their port only.' }),
  staticMacs: list(
    mapping({
      mac: mac.meta({ description: 'MAC address.' }),
      interface: interfaceKey.optional().meta({ description: 'Member behind which it is.' }),
      drop: flag.default(false).meta({ description: 'Frames to it are dropped; then without interface.' }),
    }),
  )
    .default([])
    .meta({ description: 'MACs that are not learned.', 'x-vpp': 'l2fib_add_del' }),
});
