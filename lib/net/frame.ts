import { ip4At, ip4Bytes, macAt, macBytes } from './address.js';
import { type Decoded, decoded, malformed } from './decoded.js';

export const ETHERTYPE = { ip4: 0x0800, arp: 0x0806, dot1q: 0x8100, dot1ad: 0x88a8, ip6: 0x86dd } as const;

/** One VLAN tag, outermost first in a frame. */
export interface VlanTag {
  /** 1..4094; 0 is a priority tag. */
  vid: number;
  /** Priority 0..7, default 0. */
  pcp?: number;
  /** Tag protocol, default 0x8100; QinQ outer tags may be 0x88a8. */
  tpid?: number;
}

/** An Ethernet frame; `payload` starts behind the last tag's ethertype. */
export interface EthernetFrame {
  destinationMac: string;
  sourceMac: string;
  tags: VlanTag[];
  etherType: number;
  payload: Uint8Array;
}

/** A UDP datagram with the IPv4 addresses around it. */
export interface UdpPacket {
  sourceIp: string;
  destinationIp: string;
  sourcePort: number;
  destinationPort: number;
  /** Default 64. */
  ttl?: number;
  payload: Uint8Array;
}

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const isTag = (tpid: number) => tpid === ETHERTYPE.dot1q || tpid === ETHERTYPE.dot1ad || tpid === 0x9100;

/** Internet checksum (RFC 1071) over `bytes`, starting from a partial `sum`. A correct header gives 0. */
export function internetChecksum(bytes: Uint8Array, sum = 0): number {
  const even = bytes.length & ~1;
  for (let at = 0; at < even; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  if (even !== bytes.length) sum += (bytes[even] ?? 0) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

/** Ethernet frame with any number of tags; not padded to 60 bytes and without FCS. */
export function encodeEthernet(frame: EthernetFrame): Uint8Array {
  const bytes = new Uint8Array(14 + 4 * frame.tags.length + frame.payload.length);
  const out = view(bytes);
  bytes.set(macBytes(frame.destinationMac), 0);
  bytes.set(macBytes(frame.sourceMac), 6);
  let at = 12;
  for (const { tpid = ETHERTYPE.dot1q, pcp = 0, vid } of frame.tags) {
    out.setUint16(at, tpid);
    out.setUint16(at + 2, (pcp << 13) | (vid & 0xfff));
    at += 4;
  }
  out.setUint16(at, frame.etherType);
  bytes.set(frame.payload, at + 2);
  return bytes;
}

/** The frame's parts; tags are those with a VLAN tag protocol, at most eight. */
export function decodeEthernet(bytes: Uint8Array): Decoded<EthernetFrame> {
  if (bytes.length < 14) return malformed(`Ethernet frame of ${bytes.length} bytes`);
  const input = view(bytes);
  const tags: VlanTag[] = [];
  let at = 12;
  while (isTag(input.getUint16(at))) {
    if (at + 6 > bytes.length || tags.length === 8) return malformed(`VLAN tag ${tags.length + 1} is cut off`);
    const control = input.getUint16(at + 2);
    tags.push({ tpid: input.getUint16(at), pcp: control >>> 13, vid: control & 0xfff });
    at += 4;
  }
  return decoded({
    destinationMac: macAt(bytes, 0),
    sourceMac: macAt(bytes, 6),
    tags,
    etherType: input.getUint16(at),
    payload: bytes.subarray(at + 2),
  });
}

/** IPv4 (RFC 791, no options, DF clear) with UDP (RFC 768) inside; both checksums filled. */
export function encodeUdp(packet: UdpPacket): Uint8Array {
  const bytes = new Uint8Array(28 + packet.payload.length);
  const out = view(bytes);
  out.setUint16(0, 0x4500);
  out.setUint16(2, bytes.length);
  out.setUint8(8, packet.ttl ?? 64);
  out.setUint8(9, 17);
  bytes.set(ip4Bytes(packet.sourceIp), 12);
  bytes.set(ip4Bytes(packet.destinationIp), 16);
  out.setUint16(10, internetChecksum(bytes.subarray(0, 20)));
  out.setUint16(20, packet.sourcePort);
  out.setUint16(22, packet.destinationPort);
  out.setUint16(24, bytes.length - 20);
  bytes.set(packet.payload, 28);
  out.setUint16(26, udpChecksum(bytes, 20, bytes.length) || 0xffff);
  return bytes;
}

/** Checksum of the UDP datagram at `start..end` of an IPv4 packet, pseudo-header included; 0 when a filled one is right. */
function udpChecksum(packet: Uint8Array, start: number, end: number): number {
  let sum = 17 + (end - start);
  for (let at = 12; at < 20; at += 2) sum += ((packet[at] ?? 0) << 8) | (packet[at + 1] ?? 0);
  return internetChecksum(packet.subarray(start, end), sum);
}

/**
 * The UDP datagram of an IPv4 packet. Refused: other protocols, fragments, wrong lengths, wrong checksums
 * (a UDP checksum of 0 means "none"). Bytes beyond the IP length (Ethernet padding) are ignored.
 */
export function decodeUdp(bytes: Uint8Array): Decoded<UdpPacket & { ttl: number }> {
  if (bytes.length < 28) return malformed(`IPv4 packet of ${bytes.length} bytes`);
  const input = view(bytes);
  const headerLength = (input.getUint8(0) & 0x0f) * 4;
  const total = input.getUint16(2);
  if (input.getUint8(0) >>> 4 !== 4 || headerLength < 20) return malformed('no IPv4 header');
  if (total > bytes.length || total < headerLength + 8) return malformed(`IPv4 total length ${total}`);
  if (internetChecksum(bytes.subarray(0, headerLength)) !== 0) return malformed('IPv4 header checksum');
  if ((input.getUint16(6) & 0x3fff) !== 0) return malformed('IPv4 fragment');
  if (input.getUint8(9) !== 17) return malformed(`IP protocol ${input.getUint8(9)}`);
  const end = headerLength + input.getUint16(headerLength + 4);
  if (end > total || end < headerLength + 8) return malformed('UDP length');
  if (input.getUint16(headerLength + 6) !== 0 && udpChecksum(bytes, headerLength, end) !== 0)
    return malformed('UDP checksum');
  return decoded({
    sourceIp: ip4At(bytes, 12),
    destinationIp: ip4At(bytes, 16),
    sourcePort: input.getUint16(headerLength),
    destinationPort: input.getUint16(headerLength + 2),
    ttl: input.getUint8(8),
    payload: bytes.subarray(headerLength + 8, end),
  });
}
