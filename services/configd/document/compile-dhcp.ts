import type { Resource } from '../reconcile/resource.js';
import { dhcpRelay } from '../resources/dhcp-relay.js';
import { dhcpServers } from '../resources/dhcp-servers.js';
import type { VirtualSubnet } from '../resources/virtual-subnet.js';
import type { VirtualSubnetConfig } from './dhcp-schema.js';
import { interfaceKeyOf, inVrf } from './keys.js';
import type { AnyInterface, Model } from './model.js';

export const compileRelays = ({ document }: Model): Resource[] =>
  document.dhcpRelay.map((relay) =>
    dhcpRelay.of({
      ...inVrf(relay.vrf),
      sourceAddress: relay.source,
      servers: [{ address: relay.server, ...inVrf(relay.serverVrf) }],
      ...(relay.vss && { vss: subnetOf(relay.vss) }),
    }),
  );

function subnetOf({ name, vpnId }: VirtualSubnetConfig): VirtualSubnet {
  if (name !== undefined) return { name };
  return vpnId === undefined ? { global: true } : { vpnId };
}

/** The servers that an interface chose for its clients. */
export function compileDhcpServers({ document }: Model, item: AnyInterface): Resource[] {
  const group = item.config.dhcpServerGroup;
  const servers = group === undefined ? undefined : document.dhcpServerGroups[group]?.servers;
  return group === undefined || !servers ? [] : [dhcpServers.of({ interface: interfaceKeyOf(item), group, servers })];
}
