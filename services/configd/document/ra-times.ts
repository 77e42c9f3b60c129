import type { RouterAdvertisementConfig } from './feature-schema.js';

/** Intervals and lifetime of router advertisements, those left out as RFC 4861 section 6.2.1 makes them from the others. */
export function raTimes({ maxIntervalS, minIntervalS, lifetimeS }: RouterAdvertisementConfig) {
  return {
    maxIntervalS,
    minIntervalS: minIntervalS ?? greatestMinIntervalS(maxIntervalS),
    lifetimeS: lifetimeS ?? Math.min(9000, 3 * maxIntervalS),
  };
}

/** Three quarters, and VPP takes 3 s at least. */
export const greatestMinIntervalS = (maxIntervalS: number): number => Math.max(3, Math.floor(0.75 * maxIntervalS));
