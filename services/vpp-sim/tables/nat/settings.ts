export interface NatTimeouts {
  udp: number;
  tcp_established: number;
  tcp_transitory: number;
  icmp: number;
}
/** In seconds; what VPP goes back to when a plugin is enabled. */
export const DEFAULT_TIMEOUTS: NatTimeouts = { udp: 300, tcp_established: 7440, tcp_transitory: 240, icmp: 60 };
export const NO_TIMEOUTS: NatTimeouts = { udp: 0, tcp_established: 0, tcp_transitory: 0, icmp: 0 };

/** IPFIX logging is one switch for both plugins. */
export class NatLogging {
  enabled = false;
}

/** Buckets of VPP's session hash for so many elements. */
export function bucketsFor(elements: number): number {
  const wanted = Math.floor(elements / 2.5);
  let lower = 1;
  while (lower * 2 < wanted) lower *= 2;
  return 2 * lower - wanted < wanted - lower ? 2 * lower : lower;
}
