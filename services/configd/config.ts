import { hostname } from 'node:os';
import { z } from 'zod';
import { commonConfig } from '#lib/kernel/config.js';

/** Settings of configd: YAML, then CONFIGD_* from the environment. */
export const configSchema = z
  .strictObject({
    ...commonConfig,
    /** Name of this node. MAC addresses that the document leaves open are made from it: keep it. */
    node: z.string().min(1).max(64).default(hostname()),
    /** postgres:// URL; give the file instead where the environment is not safe. */
    databaseUrl: z.string().optional(),
    databaseUrlFile: z.string().optional(),
    /** Servers of NATS; absent: no events are told. */
    nats: z.string().optional(),
    vpp: z
      .strictObject({
        /** `socksvr { socket-name }` of VPP. */
        apiSocket: z.string().default('/run/vpp/api.sock'),
        /** `unix { cli-listen }` of VPP, for probes of next hops; absent: cli.sock beside the API's socket. */
        cliSocket: z.string().optional(),
        /** `statseg { socket-name }` of VPP. */
        statsSocket: z.string().default('/run/vpp/stats.sock'),
        replyTimeoutMs: z.int().min(100).default(10_000),
        /** Requests in flight at once. */
        windowRequests: z.int().min(1).max(4096).default(256),
      })
      .prefault({}),
    /** Folder of the snapshot, the session journal and VPP's identity; must outlive the process. */
    stateDir: z.string().default('/var/lib/causeway'),
    audit: z
      .strictObject({
        /** Time between two comparisons of VPP with what is wanted; 0: never. */
        intervalS: z.number().min(0).default(60),
        /** Drift is mended, or only reported. */
        policy: z.enum(['repair', 'report']).default('repair'),
      })
      .prefault({}),
    bonds: z
      .strictObject({
        /** Time between two looks at the bonds. */
        intervalMs: z.int().min(100).max(60_000).default(1000),
      })
      .prefault({}),
    /** Session commands of one stream that are worked on at once. */
    sessionConcurrency: z.int().min(1).max(10_000).default(256),
  })
  .refine(({ databaseUrl, databaseUrlFile }) => (databaseUrl === undefined) !== (databaseUrlFile === undefined), {
    message: 'one of databaseUrl and databaseUrlFile is needed',
  });

export type ConfigdConfig = z.output<typeof configSchema>;
