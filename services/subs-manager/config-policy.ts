import { z } from 'zod';

const bps = z.coerce.bigint().positive();
const seconds = z.int().positive();
const dscp = z.int().min(0).max(63);

const forwarding = {
  downloadBps: bps.optional(),
  uploadBps: bps.optional(),
  downloadBurstBytes: bps.optional(),
  uploadBurstBytes: bps.optional(),
  aclIn: z.string().optional(),
  aclOut: z.string().optional(),
  profile: z.string().optional(),
  /** DSCP that is written into packets from and to the subscriber; needs `core` in the group. */
  uploadDscp: dscp.optional(),
  downloadDscp: dscp.optional(),
};

export const policySchema = z.strictObject({
  ...forwarding,
  sessionTimeoutS: seconds.optional(),
  idleTimeoutS: seconds.optional(),
  interimIntervalS: seconds.optional(),
});

/** A named part of a policy that sessions switch on and off. */
export const serviceSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/, 'letters, digits, - and _, at most 32'),
  /** Of services that say the same thing the one with the highest wins. */
  priority: z.int().min(0).max(255).default(100),
  ...forwarding,
});

/** What a client gets in place of nothing. */
export const insteadSchema = z.strictObject({
  services: z.array(z.string()).min(1),
  /** After which it ends, so that RADIUS is asked again. */
  sessionTimeoutS: seconds.optional(),
});
export type InsteadConfig = z.output<typeof insteadSchema>;

/** Services named somewhere that are not in the list, and names that are there twice: path and words. */
export function serviceFaults(config: {
  services: readonly { name: string }[];
  groups: readonly {
    services: readonly string[];
    whenRejected?: InsteadConfig | undefined;
    whenUnanswered?: InsteadConfig | undefined;
  }[];
}): [(string | number)[], string][] {
  const names = config.services.map(({ name }) => name);
  const twice = [...names.entries()].filter(([index, name]) => names.indexOf(name) !== index);
  const missing = config.groups.flatMap(({ services, whenRejected, whenUnanswered }, index) =>
    Object.entries({
      services,
      whenRejected: whenRejected?.services,
      whenUnanswered: whenUnanswered?.services,
    }).flatMap(([field, list = []]) =>
      list
        .filter((name) => !names.includes(name))
        .map((name): [(string | number)[], string] => [['groups', index, field], `no service "${name}"`]),
    ),
  );
  return [
    ...twice.map(([index, name]): [(string | number)[], string] => [
      ['services', index, 'name'],
      `there are two services "${name}"`,
    ]),
    ...missing,
  ];
}
