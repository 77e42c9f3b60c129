import { type Compiled, compiled, type PolicyMistake } from './compiled.js';
import type { Rate } from './policer.js';

/** The rate part of a session's policy, as RADIUS or an operator gave it. Absent means "not said". */
export interface RateOverrides {
  downloadBps?: number | undefined;
  uploadBps?: number | undefined;
  downloadBurstBytes?: number | undefined;
  uploadBurstBytes?: number | undefined;
}

/** Both directions of a profile; a direction that is absent is not limited. */
export interface DirectionRates {
  download?: Rate | undefined;
  upload?: Rate | undefined;
}

/**
 * The rates a session gets: an explicit rate replaces the profile's in that direction, as a single-rate policer.
 * A burst alone changes the CIR burst of the profile's rate; without any rate it is a mistake.
 */
export function sessionRates(overrides: RateOverrides, profile: DirectionRates = {}): Compiled<DirectionRates> {
  const mistakes: PolicyMistake[] = [];
  const direction = (
    name: 'download' | 'upload',
    rateBps: number | undefined,
    burstBytes: number | undefined,
  ): Rate | undefined => {
    if (rateBps !== undefined) return { cirBps: rateBps, cirBurstBytes: burstBytes };
    const base = profile[name];
    if (burstBytes === undefined) return base;
    if (base !== undefined) return { ...base, cirBurstBytes: burstBytes };
    mistakes.push({ field: `${name}BurstBytes`, message: `has no meaning without ${name}Bps or a profile` });
    return undefined;
  };
  const download = direction('download', overrides.downloadBps, overrides.downloadBurstBytes);
  const upload = direction('upload', overrides.uploadBps, overrides.uploadBurstBytes);
  return compiled(mistakes, () => ({ download, upload }));
}
