import { Policy } from '#gen/bng/v1/common.js';
import { BngError } from '#lib/kernel/errors.js';

type Field = keyof Policy;

const rateFields = ['downloadBps', 'uploadBps', 'downloadBurstBytes', 'uploadBurstBytes'] as const;

/** A burst belongs to its rate: a new rate without a burst has it derived anew. */
const burstOf = { downloadBps: 'downloadBurstBytes', uploadBps: 'uploadBurstBytes' } as const;

const timeFields = ['sessionTimeoutS', 'idleTimeoutS', 'interimIntervalS'] as const;

/** Names of the fields that carry a value. */
export const presentFields = (policy: Policy): Field[] =>
  (Object.keys(policy) as Field[]).filter((field) => policy[field] !== undefined);

/** Refuses rates, bursts and an interim interval of 0 with `invalid_argument`. */
export function checkPolicy(policy: Policy): void {
  for (const field of rateFields) {
    if (policy[field] === 0n) throw new BngError('invalid_argument', `${field} of 0 is refused`, { field });
  }
  if (policy.interimIntervalS === 0)
    throw new BngError('invalid_argument', 'interimIntervalS of 0 is refused', { field: 'interimIntervalS' });
}

/**
 * The policy after a change: fields present replace, the others stay. Two fields bring others with them: a profile
 * takes the place of all rates given before, and a rate takes the place of the burst given before for its direction.
 * An ACL or profile name that is empty, and a time of 0, take the setting away.
 */
export function mergePolicy(base: Policy, change: Policy): Policy {
  checkPolicy(change);
  const merged: Policy = { ...base };
  if (change.profile !== undefined) for (const field of rateFields) merged[field] = undefined;
  for (const rate of ['downloadBps', 'uploadBps'] as const) {
    if (change[rate] !== undefined) merged[burstOf[rate]] = undefined;
  }
  const result: Policy = { ...merged };
  for (const field of presentFields(change)) Object.assign(result, { [field]: change[field] });
  for (const name of ['aclIn', 'aclOut', 'profile'] as const) if (result[name] === '') result[name] = undefined;
  for (const time of timeFields) if (result[time] === 0) result[time] = undefined;
  return result;
}

/** `own` with what it does not say taken from the group's defaults. */
export const withDefaults = (defaults: Policy, own: Policy): Policy => mergePolicy(defaults, own);

/** An empty policy: nothing limited, nothing set. */
export const emptyPolicy = (): Policy => Policy.fromPartial({});
