import type { Policy } from '#gen/bng/v1/common.js';
import { BngError } from '#lib/kernel/errors.js';
import type { GroupConfig } from '../config.js';
import { isShared } from '../lines/place.js';

/** Refuses a DSCP, with `invalid_argument`, where it cannot be written: without core ports, or on a shared line. */
export function checkMarks(policy: Policy, group: GroupConfig | undefined): void {
  const field = (['uploadDscp', 'downloadDscp'] as const).find((name) => policy[name] !== undefined);
  if (field === undefined) return;
  if (group && isShared(group)) throw new BngError('invalid_argument', `${field}: the line is shared`, { field });
  if (!group?.core.length)
    throw new BngError('invalid_argument', `${field}: group ${group?.name ?? ''} has no core ports`, { field });
}
