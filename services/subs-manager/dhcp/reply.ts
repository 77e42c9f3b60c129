import { OPTION } from '#lib/dhcp/options.js';
import { type RawOption, withValue } from '#lib/dhcp/packet.js';
import type { LeaseGrant } from '#lib/dhcp/reply.js';
import { ip4Number, ip4Text } from '#lib/net/address.js';
import type { GroupConfig, PoolConfig } from '../config.js';
import { maskNumber, prefixLength, prefixRange } from '../pool/address-text.js';
import { classlessRoutes, configuredOptions, toOption } from './option-config.js';

const HOST_MASK = '255.255.255.255';

/** Mask for an address: of the group, else of the pool whose prefix it lies in, else of a single host. */
export function maskFor(ipv4: string, group: GroupConfig, pools: readonly PoolConfig[]): string {
  if (group.subnetMask !== undefined) return group.subnetMask;
  const address = ip4Number(ipv4) ?? 0;
  const pool = pools.find(({ prefix }) => {
    const [first = 0, last = -1] = prefixRange(prefix) ?? [];
    return address >= first && address <= last;
  });
  return pool === undefined ? HOST_MASK : ip4Text(maskNumber(prefixLength(pool.prefix)));
}

/** Configuration options of a group for a client of a vendor class (option 60), in the order they go out. */
export function groupOptions(group: GroupConfig, gateway: string, mask: string, vendorClass: string): RawOption[] {
  const options = [withValue(OPTION.subnetMask, mask), withValue(OPTION.routers, [gateway])];
  if (group.dns.length > 0) options.push(withValue(OPTION.domainNameServers, group.dns));
  if (group.domain !== undefined) options.push(withValue(OPTION.domainName, group.domain));
  if (group.mtu !== undefined) options.push(withValue(OPTION.interfaceMtu, group.mtu));
  if (group.ntp.length > 0) options.push(withValue(OPTION.ntpServers, group.ntp));
  const hostMask = mask === HOST_MASK;
  if (hostMask || group.routes.length > 0) options.push(classlessRoutes(group.routes, gateway, hostMask));
  return [...options, ...configuredOptions(group.options, vendorClass).map(toOption)];
}

/** Codes that a client of a vendor class gets whether it asked for them or not. */
const unasked = (group: GroupConfig, vendorClass: string): number[] =>
  configuredOptions(group.options, vendorClass).flatMap(({ code, always }) => (always ? [code] : []));

/** What is granted for `leaseS` seconds. */
export function grantFor(
  ipv4: string,
  leaseS: number,
  group: GroupConfig,
  gateway: string,
  pools: readonly PoolConfig[],
  vendorClass: string,
): LeaseGrant {
  return {
    yiaddr: ipv4,
    serverId: gateway,
    leaseS,
    renewalS: Math.floor(leaseS * group.t1),
    rebindingS: Math.floor(leaseS * group.t2),
    options: groupOptions(group, gateway, maskFor(ipv4, group, pools), vendorClass),
    always: unasked(group, vendorClass),
  };
}
