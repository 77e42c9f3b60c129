import { AuditFinding } from '#gen/bng/v1/subs.js';

/** What is compared with the sessions. */
export type AuditPartName = 'sessions' | 'addresses' | 'bundles' | 'dataplane' | 'accounting';

/** One comparison: how much was looked at, and what does not fit, mended or not. */
export interface PartResult {
  readonly compared: number;
  readonly findings: AuditFinding[];
}

/** A finding with what is known of it; texts that are left out are empty. */
export const finding = (
  part: AuditPartName,
  fault: string,
  what: string,
  more: Partial<Omit<AuditFinding, 'part' | 'fault' | 'what'>> = {},
): AuditFinding => AuditFinding.fromPartial({ part, fault, what, ...more });
