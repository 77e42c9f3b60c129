import { encodeDhcp, type RawOption } from '#lib/dhcp/packet.js';
import { buildClientMessage, type ClientMessage } from '#lib/dhcp/request.js';
import { ANY_IP4, BROADCAST_IP4, BROADCAST_MAC } from '#lib/net/address.js';
import { encodeArp } from '#lib/net/arp.js';
import { decodeEthernet, ETHERTYPE, type EthernetFrame, encodeEthernet, encodeUdp } from '#lib/net/frame.js';
import type { FrameLink } from '../harness/frame-link.js';
import { waitFor } from '../harness/wait-for.js';

/** What a subscriber's device does on its line: frames with the line's tags in, frames of the line seen. */
export class SubscriberLine {
  /** Frames that came out of VPP on this line. */
  readonly seen: EthernetFrame[] = [];

  constructor(
    private readonly link: FrameLink,
    readonly vlans: readonly number[],
    readonly mac: string,
  ) {
    link.onFrame((bytes) => {
      const frame = decodeEthernet(bytes);
      const tags = frame.ok ? frame.value.tags.map(({ vid }) => vid).join('.') : '';
      if (frame.ok && tags === vlans.join('.'))
        this.seen.push({ ...frame.value, payload: Uint8Array.from(frame.value.payload) });
    });
  }

  /** `pcp` is the priority of every tag. */
  send(etherType: number, payload: Uint8Array, destinationMac = BROADCAST_MAC, pcp = 0): void {
    const tags = this.vlans.map((vid) => ({ vid, pcp }));
    this.link.send(encodeEthernet({ destinationMac, sourceMac: this.mac, tags, etherType, payload }));
  }

  /** Who has `targetIp`? */
  ask(targetIp: string, senderIp: string): void {
    const targetMac = '00:00:00:00:00:00';
    this.send(ETHERTYPE.arp, encodeArp({ operation: 'request', senderMac: this.mac, senderIp, targetMac, targetIp }));
  }

  dhcp(message: Partial<ClientMessage> & { xid: number }, to?: { mac: string; ip: string; from: string }): Uint8Array {
    const packet = encodeDhcp(buildClientMessage({ type: 'discover', mac: this.mac, ...message }));
    const udp = encodeUdp({
      sourceIp: to?.from ?? ANY_IP4,
      destinationIp: to?.ip ?? BROADCAST_IP4,
      sourcePort: 68,
      destinationPort: 67,
      payload: packet,
    });
    this.send(ETHERTYPE.ip4, udp, to?.mac);
    return packet;
  }

  udp(gatewayMac: string, from: string, to: string, bytes: number): void {
    const payload = new Uint8Array(bytes);
    const packet = encodeUdp({ sourceIp: from, destinationIp: to, sourcePort: 5000, destinationPort: 5001, payload });
    this.send(ETHERTYPE.ip4, packet, gatewayMac);
  }

  async frame<T>(what: string, pick: (frame: EthernetFrame) => T | undefined): Promise<T> {
    return waitFor(what, () => this.seen.map(pick).find((value) => value !== undefined));
  }
}

/** An access node's own option 82. */
export const accessNodeOption = (circuit: string): RawOption => ({
  code: 82,
  data: Buffer.concat([Buffer.from([1, circuit.length]), Buffer.from(circuit)]),
});
