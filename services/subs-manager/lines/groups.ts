import type { Line } from '#gen/bng/v1/common.js';
import type { GroupConfig, GroupMatch } from '../config.js';

/** A text with `*` for any characters as a test. */
export function glob(pattern: string): (text: string) => boolean {
  const expression = new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);
  return (text) => expression.test(text);
}

function inVlans(set: string, vlan: number): boolean {
  const [first = 0, last = first] = set.split('-').map(Number);
  return vlan >= first && vlan <= last;
}

function fits(match: GroupMatch, line: Line): boolean {
  if (match.line !== undefined && !glob(match.line)(line.name)) return false;
  if (match.parent !== undefined && !glob(match.parent)(line.parent)) return false;
  if (match.vrf !== undefined && match.vrf !== line.vrf) return false;
  if (match.outerVlan !== undefined && !inVlans(match.outerVlan, line.outerVlan)) return false;
  return match.innerVlan === undefined || inVlans(match.innerVlan, line.innerVlan);
}

const ports = { dhcp: 67, dhcp6: 547 } as const;

/** The group for the clients of a line: servers that configd's document names for the line take the place of the group's own. */
function onLine(group: GroupConfig, { dhcpServers }: Line): GroupConfig {
  const named = dhcpServers?.servers ?? [];
  const ip4 = named.filter((address) => !address.includes(':')).map((address) => `${address}:${ports.dhcp}`);
  const ip6 = named.filter((address) => address.includes(':')).map((address) => `[${address}]:${ports.dhcp6}`);
  const { relay, ipv6 } = group;
  return {
    ...group,
    ...(relay && ip4.length > 0 && { relay: { ...relay, servers: ip4 } }),
    ...(ipv6?.relay && ip6.length > 0 && { ipv6: { ...ipv6, relay: { ...ipv6.relay, servers: ip6 } } }),
  };
}

/** Subscriber groups in the order of the configuration. */
export class Groups {
  private readonly ofLine = new WeakMap<Line, GroupConfig>();
  private readonly byName: ReadonlyMap<string, GroupConfig>;

  constructor(private readonly groups: readonly GroupConfig[]) {
    this.byName = new Map(groups.map((group) => [group.name, group]));
  }

  get(name: string): GroupConfig | undefined {
    return this.byName.get(name);
  }

  /** The first group that matches the line; undefined: nobody serves it. */
  find(line: Line): GroupConfig | undefined {
    const known = this.ofLine.get(line);
    if (known) return known;
    const found = this.groups.find(({ match }) => match.length === 0 || match.some((entry) => fits(entry, line)));
    const own = found && line.dhcpServers ? onLine(found, line) : found;
    if (own) this.ofLine.set(line, own);
    return own;
  }
}
