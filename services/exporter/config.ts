import { z } from 'zod';
import { commonConfig, hostPort } from '#lib/kernel/config.js';

/** Settings of exporter: YAML, then EXPORTER_* from the environment. */
export const configSchema = z.strictObject({
  ...commonConfig,
  /** Services whose /metrics are carried on, each with `bng_up`. */
  targets: z
    .array(
      z.strictObject({
        service: z.string().min(1),
        url: z.url({ protocol: /^https?$/ }),
        instance: z.string().min(1).optional(),
      }),
    )
    .default([]),
  /** gRPC address of configd, for the state of VPP; absent: not asked. */
  configd: hostPort.optional(),
  /** gRPC address of subs-manager, for sessions by state; absent: not asked. */
  subsManager: hostPort.optional(),
  /** VPP's `statseg { socket-name }`; absent: no dataplane metrics. */
  vppStatsSocket: z.string().optional(),
  /** Longest wait for each service within one scrape. */
  scrapeTimeoutMs: z.number().int().min(100).max(30_000).default(3_000),
});
export type ExporterConfig = z.output<typeof configSchema>;
