import type { NextHopSpec } from '../resources/next-hop.js';

/**
 * `answered`; `lost`: it was sent and nothing came back in time; `unavailable`: nothing can be said of the next hop, because the
 * probe could not be sent or its answer not be awaited properly.
 */
export type ProbeResult =
  | { readonly kind: 'answered'; readonly rttMs: number }
  | { readonly kind: 'lost' }
  | { readonly kind: 'unavailable'; readonly reason: string };

/** Probes one next hop, one probe at a time. Never throws. */
export interface Prober {
  probe(target: NextHopSpec): Promise<ProbeResult>;
  close(): Promise<void>;
}
