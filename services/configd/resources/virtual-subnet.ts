import { z } from 'zod';
import type { Infer } from '#lib/vpp/message.js';
import { type dhcpProxyDump, type dhcpProxySetVss, vssType } from '#lib/vpp/messages/dhcp.js';

/** A virtual subnet as RFC 6607 has it: by name, by VPN-ID (`0a0b0c:0000004d`, RFC 2685), or the default one. */
export const virtualSubnet = z.union([
  z.strictObject({ name: z.string().regex(/^[!-~]{1,64}$/) }),
  z.strictObject({ vpnId: z.string().regex(/^[0-9a-f]{6}:[0-9a-f]{8}$/) }),
  z.strictObject({ global: z.literal(true) }),
]);
export type VirtualSubnet = z.infer<typeof virtualSubnet>;

const types = vssType.values;
type VssFields = Pick<Infer<(typeof dhcpProxySetVss)['request']>, 'vss_type' | 'vpn_ascii_id' | 'oui' | 'vpn_index'>;

const fieldsOf = (vss_type: number, given: Partial<VssFields> = {}): VssFields => ({
  ...{ vss_type, vpn_ascii_id: '', oui: 0, vpn_index: 0 },
  ...given,
});

/** The fields of `dhcp_proxy_set_vss`. */
export function vssFields(vss: VirtualSubnet): VssFields {
  if ('name' in vss) return fieldsOf(types.VSS_TYPE_API_ASCII, { vpn_ascii_id: vss.name });
  if ('global' in vss) return fieldsOf(types.VSS_TYPE_API_DEFAULT);
  const [oui = 0, vpn_index = 0] = vss.vpnId.split(':').map((digits) => Number.parseInt(digits, 16));
  return fieldsOf(types.VSS_TYPE_API_VPN_ID, { oui, vpn_index });
}

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');

type Details = Infer<(typeof dhcpProxyDump)['details']>;

/** The `vss` field of a relay's spec, from what VPP shows; none while none is set. */
export function vssIn(row: Details): { vss?: VirtualSubnet } {
  switch (row.vss_type) {
    case types.VSS_TYPE_API_ASCII:
      return { vss: { name: row.vss_vpn_ascii_id } };
    case types.VSS_TYPE_API_VPN_ID:
      return { vss: { vpnId: `${hex(row.vss_oui, 6)}:${hex(row.vss_fib_id, 8)}` } };
    case types.VSS_TYPE_API_DEFAULT:
      return { vss: { global: true } };
    default:
      return {};
  }
}
