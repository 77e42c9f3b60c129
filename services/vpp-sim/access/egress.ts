import { ETHERTYPE, type EthernetFrame, encodeEthernet, type VlanTag } from '#lib/net/frame.js';
import type { Dataplane } from '../dataplane.js';
import { type Interface, SUB_FLAG } from '../tables/interfaces.js';

/** Puts a frame on a device's wire. */
export type Transmit = (device: string, frame: Uint8Array) => void;

/** Why a packet ends here, as VPP's error counter `node/text`; undefined when it went its way. */
export type DropReason = string | undefined;

/** The tags that frames leave an interface with. */
export function tagsOf({ sub }: Interface): VlanTag[] {
  if (!sub) return [];
  const outer = { vid: sub.outerVlan, tpid: sub.flags & SUB_FLAG.dot1ad ? ETHERTYPE.dot1ad : ETHERTYPE.dot1q };
  if (sub.flags & SUB_FLAG.twoTags) return [outer, { vid: sub.innerVlan }];
  return sub.flags & SUB_FLAG.oneTag ? [outer] : [];
}

/** VPP's interface-output: header with the interface's tags, counters of it and of its parent, out of the device. */
export function output(
  { counters, interfaces, afPackets }: Dataplane,
  transmit: Transmit,
  tx: Interface,
  part: Pick<EthernetFrame, 'destinationMac' | 'etherType' | 'payload'>,
): DropReason {
  if (!interfaces.isForwarding(tx)) return 'interface-output/interface is down';
  const bytes = encodeEthernet({ ...part, sourceMac: tx.parent.mac, tags: tagsOf(tx) });
  counters.tx(tx.swIfIndex, bytes.length);
  if (tx !== tx.parent) counters.tx(tx.parent.swIfIndex, bytes.length);
  const device = afPackets.hostNameOf(tx.parent.swIfIndex);
  if (device !== undefined) transmit(device, bytes);
  return undefined;
}
