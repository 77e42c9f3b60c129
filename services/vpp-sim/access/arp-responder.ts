import { ANY_IP4 } from '#lib/net/address.js';
import { type ArpPacket, decodeArp, encodeArp } from '#lib/net/arp.js';
import { ETHERTYPE } from '#lib/net/frame.js';
import type { Dataplane } from '../dataplane.js';
import type { Interface } from '../tables/interfaces.js';
import { NEIGHBOUR_FLAG } from '../tables/neighbours.js';
import { overlap } from '../tables/prefix.js';
import { type DropReason, output, type Transmit } from './egress.js';

/** Answers for VPP's own addresses and proxied ranges, and learns who asked. A probe from 0.0.0.0 gets no answer. */
export function answerArp(dataplane: Dataplane, transmit: Transmit, rx: Interface, payload: Uint8Array): DropReason {
  const { ip, proxyArp } = dataplane;
  const index = rx.swIfIndex;
  const arp = decodeArp(payload);
  if (!arp.ok) return 'arp-input/L3 type not IP4';
  if (!ip.ip4Enabled(index)) return 'arp-disabled/ARP Disabled on this interface';
  const { senderIp, targetIp, operation } = arp.value;
  const borrows = ip.donorOf(index) !== undefined;
  if (senderIp === ANY_IP4 || !(borrows || isOnLink(dataplane, index, senderIp)))
    return 'arp-reply/IP4 source address not local to subnet';
  const table = ip.tableOf(index, 'ip4');
  const own = ip.isLocal(table, targetIp) && isOnLink(dataplane, index, targetIp);
  if (own) learn(dataplane, index, arp.value);
  if (operation === 'reply') return undefined;
  if (!own && !proxyArp.answers(index, table, targetIp)) return 'arp-reply/IP4 destination address not local to subnet';
  return reply(dataplane, transmit, rx, arp.value);
}

function reply(dataplane: Dataplane, transmit: Transmit, rx: Interface, asked: ArpPacket): DropReason {
  const packet = encodeArp({
    operation: 'reply',
    senderMac: rx.parent.mac,
    senderIp: asked.targetIp,
    targetMac: asked.senderMac,
    targetIp: asked.senderIp,
  });
  return output(dataplane, transmit, rx, {
    destinationMac: asked.senderMac,
    etherType: ETHERTYPE.arp,
    payload: packet,
  });
}

/** Within a subnet of the interface or of its donor. */
function isOnLink({ ip }: Dataplane, index: number, address: string): boolean {
  const prefixes = ip.addresses(ip.donorOf(index) ?? index, 'ip4');
  return prefixes.some((prefix) => overlap(prefix, `${address}/32`));
}

/** A static neighbour is not overwritten by what its ARP says. */
function learn({ neighbours }: Dataplane, index: number, { senderIp, senderMac }: ArpPacket): void {
  const known = neighbours.get(index, senderIp);
  if (known && known.flags & NEIGHBOUR_FLAG.static) return;
  neighbours.add(index, senderIp, senderMac, known?.flags ?? 0);
}
