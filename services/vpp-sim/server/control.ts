import { z } from 'zod';

const action = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('fail'), retval: z.number().int() }),
  z.strictObject({ kind: z.literal('drop') }),
  z.strictObject({ kind: z.literal('delay'), ms: z.number().int().nonnegative() }),
  z.strictObject({ kind: z.literal('close') }),
  z.strictObject({ kind: z.literal('vanish') }),
  z.strictObject({ kind: z.literal('restart') }),
]);
/** Interface name or sw_if_index. */
const interfaceNameOrIndex = z.union([z.string(), z.number().int()]);
const count = z.strictObject({ packets: z.number().nonnegative(), bytes: z.number().nonnegative() });

/** One line of the control channel. */
export const controlCommand = z.discriminatedUnion('op', [
  z.strictObject({
    op: z.literal('fault'),
    message: z.string().optional(),
    skip: z.number().int().nonnegative().optional(),
    times: z.number().int().positive().optional(),
    action,
  }),
  z.strictObject({ op: z.literal('clear-faults') }),
  z.strictObject({ op: z.literal('vanish') }),
  z.strictObject({ op: z.literal('restart') }),
  z.strictObject({ op: z.literal('status') }),
  z.strictObject({
    op: z.literal('set-counters'),
    interface: interfaceNameOrIndex,
    rx: count.optional(),
    tx: count.optional(),
    drops: z.number().nonnegative().optional(),
  }),
  z.strictObject({ op: z.literal('ping-host'), address: z.string(), answers: z.boolean() }),
  z.strictObject({
    op: z.literal('lacp-partner'),
    interface: interfaceNameOrIndex,
    /** MAC address of the system that answers at the far end; absent for none. */
    system: z.string().optional(),
  }),
]);
export type ControlCommand = z.output<typeof controlCommand>;

/** What `status` answers. */
export interface SimStatus {
  pid: number;
  /** Restarts so far. */
  generation: number;
  /** Requests received, by message name. */
  requests: Record<string, number>;
  interfaces: {
    name: string;
    swIfIndex: number;
    rx: { packets: number; bytes: number };
    tx: { packets: number; bytes: number };
    drops: number;
  }[];
  policers: {
    name: string;
    conform: { packets: number; bytes: number };
    exceed: { packets: number; bytes: number };
    violate: { packets: number; bytes: number };
  }[];
  errors: Record<string, number>;
}
