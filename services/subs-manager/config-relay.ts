import { z } from 'zod';
import { hostPort } from '#lib/kernel/config.js';

/**
 * DHCP servers of the operator that a group's clients are relayed to. RADIUS is still asked first, and the session is
 * ours: the server gives the address, the options and the lease time.
 */
export const relaySchema = (prefix: z.ZodType<string>) =>
  z.strictObject({
    /** The first that is alive is asked; the others when it does not answer. */
    servers: z.array(hostPort).min(1),
    /** What the servers may give; an answer with anything else is not passed on. */
    prefixes: z.array(prefix).min(1),
    /** How long a server may take, before the next one is asked. */
    timeoutMs: z.int().min(50).max(10_000).default(1500),
    /** Messages in a row without an answer after which a server counts as dead. */
    deadAfter: z.int().positive().default(2),
    /** How long it is not asked then; after that one message tries it. */
    deadTimeS: z.number().positive().default(30),
  });
export type RelayConfig = z.output<ReturnType<typeof relaySchema>>;
