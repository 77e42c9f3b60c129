import { z } from 'zod';
import { resource } from '../reconcile/resource.js';
import { ipText } from './fields.js';
import { interfaceKey, nameOf, plainName } from './names.js';

const schema = z.strictObject({
  interface: interfaceKey,
  /** Name of the group in the configuration. */
  group: plainName,
  /** The preferred first; IPv4 ones for DHCP, IPv6 ones for DHCPv6. */
  servers: z.array(ipText).min(1).max(16),
});
export type DhcpServersSpec = z.infer<typeof schema>;

/**
 * The DHCP servers for the clients of one interface. VPP has one server for each VRF, so nothing of this is in VPP:
 * subs-manager is told with the line and relays on. It is a resource so that it is diffed, versioned and rolled back like all else.
 */
export const dhcpServers = resource<DhcpServersSpec, null>({
  kind: 'dhcp-servers',
  schema,
  key: (spec) => `dhcp-servers/${nameOf(spec.interface)}`,
  needs: (spec) => [spec.interface],
  create: async () => null,
  update: async () => null,
  remove: async () => {},
});
