import { type AnyInterface, type Model, writtenInterfaces } from '../model.js';
import { advice, mistake, type Path, type Problem } from '../problem.js';
import { didYouMean } from '../suggest.js';

const families = ['IPv4', 'IPv6'] as const;
const familyOf = (address: string) => (address.includes(':') ? 'IPv6' : 'IPv4');
const hostOf = (text: string): string => text.slice(0, text.indexOf('/'));

/** Groups of DHCP servers that name a host twice or this node, and interfaces whose clients they cannot be for. */
export function checkDhcpServers(model: Model): Problem[] {
  const own = new Set(
    [...model.interfaces.values()].flatMap(({ addresses }) => addresses.map((at) => hostOf(at.text))),
  );
  const groups = Object.entries(model.document.dhcpServerGroups).flatMap(([name, { servers }]) =>
    checkServers(servers, own, ['dhcpServerGroups', name, 'servers']),
  );
  return [...groups, ...[...writtenInterfaces(model)].flatMap((item) => checkInterface(model, item))];
}

const checkServers = (servers: readonly string[], own: ReadonlySet<string>, path: Path): Problem[] =>
  servers.flatMap((server, index) => {
    if (servers.indexOf(server) < index) return [mistake([...path, index], `${server} stands twice in this list`)];
    if (!own.has(server)) return [];
    return [mistake([...path, index], `${server} is an address of this node; the server is another host`)];
  });

function checkInterface({ document, doubtful }: Model, item: AnyInterface): Problem[] {
  const { dhcpServerGroup: name, vrf } = item.config;
  if (name === undefined) return [];
  const path: Path = [...item.path, 'dhcpServerGroup'];
  const group = Object.hasOwn(document.dhcpServerGroups, name) ? document.dhcpServerGroups[name] : undefined;
  if (!group) {
    const near = didYouMean(name, Object.keys(document.dhcpServerGroups));
    return [mistake(path, `there is no group of DHCP servers "${name}"; write it under dhcpServerGroups${near}`)];
  }
  if (item.type === 'loopback')
    return [mistake(path, 'no clients come in by a loopback; write it on their lines', true)];
  if (doubtful.size > 0) return [];
  const relayed = new Set(
    document.dhcpRelay.filter((relay) => relay.vrf === vrf).map(({ server }) => familyOf(server)),
  );
  const wanted = families.filter((family) => group.servers.some((server) => familyOf(server) === family));
  const missing = wanted.filter((family) => !relayed.has(family));
  if (missing.length === 0) return [];
  const words = { IPv4: 'DHCP', IPv6: 'DHCPv6' } as const;
  const what = missing.map((family) => words[family]).join(' and ');
  const message = `nothing relays ${what} of VRF ${vrf}, so these servers are never asked; write an entry for it under dhcpRelay`;
  return [missing.length === wanted.length ? mistake(path, message) : advice(path, message)];
}
