import { type Decoded, decoded, malformed } from './decoded.js';
import { internetChecksum } from './frame.js';
import { ip6At, ip6Bytes } from './ip6.js';

const HEADER_BYTES = 40;
const UDP_BYTES = 8;
const UDP = 17;

/** A UDP datagram with the IPv6 addresses around it. */
export interface Udp6Packet {
  sourceIp: string;
  destinationIp: string;
  sourcePort: number;
  destinationPort: number;
  /** Default 64. */
  hopLimit?: number;
  payload: Uint8Array;
}

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Over payload and pseudo-header (RFC 8200 section 8.1); 0 when a filled one is right. */
export function ip6Checksum(packet: Uint8Array): number {
  const length = view(packet).getUint16(4);
  let sum = (packet[6] ?? 0) + length;
  for (let at = 8; at < HEADER_BYTES; at += 2) sum += view(packet).getUint16(at);
  return internetChecksum(packet.subarray(HEADER_BYTES, HEADER_BYTES + length), sum);
}

/** IPv6 (RFC 8200, no extension headers) with UDP inside, checksum filled. */
export function encodeUdp6(packet: Udp6Packet): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + UDP_BYTES + packet.payload.length);
  const out = view(bytes);
  const length = UDP_BYTES + packet.payload.length;
  bytes[0] = 0x60;
  out.setUint16(4, length);
  bytes.set([UDP, packet.hopLimit ?? 64], 6);
  bytes.set(ip6Bytes(packet.sourceIp), 8);
  bytes.set(ip6Bytes(packet.destinationIp), 24);
  out.setUint16(HEADER_BYTES, packet.sourcePort);
  out.setUint16(HEADER_BYTES + 2, packet.destinationPort);
  out.setUint16(HEADER_BYTES + 4, length);
  bytes.set(packet.payload, HEADER_BYTES + UDP_BYTES);
  out.setUint16(HEADER_BYTES + 6, ip6Checksum(bytes) || 0xffff);
  return bytes;
}

/** The UDP datagram of an IPv6 packet. Refused: other next headers, wrong lengths, wrong checksums. */
export function decodeUdp6(bytes: Uint8Array): Decoded<Udp6Packet & { hopLimit: number }> {
  if (bytes.length < HEADER_BYTES + UDP_BYTES) return malformed(`IPv6 packet of ${bytes.length} bytes`);
  const input = view(bytes);
  const length = input.getUint16(4);
  if ((bytes[0] ?? 0) >>> 4 !== 6) return malformed('no IPv6 header');
  if (bytes[6] !== UDP) return malformed(`next header ${bytes[6]}`);
  if (HEADER_BYTES + length > bytes.length || length < UDP_BYTES) return malformed(`IPv6 payload length ${length}`);
  if (input.getUint16(HEADER_BYTES + 4) !== length) return malformed('UDP length');
  if (ip6Checksum(bytes) !== 0) return malformed('UDP checksum');
  return decoded({
    sourceIp: ip6At(bytes, 8),
    destinationIp: ip6At(bytes, 24),
    sourcePort: input.getUint16(HEADER_BYTES),
    destinationPort: input.getUint16(HEADER_BYTES + 2),
    hopLimit: bytes[7] ?? 0,
    payload: bytes.subarray(HEADER_BYTES + UDP_BYTES, HEADER_BYTES + length),
  });
}
