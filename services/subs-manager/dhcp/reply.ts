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

/** Whether a client with this address and mask takes the gateway for a host of its own link. */
function isOnLink(ipv4: string, gateway: string, mask: string): boolean {
  const [address = 0, router = 0, bits = 0] = [ipv4, gateway, mask].map(ip4Number);
  return ((address ^ router) & bits) === 0;
}

/** What a client is told beside its lease. */
export interface ClientSettings {
  ipv4: string;
  group: GroupConfig;
  gateway: string;
  mask: string;
  /** Option 60. */
  vendorClass: string;
}

/** Configuration options of a group, in the order they go out. */
export function groupOptions({ ipv4, group, gateway, mask, vendorClass }: ClientSettings): RawOption[] {
  const options = [withValue(OPTION.subnetMask, mask), withValue(OPTION.routers, [gateway])];
  if (group.dns.length > 0) options.push(withValue(OPTION.domainNameServers, group.dns));
  if (group.domain !== undefined) options.push(withValue(OPTION.domainName, group.domain));
  if (group.mtu !== undefined) options.push(withValue(OPTION.interfaceMtu, group.mtu));
  if (group.ntp.length > 0) options.push(withValue(OPTION.ntpServers, group.ntp));
  const offLink = !isOnLink(ipv4, gateway, mask);
  if (offLink || group.routes.length > 0) options.push(classlessRoutes(group.routes, gateway, offLink));
  return [...options, ...configuredOptions(group.options, vendorClass).map(toOption)];
}

/** Codes that a client of a vendor class gets whether it asked for them or not. */
const unasked = (group: GroupConfig, vendorClass: string): number[] =>
  configuredOptions(group.options, vendorClass).flatMap(({ code, always }) => (always ? [code] : []));

/** What is granted for `leaseS` seconds. */
export function grantFor(settings: ClientSettings, leaseS: number): LeaseGrant {
  const { ipv4, group, gateway, vendorClass } = settings;
  return {
    yiaddr: ipv4,
    serverId: gateway,
    leaseS,
    renewalS: Math.floor(leaseS * group.t1),
    rebindingS: Math.floor(leaseS * group.t2),
    options: groupOptions(settings),
    always: unasked(group, vendorClass),
  };
}
