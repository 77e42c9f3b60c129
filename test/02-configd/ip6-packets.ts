import { macAt, macBytes } from '#lib/net/address.js';
import { internetChecksum } from '#lib/net/frame.js';
import { formatIp6, parseIp6 } from '#lib/vpp/ip-text.js';

const HEADER_BYTES = 40;
const ICMP6 = 58;
const TYPE = {
  routerSolicitation: 133,
  routerAdvertisement: 134,
  neighbourSolicitation: 135,
  neighbourAdvertisement: 136,
};

const bytesOf = (address: string): Uint8Array => {
  const bytes = parseIp6(address);
  if (!bytes) throw new RangeError(`"${address}" is not an IPv6 address`);
  return bytes;
};

/** An IPv6 packet (RFC 8200) around any payload; hop limit 255. `checksumAt` is where the payload's checksum goes. */
export function ip6Packet(next: number, from: string, to: string, payload: Uint8Array, checksumAt: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  const out = new DataView(bytes.buffer);
  bytes.set([0x60, 0, 0, 0]);
  out.setUint16(4, payload.length);
  bytes.set([next, 255], 6);
  bytes.set(bytesOf(from), 8);
  bytes.set(bytesOf(to), 24);
  bytes.set(payload, HEADER_BYTES);
  out.setUint16(HEADER_BYTES + checksumAt, checksumOf(bytes));
  return bytes;
}

/** Over payload and pseudo-header (RFC 8200 section 8.1); 0 when a filled one is right. */
export function checksumOf(packet: Uint8Array): number {
  const input = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  let sum = (packet[6] ?? 0) + input.getUint16(4);
  for (let at = 8; at < HEADER_BYTES; at += 2) sum += input.getUint16(at);
  return internetChecksum(packet.subarray(HEADER_BYTES, HEADER_BYTES + input.getUint16(4)), sum);
}

const solicitation = (type: number, body: Uint8Array, mac: string): Uint8Array =>
  Uint8Array.from([type, 0, 0, 0, ...body, 1, 1, ...macBytes(mac)]);

/** Router solicitation (RFC 4861 section 4.1) with the sender's MAC. */
export const routerSolicitation = (from: string, mac: string): Uint8Array =>
  ip6Packet(ICMP6, from, 'ff02::2', solicitation(TYPE.routerSolicitation, new Uint8Array(4), mac), 2);

/** Neighbour solicitation (section 4.3) to the solicited-node address. */
export function neighbourSolicitation(from: string, mac: string, target: string): Uint8Array {
  const body = Uint8Array.from([0, 0, 0, 0, ...bytesOf(target)]);
  return ip6Packet(ICMP6, from, solicitedNode(target), solicitation(TYPE.neighbourSolicitation, body, mac), 2);
}

function solicitedNode(target: string): string {
  const group = bytesOf('ff02::1:ff00:0').slice();
  group.set(bytesOf(target).subarray(13), 13);
  return formatIp6(group);
}

/** MAC address of the solicited-node group. */
export const solicitedMac = (target: string): string =>
  macAt(Uint8Array.from([0x33, 0x33, 0xff, ...bytesOf(target).subarray(13)]), 0);

/** An advertisement by one that is no router (section 4.2): it wants to be the default router for half an hour. */
export const rogueAdvertisement = (from: string, mac: string): Uint8Array => {
  const body = Uint8Array.from([64, 0, 0x07, 0x08, 0, 0, 0, 0, 0, 0, 0, 0]);
  return ip6Packet(ICMP6, from, 'ff02::1', solicitation(TYPE.routerAdvertisement, body, mac), 2);
};

/** Unsolicited neighbour advertisement (section 4.4) with the override flag: `target` is at `mac`. */
export function neighbourAdvertisement(from: string, mac: string, target: string, to = 'ff02::1'): Uint8Array {
  const message = solicitation(TYPE.neighbourAdvertisement, Uint8Array.from([0x20, 0, 0, 0, ...bytesOf(target)]), mac);
  message[message.length - 8] = 2;
  return ip6Packet(ICMP6, from, to, message, 2);
}

export interface RouterAdvertisement {
  source: string;
  destination: string;
  hopLimit: number;
  managed: boolean;
  other: boolean;
  lifetimeS: number;
  mac?: string;
  mtu?: number;
  prefixes: { prefix: string; onLink: boolean; autonomous: boolean; validS: number; preferredS: number }[];
}

/** The advertisement in an IPv6 packet; undefined when it is something else or its checksum is wrong. */
export function routerAdvertisementIn(packet: Uint8Array): RouterAdvertisement | undefined {
  const icmp = icmpIn(packet, TYPE.routerAdvertisement);
  if (!icmp) return undefined;
  const view = new DataView(icmp.buffer, icmp.byteOffset, icmp.byteLength);
  const flags = view.getUint8(5);
  const found: RouterAdvertisement = {
    source: formatIp6(packet.subarray(8, 24)),
    destination: formatIp6(packet.subarray(24, 40)),
    hopLimit: packet[7] ?? 0,
    managed: (flags & 0x80) !== 0,
    other: (flags & 0x40) !== 0,
    lifetimeS: view.getUint16(6),
    prefixes: [],
  };
  for (let at = 16; at + 8 <= icmp.length; at += 8 * Math.max(1, view.getUint8(at + 1)))
    readOption(view, icmp, at, found);
  return found;
}

function readOption(view: DataView, icmp: Uint8Array, at: number, found: RouterAdvertisement): void {
  const type = view.getUint8(at);
  if (type === 1) found.mac = macAt(icmp, at + 2);
  if (type === 5) found.mtu = view.getUint32(at + 4);
  if (type !== 3) return;
  const flags = view.getUint8(at + 3);
  found.prefixes.push({
    prefix: `${formatIp6(icmp.subarray(at + 16, at + 32))}/${view.getUint8(at + 2)}`,
    onLink: (flags & 0x80) !== 0,
    autonomous: (flags & 0x40) !== 0,
    validS: view.getUint32(at + 4),
    preferredS: view.getUint32(at + 8),
  });
}

/** Target and MAC of a neighbour advertisement; undefined when the packet is something else. */
export function neighbourAdvertisementIn(packet: Uint8Array): { target: string; mac: string } | undefined {
  const icmp = icmpIn(packet, TYPE.neighbourAdvertisement);
  return icmp && { target: formatIp6(icmp.subarray(8, 24)), mac: macAt(icmp, 26) };
}

function icmpIn(packet: Uint8Array, type: number): Uint8Array | undefined {
  const isIcmp = packet.length >= HEADER_BYTES + 16 && (packet[0] ?? 0) >> 4 === 6 && packet[6] === ICMP6;
  if (!isIcmp || packet[HEADER_BYTES] !== type || checksumOf(packet) !== 0) return undefined;
  return packet.subarray(HEADER_BYTES);
}
