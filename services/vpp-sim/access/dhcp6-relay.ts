import { macBytes } from '#lib/net/address.js';
import { ip6At, ip6Bytes } from '#lib/net/ip6.js';
import type { Dataplane } from '../dataplane.js';
import type { Interface } from '../tables/interfaces.js';
import { vssValue } from '../tables/vss.js';

const TO_SERVER = 'dhcpv6-proxy-to-server';
const TO_CLIENT = 'dhcpv6-proxy-to-client';
const RELAY_FORWARD = 12;
const RELAY_REPLY = 13;
const HEAD_BYTES = 34;
const OPTION = { relayMessage: 9, interfaceId: 18, linkLayer: 79, virtualSubnet: 68 } as const;
const SOLICIT = 1;
/** Messages of clients and of relays before VPP's (RFC 8415 section 7.3). */
const fromClients: readonly number[] = [1, 3, 4, 5, 6, 8, 9, 11, RELAY_FORWARD];
const HOP_COUNT_LIMIT = 32;
const ALL_SERVERS = 'ff05::1:3';

export type ToServers6 =
  | { ok: true; relay: string; servers: string[]; payload: Uint8Array }
  | { ok: false; reason: string };
export type ToClient6 =
  | { ok: true; tx: Interface; from: string; to: string; payload: Uint8Array }
  | { ok: false; reason: string };

const refused = (node: string, text: string): { ok: false; reason: string } => ({
  ok: false,
  reason: `${node}/${text}`,
});

const option = (code: number, data: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.of(0, code, data.length >> 8, data.length & 255), data]);

/** VPP's DHCPv6 proxy, client to server: relay-message, interface-id, link-layer address and virtual subnet in that order. */
export function relay6ToServers(
  dataplane: Dataplane,
  rxIndex: number,
  sender: { ip: string; mac: string },
  message: Uint8Array,
): ToServers6 {
  const type = message[0] ?? 0;
  if (!fromClients.includes(type)) return refused(TO_SERVER, 'wrong message type.');
  const proxy = dataplane.dhcpProxies.find('ip6', dataplane.ip.tableOf(rxIndex, 'ip6'));
  if (!proxy) return refused(TO_SERVER, 'no dhcpv6 server configured');
  const again = type === RELAY_FORWARD;
  const hops = again ? (message[1] ?? 0) + 1 : 0;
  if (hops >= HOP_COUNT_LIMIT) return refused(TO_SERVER, 'DHCPv6 relay-fwd exceeded the hop count limit');
  const link = firstGlobal(dataplane, rxIndex);
  if (link === undefined) return refused(TO_SERVER, 'no interface address');
  const vss = dataplane.vss.get('ip6', proxy.rxTableId);
  const index = Buffer.alloc(4);
  index.writeUInt32BE(rxIndex);
  const payload = Buffer.concat([
    Buffer.of(RELAY_FORWARD, hops),
    ip6Bytes(link),
    ip6Bytes(sender.ip),
    option(OPTION.relayMessage, message),
    option(OPTION.interfaceId, index),
    ...(again ? [] : [option(OPTION.linkLayer, Buffer.concat([Buffer.of(0, 1), macBytes(sender.mac)]))]),
    ...(vss ? [option(OPTION.virtualSubnet, vssValue(vss))] : []),
  ]);
  dataplane.counters.error(`${TO_SERVER}/DHCPv6 packets relayed to the server`);
  const servers = proxy.servers.map(({ address }) => (address === '::' ? ALL_SERVERS : address));
  return { ok: true, relay: proxy.sourceAddress, servers: type === SOLICIT ? servers : servers.slice(0, 1), payload };
}

/** The first address that is not link-local of the interface, or of its donor. */
function firstGlobal({ ip }: Dataplane, index: number): string | undefined {
  const addresses = ip.addresses(ip.donorOf(index) ?? index, 'ip6').map((prefix) => prefix.split('/')[0] ?? '');
  return addresses.find((address) => !address.startsWith('fe80'));
}

/** The checks on a server's reply, and what goes to the client: in VPP's walk the relay-message has to come last. */
export function relay6ToClient(dataplane: Dataplane, server: string, packet: Uint8Array): ToClient6 {
  if (packet[0] !== RELAY_REPLY) return refused(TO_CLIENT, 'wrong message type.');
  if ((packet[1] ?? 0) > HOP_COUNT_LIMIT) return refused(TO_CLIENT, 'DHCPv6 relay-fwd exceeded the hop count limit');
  const found = walk(packet);
  if (found.message === undefined) return refused(TO_CLIENT, 'DHCPv6 relay message option missing');
  const tx = found.swIfIndex === undefined ? undefined : dataplane.interfaces.get(found.swIfIndex);
  if (found.swIfIndex === undefined) return refused(TO_CLIENT, 'DHCPv6 option 18 missing');
  if (!tx) return refused(TO_CLIENT, 'DHCPv6 interface-id option is wrong');
  const proxy = dataplane.dhcpProxies.find('ip6', dataplane.ip.tableOf(found.swIfIndex, 'ip6'));
  if (!proxy) return refused(TO_CLIENT, 'no dhcpv6 server configured');
  if (!proxy.servers.some(({ address }) => address === server))
    return refused(TO_CLIENT, 'packets not from DHCPv6 server or server FIB.');
  const from = firstGlobal(dataplane, found.swIfIndex);
  if (from === undefined) return refused(TO_CLIENT, 'no interface address');
  dataplane.counters.error(`${TO_SERVER}/DHCPv6 packets relayed to clients`);
  return { ok: true, tx, from, to: ip6At(packet, 18), payload: found.message };
}

function walk(packet: Uint8Array): { swIfIndex?: number; message?: Uint8Array } {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  let swIfIndex: number | undefined;
  let size: number | undefined;
  let at = HEAD_BYTES;
  for (; at + 4 <= packet.length; at += 4 + view.getUint16(at + 2)) {
    const code = view.getUint16(at);
    const length = view.getUint16(at + 2);
    if (code === OPTION.interfaceId && length === 4 && at + 8 <= packet.length) swIfIndex = view.getUint32(at + 4);
    if (code === OPTION.relayMessage) size = length;
    if (swIfIndex !== undefined && size !== undefined) break;
  }
  if (size === undefined) return swIfIndex === undefined ? {} : { swIfIndex };
  const message = packet.subarray(at + 4, at + 4 + size);
  return swIfIndex === undefined ? { message } : { swIfIndex, message };
}
