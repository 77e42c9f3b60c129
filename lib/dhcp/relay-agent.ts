import { ip4At, ip4Bytes } from '../net/address.js';
import { type Decoded, decoded, malformed } from '../net/decoded.js';

/** One sub-option of option 82, bytes as received. */
export interface SubOption {
  code: number;
  data: Uint8Array;
}

/** One instance of option 82 (RFC 3046): its sub-options in order. */
export type RelayAgentInfo = readonly SubOption[];

/** Sub-option codes: RFC 3046, 3527 (5), 4243 (9), 5107 (11), 6607 (151, 152). */
export const SUB_OPTION = {
  circuitId: 1,
  remoteId: 2,
  linkSelection: 5,
  subscriberId: 6,
  vendorSpecific: 9,
  serverIdOverride: 11,
  virtualSubnet: 151,
  virtualSubnetControl: 152,
} as const;

/** Virtual subnet selection (RFC 6607): a name, an RFC 2685 VPN-ID, or the global table. */
export type VirtualSubnet =
  | { kind: 'name'; name: string }
  | { kind: 'vpn-id'; oui: number; index: number }
  | { kind: 'global' };

/** Sub-options of one instance. Refused when a length runs beyond the option. */
export function decodeRelayAgent(data: Uint8Array): Decoded<RelayAgentInfo> {
  const subOptions: SubOption[] = [];
  for (let at = 0; at < data.length; ) {
    const length = data[at + 1];
    if (length === undefined || at + 2 + length > data.length) return malformed(`option 82: cut off at byte ${at}`);
    subOptions.push({ code: data[at] ?? 0, data: data.subarray(at + 2, at + 2 + length) });
    at += 2 + length;
  }
  return decoded(subOptions);
}

/** Option 82 data of the given sub-options; throws RangeError above 255 bytes. */
export function encodeRelayAgent(info: RelayAgentInfo): Uint8Array {
  const size = info.reduce((sum, { data }) => sum + 2 + data.length, 0);
  if (size > 255) throw new RangeError(`option 82 of ${size} bytes`);
  return Buffer.concat(info.map(({ code, data }) => Buffer.concat([Uint8Array.of(code, data.length), data])));
}

/**
 * Sub-options of one vendor's part of the vendor-specific information (RFC 4243), by code; values of a later one win.
 * What is cut off ends the reading: the access node's word on its line is optional.
 */
export function vendorInformation(info: RelayAgentInfo, enterprise: number): Map<number, Uint8Array> {
  const data = subOption(info, SUB_OPTION.vendorSpecific) ?? new Uint8Array();
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const found = new Map<number, Uint8Array>();
  for (let at = 0; at + 5 <= data.length; ) {
    const end = at + 5 + view.getUint8(at + 4);
    if (end > data.length) break;
    if (view.getUint32(at) === enterprise) {
      const inside = decodeRelayAgent(data.subarray(at + 5, end));
      for (const { code, data: value } of inside.ok ? inside.value : []) found.set(code, value);
    }
    at = end;
  }
  return found;
}

/** The first sub-option with this code. */
export function subOption(info: RelayAgentInfo, code: number): Uint8Array | undefined {
  for (const entry of info) if (entry.code === code) return entry.data;
  return undefined;
}

function addressOf(info: RelayAgentInfo, code: number): string | undefined {
  const data = subOption(info, code);
  return data?.length === 4 ? ip4At(data, 0) : undefined;
}

/** Address that selects the client's subnet in place of giaddr (RFC 3527). */
export const linkSelection = (info: RelayAgentInfo) => addressOf(info, SUB_OPTION.linkSelection);
/** Address to be used as the server identifier (RFC 5107). */
export const serverIdOverride = (info: RelayAgentInfo) => addressOf(info, SUB_OPTION.serverIdOverride);

/** VSS of the instance (RFC 6607 section 3); undefined when absent or of unknown form. */
export function virtualSubnet(info: RelayAgentInfo): VirtualSubnet | undefined {
  const data = subOption(info, SUB_OPTION.virtualSubnet);
  if (data === undefined) return undefined;
  const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (data[0] === 0 && data.length > 1) return { kind: 'name', name: buffer.toString('latin1', 1) };
  if (data[0] === 1 && data.length === 8)
    return { kind: 'vpn-id', oui: buffer.readUIntBE(1, 3), index: buffer.readUInt32BE(4) };
  return data[0] === 255 && data.length === 1 ? { kind: 'global' } : undefined;
}

/**
 * What VPP's DHCP proxy put into its own instance: sub-option 1 of four bytes is the sw_if_index,
 * sub-option 5 the relay address. Undefined for an instance that does not look so.
 */
export function vppIngress(info: RelayAgentInfo): { swIfIndex: number; relayAddress: string } | undefined {
  const circuit = subOption(info, SUB_OPTION.circuitId);
  const relayAddress = linkSelection(info);
  if (circuit?.length !== 4 || relayAddress === undefined) return undefined;
  const swIfIndex = new DataView(circuit.buffer, circuit.byteOffset, 4).getUint32(0);
  return { swIfIndex, relayAddress };
}

/** The instance that VPP's proxy writes, for the simulator and for tests. */
export function vppRelayAgent(swIfIndex: number, relayAddress: string): RelayAgentInfo {
  const circuit = new Uint8Array(4);
  new DataView(circuit.buffer).setUint32(0, swIfIndex);
  return [
    { code: SUB_OPTION.circuitId, data: circuit },
    { code: SUB_OPTION.linkSelection, data: ip4Bytes(relayAddress) },
  ];
}
