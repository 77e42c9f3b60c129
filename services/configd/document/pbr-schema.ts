import { z } from 'zod';
import { pbrMatchShape } from '#lib/policy/pbr-rule.js';
import { description, flag, integer, interfaceKey, ipAddress, name } from './fields.js';
import { list, mapping } from './object.js';
import { shown } from './problem.js';

const ingress = z
  .string({ error: (issue) => `the name of an interface is expected, not ${shown(issue.input)}` })
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,31}(\.(\d{1,4}|\*)){0,2}$/, {
    error: (issue) => `${shown(issue.input)} is not the name of an interface (core, access.200) nor of many (access.*)`,
  });

const hop = mapping({
  address: ipAddress.optional().meta({ description: 'Next hop.' }),
  interface: interfaceKey.optional().meta({ description: 'Where the next hop is a neighbour.' }),
  nextHop: name.optional().meta({
    description:
      'A watched next hop of nextHops, instead of address and interface: the rule is without it while it is out.',
    'x-vpp': 'a table of its own for the rule, whose default route is kept to the next hops that answer',
  }),
  weight: integer('a weight', 1, 255).default(1).meta({ description: 'Share of the load.' }),
  minWeight: integer('a weight', 1, 255).optional().meta({
    description: 'The least weight that a watched next hop is given when it loses probes; absent: its weight.',
  }),
  preference: integer('a preference', 0, 255).default(0).meta({ description: 'Paths of the lowest value are used.' }),
});

const rule = mapping({
  name: name.meta({ description: 'Names the rule in plans; unique in its list.' }),
  description: description.optional(),
  ...pbrMatchShape,
  via: list(hop).optional().meta({ description: 'To these next hops, by weight.' }),
  vrf: name.optional().meta({ description: 'By the routes of this VRF.' }),
  drop: flag.optional().meta({ description: 'Discard.' }),
  normal: flag.optional().meta({ description: 'By the routes, as if there were no policy.' }),
});

/** Routing by more than the destination: on each interface of `in` the first rule that matches a packet decides. */
export const pbrSchema = mapping({
  description: description.optional(),
  in: list(ingress).meta({ description: 'Where packets come in: access.200, or access.* for all under a port.' }),
  rules: list(rule)
    .max(500, { error: 'at most 500 rules' })
    .meta({ description: 'The first that matches a packet decides; what none matches follows the routes.' }),
});

export type PbrConfig = z.output<typeof pbrSchema>;
