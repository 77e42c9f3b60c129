import { z } from 'zod';
import { integer, name } from './fields.js';
import { list, mapping } from './object.js';

const modes = ['lacp', 'xor', 'active-backup', 'round-robin', 'broadcast'] as const;

/** What makes a port a bond. What does not go together is refused by `checkBonds`. */
export const bondSchema = mapping({
  mode: z
    .enum(modes, { error: `one of ${modes.join(', ')} is expected` })
    .meta({ description: 'How the members share the traffic; lacp negotiates with the far end (IEEE 802.1AX).' }),
  members: list(name)
    .default([])
    .meta({ description: 'Ports by name. With active-backup the first that is up works.' }),
  loadBalance: z.enum(['l2', 'l23', 'l34'], { error: 'l2, l23 or l34 is expected' }).optional().meta({
    description:
      'What a flow is chosen by, with lacp and xor: MACs, and IP addresses, or addresses and ports. Absent: l34.',
  }),
  minMembers: integer('a number of members', 0, 255)
    .default(1)
    .meta({ description: 'The node is degraded while fewer members carry traffic; 0: never.' }),
  lacpRate: z
    .enum(['fast', 'slow'], { error: 'fast or slow is expected' })
    .optional()
    .meta({ description: 'A silent far end is given up after 3 s (fast, as when absent) or 90 s (slow).' }),
  lacpPassive: z
    .boolean({ error: 'true or false is expected' })
    .optional()
    .meta({ description: 'Answer LACP, do not begin; false when absent.' }),
});

export type BondConfig = z.output<typeof bondSchema>;
