import { ip6At } from '#lib/net/ip6.js';

const HEADER_BYTES = 40;

/** What forwarding looks at in an IPv6 packet. */
export interface Ip6Packet {
  sourceIp: string;
  destinationIp: string;
  /** Next header of the fixed header; extension headers are not looked into. */
  protocol: number;
  hopLimit: number;
  /** From the version on, Ethernet padding cut off. */
  bytes: Uint8Array;
}

/** Undefined for what VPP's ip6-input drops: no IPv6, or cut off. */
export function readIp6(payload: Uint8Array): Ip6Packet | undefined {
  if (payload.length < HEADER_BYTES || (payload[0] ?? 0) >>> 4 !== 6) return undefined;
  const total = HEADER_BYTES + (((payload[4] ?? 0) << 8) | (payload[5] ?? 0));
  if (total > payload.length) return undefined;
  return {
    sourceIp: ip6At(payload, 8),
    destinationIp: ip6At(payload, 24),
    protocol: payload[6] ?? 0,
    hopLimit: payload[7] ?? 0,
    bytes: payload.subarray(0, total),
  };
}

export const isMulticast6 = (address: string): boolean => address.startsWith('ff');

/** A copy with one hop less to live. */
export function decrementHopLimit({ bytes, hopLimit }: Ip6Packet): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[7] = hopLimit - 1;
  return copy;
}
