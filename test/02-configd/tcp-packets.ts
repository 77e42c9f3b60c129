import { internetChecksum } from '#lib/net/frame.js';
import { ip4Packet } from '../conformance/ip4-packet.js';
import { checksumOf, ip6Packet } from './ip6-packets.js';

const TCP = 6;
const SYN = 0x02;
const CHECKSUM_AT = 16;
const MSS_OPTION = 2;

/** A SYN from port 40000 to 443 that announces a segment size (RFC 9293 section 3.7.1), over the family of the addresses. */
export function tcpSyn(from: string, to: string, segmentBytes: number): Uint8Array {
  const segment = new Uint8Array(24);
  const out = new DataView(segment.buffer);
  out.setUint16(0, 40_000);
  out.setUint16(2, 443);
  out.setUint8(12, 6 << 4);
  out.setUint8(13, SYN);
  out.setUint16(14, 65_535);
  segment.set([MSS_OPTION, 4, segmentBytes >> 8, segmentBytes & 255], 20);
  if (from.includes(':')) return ip6Packet(TCP, from, to, segment, CHECKSUM_AT);
  const packet = ip4Packet(TCP, from, to, segment);
  new DataView(packet.buffer).setUint16(20 + CHECKSUM_AT, checksum4(packet));
  return packet;
}

function checksum4(packet: Uint8Array): number {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const length = view.getUint16(2) - 20;
  let sum = TCP + length;
  for (let at = 12; at < 20; at += 2) sum += view.getUint16(at);
  return internetChecksum(packet.subarray(20, 20 + length), sum);
}

const isIp6 = (packet: Uint8Array): boolean => (packet[0] ?? 0) >> 4 === 6;

/** Whether the checksum of the segment in a packet is right. */
export const checksumRight = (packet: Uint8Array): boolean =>
  (isIp6(packet) ? checksumOf(packet) : checksum4(packet)) === 0;

/** The segment size that a SYN made by `tcpSyn` announces by now; undefined when the packet is none. */
export function segmentLimitIn(packet: Uint8Array): number | undefined {
  const at = isIp6(packet) ? 40 : 20;
  if (packet[isIp6(packet) ? 6 : 9] !== TCP || packet[at + 20] !== MSS_OPTION) return undefined;
  return new DataView(packet.buffer, packet.byteOffset, packet.byteLength).getUint16(at + 22);
}
