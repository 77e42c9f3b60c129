import { ip4Bytes } from '#lib/net/address.js';
import { internetChecksum } from '#lib/net/frame.js';

const HEADER_BYTES = 20;

/** An IPv4 packet around any payload. */
export function ip4Packet(protocol: number, from: string, to: string, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  const out = new DataView(bytes.buffer);
  bytes.set([0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol]);
  out.setUint16(2, bytes.length);
  bytes.set(ip4Bytes(from), 12);
  bytes.set(ip4Bytes(to), 16);
  out.setUint16(10, internetChecksum(bytes.subarray(0, HEADER_BYTES)));
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

/** A TCP segment without data; its checksum is of no interest to a router. */
export function tcpSegment(sourcePort: number, destinationPort: number, flags: number): Uint8Array {
  const bytes = new Uint8Array(20);
  const out = new DataView(bytes.buffer);
  out.setUint16(0, sourcePort);
  out.setUint16(2, destinationPort);
  bytes[12] = 0x50;
  bytes[13] = flags;
  return bytes;
}

/** An ICMP message with an identifier and a sequence number. */
export function icmpMessage(type: number, code = 0): Uint8Array {
  const bytes = Uint8Array.from([type, code, 0, 0, 0x12, 0x34, 0, 1]);
  new DataView(bytes.buffer).setUint16(2, internetChecksum(bytes));
  return bytes;
}
