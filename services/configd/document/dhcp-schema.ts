import { z } from 'zod';
import { description, ipAddress, name } from './fields.js';
import { list, mapping, named } from './object.js';
import { shown } from './problem.js';
import { accept, type Read, refuse, scalar } from './scalar.js';

/** A VPN-ID (RFC 2685), OUI and index in hexadecimal, into `0a0b0c:0000004d`. */
function readVpnId(text: string): Read<string> {
  const [, oui, index] = /^([0-9a-fA-F]{1,6}):([0-9a-fA-F]{1,8})$/.exec(text) ?? [];
  if (oui === undefined || index === undefined)
    return refuse(`${shown(text)} is no VPN-ID: OUI and index in hexadecimal (a0b0c:4d)`);
  return accept(`${oui.padStart(6, '0')}:${index.padStart(8, '0')}`.toLowerCase());
}

const virtualSubnet = z
  .preprocess(
    (input) => (input === 'global' ? { global: true } : input),
    mapping(
      {
        name: z
          .string({ error: 'a name is expected' })
          .regex(/^[!-~]{1,64}$/, { error: 'a VPN has a name of 1 to 64 characters of ASCII without spaces' })
          .optional()
          .meta({ description: 'Name of the VPN (type 0).' }),
        vpnId: scalar(readVpnId, 'a VPN-ID').optional().meta({
          description: 'OUI and index of the VPN in hexadecimal, `a0b0c:4d` (RFC 2685; type 1).',
        }),
        global: z
          .literal(true, { error: 'true is expected' })
          .optional()
          .meta({ description: 'The default VPN (type 255).' }),
      },
      'global or { name: blue }',
    ).refine((vss) => Object.values(vss).filter((value) => value !== undefined).length === 1, {
      error: 'exactly one of name, vpnId and global is expected',
    }),
  )
  .meta({
    description: 'Virtual subnet that the server is told (RFC 6607): { name: blue }, { vpnId: a0b0c:4d } or global.',
    'x-vpp': 'dhcp_proxy_set_vss',
  });
export type VirtualSubnetConfig = z.output<typeof virtualSubnet>;

const dhcpRelaySchema = mapping({
  vrf: name.default('default').meta({ description: 'VRF of the clients.' }),
  server: ipAddress.meta({ description: 'Address of subs-manager on the service link.' }),
  source: ipAddress.meta({ description: 'Address of an interface in the VRF of the server; the relay sends from it.' }),
  serverVrf: name.default('default').meta({ description: 'VRF of the server.' }),
  vss: virtualSubnet.optional(),
});

const dhcpServersSchema = mapping({
  description: description.optional(),
  servers: list(ipAddress)
    .min(1, { error: 'at least one server is expected' })
    .max(16, { error: 'at most 16 servers' })
    .meta({ description: 'Addresses, the preferred first; IPv4 ones for DHCP, IPv6 ones for DHCPv6.' }),
});

/** Keys of the document for DHCP. */
export const dhcpSections = {
  dhcpRelay: list(dhcpRelaySchema).default([]).meta({
    description: 'Where DHCP and DHCPv6 of the clients go; one entry for each VRF of clients and family.',
    'x-vpp': 'dhcp_proxy_config',
  }),
  dhcpServerGroups: named(name, dhcpServersSchema).default({}).meta({
    description:
      'DHCP servers behind subs-manager by name; interfaces choose with dhcpServerGroup which of them their clients are for.',
    'x-vpp':
      "nothing of its own: VPP knows one server for each VRF, and subs-manager relays on by the client's interface",
  }),
};
