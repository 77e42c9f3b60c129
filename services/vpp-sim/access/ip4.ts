import { ip4At } from '#lib/net/address.js';
import { internetChecksum } from '#lib/net/frame.js';

const HEADER_BYTES = 20;

/** What forwarding looks at in an IPv4 packet. */
export interface Ip4Packet {
  sourceIp: string;
  destinationIp: string;
  protocol: number;
  ttl: number;
  /** From the version on, Ethernet padding cut off. */
  bytes: Uint8Array;
}

/** Undefined for what VPP's ip4-input drops: no IPv4, wrong lengths, wrong header checksum. */
export function readIp4(payload: Uint8Array): Ip4Packet | undefined {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  if (payload.length < HEADER_BYTES || (payload[0] ?? 0) >>> 4 !== 4) return undefined;
  const headerBytes = ((payload[0] ?? 0) & 15) * 4;
  const total = view.getUint16(2);
  if (headerBytes < HEADER_BYTES || total < headerBytes || total > payload.length) return undefined;
  if (internetChecksum(payload.subarray(0, headerBytes)) !== 0) return undefined;
  return {
    sourceIp: ip4At(payload, 12),
    destinationIp: ip4At(payload, 16),
    protocol: payload[9] ?? 0,
    ttl: payload[8] ?? 0,
    bytes: payload.subarray(0, total),
  };
}

/** A copy with one hop less to live. */
export function decrementTtl(packet: Ip4Packet): Uint8Array {
  const bytes = Uint8Array.from(packet.bytes);
  const view = new DataView(bytes.buffer);
  const headerBytes = ((bytes[0] ?? 0) & 15) * 4;
  bytes[8] = packet.ttl - 1;
  view.setUint16(10, 0);
  view.setUint16(10, internetChecksum(bytes.subarray(0, headerBytes)));
  return bytes;
}
