/** Which VPP process answered. */
export interface VppIdentity {
  readonly vppPid: number;
  /** Unix time in seconds, when the client was told how to read it. */
  readonly bootTime: number | undefined;
}

export interface ReadyState extends VppIdentity {
  readonly kind: 'ready';
  /** Counts VPP processes, from 1. A new number means that VPP lost all state. */
  readonly generation: number;
  /** This connection found another VPP process than the one before. */
  readonly restarted: boolean;
}

export type ClientState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting'; readonly attempt: number; readonly lastError: Error | undefined }
  | { readonly kind: 'checking' }
  | ReadyState
  | { readonly kind: 'draining' }
  | { readonly kind: 'closed' };

/**
 * Whether the VPP now connected is another process than before. Boot times decide when both are known and differ;
 * without them a pid that stayed the same (a container's pid 1) counts as a restart if attempts had failed meanwhile:
 * a needless read-back is cheap, a missed restart is not.
 */
export function isRestart(before: VppIdentity, now: VppIdentity, attemptsFailed: boolean): boolean {
  if (before.vppPid !== now.vppPid) return true;
  if (before.bootTime !== undefined && now.bootTime !== undefined) return before.bootTime !== now.bootTime;
  return attemptsFailed;
}
