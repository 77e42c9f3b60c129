import { macBytes } from '#lib/net/address.js';
import { ETHERTYPE } from '#lib/net/frame.js';
import { ip6At, ip6Bytes } from '#lib/net/ip6.js';
import { ip6Checksum } from '#lib/net/udp6.js';
import type { Dataplane } from '../dataplane.js';
import type { Interface } from '../tables/interfaces.js';
import { type DropReason, output, type Transmit } from './egress.js';
import type { Ip6Packet } from './ip6.js';

const ICMP6 = 58;
const SOLICITATION = 135;
const ADVERTISEMENT = 136;
const HEADER_BYTES = 40;
const SOLICITATION_BYTES = 24;
/** Router, solicited, override (RFC 4861 section 4.4). */
const FLAGS = 0xe0;

/** The target of a neighbour solicitation; undefined for anything else. */
export function solicitedTarget({ protocol, bytes }: Ip6Packet): string | undefined {
  const isOne = protocol === ICMP6 && bytes.length >= HEADER_BYTES + SOLICITATION_BYTES;
  return isOne && bytes[HEADER_BYTES] === SOLICITATION ? ip6At(bytes, HEADER_BYTES + 8) : undefined;
}

/** Answers for the interface's own addresses; who asks from a global address without a route of its own gets nothing. */
export function answerSolicitation(
  dataplane: Dataplane,
  transmit: Transmit,
  rx: Interface,
  asker: { ip: string; mac: string },
  target: string,
): DropReason {
  const { ip, routes } = dataplane;
  const index = rx.swIfIndex;
  const table = ip.tableOf(index, 'ip6');
  if (target !== ip.linkLocal(index) && !ip.isLocal(table, target))
    return 'icmp6-neighbor-solicitation/neighbor solicitations for unknown targets';
  const known = asker.ip.startsWith('fe80') || routes.find(table, `${asker.ip}/128`) !== undefined;
  if (!known) return 'icmp6-neighbor-solicitation/neighbor solicitations from source unknown';
  const body = Uint8Array.from([
    ADVERTISEMENT,
    0,
    0,
    0,
    FLAGS,
    0,
    0,
    0,
    ...ip6Bytes(target),
    2,
    1,
    ...macBytes(rx.parent.mac),
  ]);
  const packet = new Uint8Array(HEADER_BYTES + body.length);
  packet.set([0x60, 0, 0, 0, 0, body.length, ICMP6, 255]);
  packet.set(ip6Bytes(target), 8);
  packet.set(ip6Bytes(asker.ip), 24);
  packet.set(body, HEADER_BYTES);
  new DataView(packet.buffer).setUint16(HEADER_BYTES + 2, ip6Checksum(packet));
  return output(dataplane, transmit, rx, { destinationMac: asker.mac, etherType: ETHERTYPE.ip6, payload: packet });
}
