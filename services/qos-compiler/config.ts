import { z } from 'zod';
import { commonConfig } from '#lib/kernel/config.js';

/** Settings of qos-compiler: YAML, then QOS_COMPILER_* from the environment. */
export const configSchema = z
  .strictObject({
    ...commonConfig,
    /** postgres:// URL; give the file instead where the environment is not safe. */
    databaseUrl: z.string().optional(),
    databaseUrlFile: z.string().optional(),
  })
  .refine(({ databaseUrl, databaseUrlFile }) => (databaseUrl === undefined) !== (databaseUrlFile === undefined), {
    message: 'one of databaseUrl and databaseUrlFile is needed',
  });
