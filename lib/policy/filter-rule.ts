import { z } from 'zod';

const ports = z.union([z.number(), z.string()]);
const portList = z.union([ports, z.array(ports)]).optional();

/**
 * One line of a filter as people write it in YAML. The first rule that matches decides; what no rule matches is denied.
 * Only the shape is checked here; meaning is checked by `compileFilter`.
 */
export const filterRuleSchema = z.strictObject({
  /** `reflect` permits and lets the answers of the flow back in. */
  action: z.enum(['permit', 'deny', 'reflect']),
  src: z.string().default('any').meta({ description: 'Source: a prefix, a single address, or any.' }),
  dst: z.string().default('any').meta({ description: 'Destination, likewise.' }),
  proto: z
    .union([z.string(), z.number()])
    .default('any')
    .meta({ description: 'any, tcp, udp, icmp, icmp6, or a protocol number 1 to 255.' }),
  srcPorts: portList.meta({ description: 'Source ports, with tcp and udp: 80, 1024-65535, or a list of such.' }),
  dstPorts: portList.meta({ description: 'Destination ports, likewise.' }),
  icmpType: z.number().optional().meta({ description: 'Type 0 to 255, with icmp and icmp6.' }),
  established: z
    .boolean()
    .optional()
    .meta({ description: 'With tcp: segments of a connection that is open already (ACK or RST set).' }),
  family: z
    .union([z.literal(4), z.literal(6)])
    .optional()
    .meta({ description: '4 or 6, for a rule whose addresses are both any. Absent: both.' }),
});

/** As written: what has a default may be absent. */
export type FilterRule = z.input<typeof filterRuleSchema>;
