import { compileFilter } from '#lib/policy/filter.js';
import type { Resource } from '../reconcile/resource.js';
import { acl } from './acl.js';
import { dhcpClientAclName } from './names.js';

/** Router solicitation, neighbour solicitation and advertisement (RFC 4861): all that hosts send to find their router. */
const neighbourDiscovery = [133, 135, 136];

/**
 * DHCP and DHCPv6 from clients to servers, and the neighbour discovery that IPv6 needs before both. It stands before every ACL of a session: VPP's ACLs see the packets to its own DHCP
 * relay too, and a subscriber whose list forgets them could neither renew nor release.
 */
export function dhcpClientAcl(): Resource {
  const compiled = compileFilter([
    { action: 'permit', proto: 'udp', srcPorts: 68, dstPorts: 67, family: 4 },
    { action: 'permit', proto: 'udp', srcPorts: 546, dstPorts: 547, family: 6 },
    ...neighbourDiscovery.map((icmpType) => ({
      action: 'permit' as const,
      proto: 'icmp6',
      icmpType,
      family: 6 as const,
    })),
  ]);
  return acl.of({ name: dhcpClientAclName, rules: compiled.ok ? compiled.value : [] });
}
