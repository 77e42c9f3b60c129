import { BngError } from '#lib/kernel/errors.js';
import { etagOf, type PendingConfirm, type StoredConfig } from './snapshot.js';

/** Longest wait for a confirmation: a day. */
const maxConfirmS = 86_400;

/** A configuration of nothing: what comes back when nothing was in force before. */
export function emptyConfig(version: bigint): StoredConfig {
  const yaml = '{}\n';
  return { version, yaml, etag: etagOf(yaml) };
}

/** Throws `invalid_argument` for a time that cannot be waited. */
export function assertConfirmTime(confirmS: number): void {
  if (confirmS <= maxConfirmS) return;
  throw new BngError('invalid_argument', `confirm: ${confirmS} s is more than a day (${maxConfirmS} s)`, {
    field: 'confirm_s',
  });
}

/** Throws `failed_precondition` while `inForce` waits for a confirmation. */
export function assertNoneWaits(inForce: StoredConfig | undefined, nowMs: number): void {
  if (!inForce?.pending) return;
  const { version, pending } = inForce;
  const left = Math.max(0, Math.ceil((pending.deadlineMs - nowMs) / 1000));
  const back = pending.before ? ` or take it back (bngctl rollback ${pending.before.version})` : '';
  throw new BngError(
    'failed_precondition',
    `version ${version} waits for its confirmation for another ${left} s: confirm it (bngctl confirm)${back} first; nothing was changed`,
    { version: String(version), deadlineMs: pending.deadlineMs },
  );
}

/** What an apply with a confirmation waits with; of an unconfirmed predecessor what was before that comes back. */
export function pendingOf(
  { confirmS, user }: { confirmS: number; user: string },
  inForce: StoredConfig | undefined,
  nowMs: number,
): PendingConfirm | undefined {
  if (confirmS === 0) return undefined;
  const before = inForce?.pending ? inForce.pending.before : inForce;
  const plain = before && { version: before.version, yaml: before.yaml, etag: before.etag };
  return { deadlineMs: nowMs + confirmS * 1000, user, ...(plain && { before: plain }) };
}
