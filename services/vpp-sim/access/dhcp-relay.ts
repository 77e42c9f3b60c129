import { ip4At, ip4Bytes } from '#lib/net/address.js';
import type { Dataplane } from '../dataplane.js';
import type { Interface } from '../tables/interfaces.js';
import { type Vss, vssValue } from '../tables/vss.js';

const TO_SERVER = 'dhcp-proxy-to-server';
const TO_CLIENT = 'dhcp-proxy-to-client';
const FIXED_BYTES = 240;
const GIADDR_AT = 24;
const END = 255;
const MESSAGE_TYPE = 53;
const DISCOVER = 1;
const RELAY_AGENT = 82;
const CIRCUIT_ID = 1;
const LINK_SELECTION = 5;
/** `52 0c | 01 04 index | 05 04 address`, what is said of the virtual subnet, then END. */
const RELAY_AGENT_BYTES = 12;
const VIRTUAL_SUBNET = 151;
const VIRTUAL_SUBNET_CONTROL = 152;

export type ToServers =
  | { ok: true; relay: string; servers: string[]; payload: Uint8Array }
  | { ok: false; reason: string };
export type ToClient = { ok: true; tx: Interface; relayAddress: string } | { ok: false; reason: string };

const refused = (node: string, text: string): { ok: false; reason: string } => ({
  ok: false,
  reason: `${node}/${text}`,
});

/**
 * VPP's DHCP proxy, client to server: giaddr set, one option 82 put where END stood. Like VPP it does
 * not know PAD, so an odd client may go without option 82.
 */
export function relayToServers(dataplane: Dataplane, rxIndex: number, packet: Uint8Array): ToServers {
  const proxy = dataplane.dhcpProxies.find('ip4', dataplane.ip.tableOf(rxIndex, 'ip4'));
  if (!proxy) return refused(TO_SERVER, 'no dhcp server configured');
  if (packet.length < FIXED_BYTES) return refused(TO_SERVER, 'DHCP packets which are too big.');
  const { end, isDiscover } = walkOptions(packet);
  const subnet = virtualSubnet(dataplane.vss.get('ip4', proxy.rxTableId));
  const added = RELAY_AGENT_BYTES + subnet.length + 2;
  const payload = Buffer.alloc(end === undefined ? packet.length : packet.length + added);
  payload.set(packet);
  payload.set(ip4Bytes(proxy.sourceAddress), GIADDR_AT);
  if (end === undefined) dataplane.counters.error(`${TO_SERVER}/DHCP failed to insert option 82`);
  else {
    const address = dataplane.ip.firstIp4(rxIndex);
    if (address === undefined) return refused(TO_SERVER, 'DHCP no interface address');
    payload.set(ownRelayAgent(rxIndex, address, subnet), end);
  }
  dataplane.counters.error(`${TO_SERVER}/DHCP packets relayed to the server`);
  const servers = proxy.servers.map((server) => server.address);
  return { ok: true, relay: proxy.sourceAddress, servers: isDiscover ? servers : servers.slice(0, 1), payload };
}

/** Option 82 as VPP writes it, with the END behind it. */
function ownRelayAgent(swIfIndex: number, address: string, subnet: Uint8Array): Uint8Array {
  const option = Buffer.alloc(RELAY_AGENT_BYTES + subnet.length + 3);
  option.set([RELAY_AGENT, RELAY_AGENT_BYTES + subnet.length, CIRCUIT_ID, 4]);
  option.writeUInt32BE(swIfIndex, 4);
  option.set([LINK_SELECTION, 4, ...ip4Bytes(address), ...subnet, END], 8);
  return option;
}

/** The sub-options of RFC 6607, nothing without a virtual subnet. */
function virtualSubnet(vss: Vss | undefined): Uint8Array {
  if (!vss) return new Uint8Array();
  const value = vssValue(vss);
  return Uint8Array.of(VIRTUAL_SUBNET, value.length, ...value, VIRTUAL_SUBNET_CONTROL, 0);
}

function walkOptions(packet: Uint8Array): { end: number | undefined; isDiscover: boolean } {
  let isDiscover = false;
  for (let at = FIXED_BYTES; at < packet.length; at += 2 + (packet[at + 1] ?? 0)) {
    if (packet[at] === END) return { end: at, isDiscover };
    if (packet[at] === MESSAGE_TYPE) isDiscover = packet[at + 2] === DISCOVER;
  }
  return { end: undefined, isDiscover };
}

/** The checks on a server's reply, and the interface it goes out of. The last four-byte sub-options win. */
export function relayToClient(dataplane: Dataplane, server: string, packet: Uint8Array): ToClient {
  const ingress = readIngress(packet);
  if (ingress.swIfIndex === undefined) return refused(TO_CLIENT, 'DHCP option 82 missing');
  if (ingress.relayAddress === undefined) return refused(TO_CLIENT, 'Bad DHCP option 82 address value');
  const tx = dataplane.interfaces.get(ingress.swIfIndex);
  if (!tx) return refused(TO_CLIENT, 'Bad DHCP option 82 interface value');
  const proxy = dataplane.dhcpProxies.find('ip4', dataplane.ip.tableOf(ingress.swIfIndex, 'ip4'));
  if (!proxy) return refused(TO_CLIENT, 'no dhcp server configured');
  if (!proxy.servers.some(({ address }) => address === server))
    return refused(TO_CLIENT, 'DHCP packets not from DHCP server or server FIB.');
  const address = dataplane.ip.firstIp4(ingress.swIfIndex);
  if (address === undefined) return refused(TO_CLIENT, 'DHCP no interface address');
  if (address !== ingress.relayAddress) return refused(TO_CLIENT, 'DHCP packets with bad your_ip_address fields');
  dataplane.counters.error(`${TO_SERVER}/DHCP packets relayed to clients`);
  return { ok: true, tx, relayAddress: address };
}

function readIngress(packet: Uint8Array): { swIfIndex?: number; relayAddress?: string } {
  const found: { swIfIndex?: number; relayAddress?: string } = {};
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  for (let at = FIXED_BYTES; at + 1 < packet.length && packet[at] !== END; at += 2 + (packet[at + 1] ?? 0)) {
    const end = Math.min(packet.length, at + 2 + (packet[at + 1] ?? 0));
    if (packet[at] !== RELAY_AGENT) continue;
    for (let sub = at + 2; sub + 5 < end && packet[sub] !== END; sub += 2 + (packet[sub + 1] ?? 0)) {
      if (packet[sub + 1] !== 4) continue;
      if (packet[sub] === CIRCUIT_ID) found.swIfIndex = view.getUint32(sub + 2);
      if (packet[sub] === LINK_SELECTION) found.relayAddress = ip4At(packet, sub + 2);
    }
  }
  return found;
}
