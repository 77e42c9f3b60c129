import { join } from 'node:path';
import { Child } from './child.js';
import { repositoryRoot } from './service.js';
import type { Stack } from './stack.js';

/** Environment that points bngctl at a stack's services. */
export const bngctlEnvironment = (stack: Stack): Record<string, string> => ({
  BNGCTL_CONFIGD: stack.addresses.configd,
  BNGCTL_SUBS_MANAGER: stack.addresses.subsManager,
  BNGCTL_AAA: stack.addresses.aaa,
  BNGCTL_QOS_COMPILER: stack.addresses.qos,
  BNGCTL_EXPORTER: stack.service('exporter').grpc,
});

/** Runs dist/cli/bngctl.js as an operator would: its exit code, and all that it printed. */
export async function bngctl(
  stack: Stack,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number | string; output: string }> {
  const program = join(repositoryRoot, 'dist', 'cli', 'bngctl.js');
  const child = new Child('bngctl', process.execPath, [program, ...args], {
    env: { ...process.env, ...bngctlEnvironment(stack), ...env },
  });
  return { code: await child.exited, output: child.output };
}
