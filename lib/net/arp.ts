import { ip4At, ip4Bytes, macAt, macBytes } from './address.js';
import { type Decoded, decoded, malformed } from './decoded.js';

/** ARP for IPv4 over Ethernet (RFC 826). */
export interface ArpPacket {
  operation: 'request' | 'reply';
  senderMac: string;
  senderIp: string;
  targetMac: string;
  targetIp: string;
}

const SIZE = 28;
/** Hardware type Ethernet, protocol IPv4, address lengths 6 and 4. */
const ETHERNET_IP4 = 0x0001_0800;
const LENGTHS = 0x0604;
const OPERATION = { request: 1, reply: 2 } as const;

export function encodeArp(packet: ArpPacket): Uint8Array {
  const bytes = new Uint8Array(SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, ETHERNET_IP4);
  view.setUint16(4, LENGTHS);
  view.setUint16(6, OPERATION[packet.operation]);
  bytes.set(macBytes(packet.senderMac), 8);
  bytes.set(ip4Bytes(packet.senderIp), 14);
  bytes.set(macBytes(packet.targetMac), 18);
  bytes.set(ip4Bytes(packet.targetIp), 24);
  return bytes;
}

/** Refused: short, not IPv4 over Ethernet, neither request nor reply. Padding behind it is ignored. */
export function decodeArp(bytes: Uint8Array): Decoded<ArpPacket> {
  if (bytes.length < SIZE) return malformed(`ARP packet of ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== ETHERNET_IP4 || view.getUint16(4) !== LENGTHS)
    return malformed('ARP not for IPv4 over Ethernet');
  const code = view.getUint16(6);
  if (code !== OPERATION.request && code !== OPERATION.reply) return malformed(`ARP operation ${code}`);
  return decoded({
    operation: code === OPERATION.request ? 'request' : 'reply',
    senderMac: macAt(bytes, 8),
    senderIp: ip4At(bytes, 14),
    targetMac: macAt(bytes, 18),
    targetIp: ip4At(bytes, 24),
  });
}
