import { createHash } from 'node:crypto';
import type { Dhcp6Message } from '#lib/dhcp6/packet.js';
import type { Log } from '#lib/kernel/log.js';
import type { SubsManagerConfig } from '../config.js';
import { type DhcpSide, dhcpSide, endpoint } from '../dhcp/dhcp.js';
import type { Refusals } from '../dhcp/refusals.js';
import { UdpTransport } from '../dhcp/udp-transport.js';
import type { Groups } from '../lines/groups.js';
import type { LineIndex } from '../lines/line-index.js';
import type { SubsMetrics } from '../metrics.js';
import { Exchanges } from '../servers/exchanges.js';
import type { Servers } from '../servers/servers.js';
import { Ingress6 } from './ingress.js';
import { type Relayed6Parts, RelayedDhcp6 } from './relayed.js';
import { Responder6 } from './responder.js';
import { Dhcp6Server, type Dhcp6ServerParts } from './server.js';
import { isReply6, ServerLink6 } from './server-link.js';

type Needs = Omit<Dhcp6ServerParts, 'responder' | 'relayed' | 'refusals'> &
  Pick<Relayed6Parts, 'serverLeases'> & {
    servers: Servers;
    refusals: Refusals;
    config: SubsManagerConfig;
    lines: LineIndex;
    groups: Groups;
    log: Log;
    metrics: SubsMetrics;
  };

/** DUID-UUID (RFC 6355): the same for as long as the instance has its name, wherever it runs. */
function serverDuid(owner: string): Uint8Array {
  return Buffer.concat([Buffer.of(0, 4), createHash('sha256').update(`dhcp6 ${owner}`).digest().subarray(0, 16)]);
}

/** The DHCPv6 side of the service; undefined when it is not configured. */
export function createDhcp6({
  config,
  lines,
  groups,
  log,
  metrics,
  servers,
  refusals,
  ...parts
}: Needs): DhcpSide | undefined {
  const { listen, relayPort, relays } = config.dhcp6;
  if (listen === undefined) return undefined;
  const { address, port } = endpoint(listen);
  const transport = new UdpTransport(address, port, config.dhcp.recvBufferBytes, log);
  const serverId = serverDuid(config.owner);
  const ingress = new Ingress6({ relayPort, relays: relays.map(endpoint), serverId }, lines, groups);
  const responder = new Responder6(transport, serverId, metrics);
  const exchanges = new Exchanges<Dhcp6Message>(servers, parts.clock, log, metrics);
  const link = new ServerLink6({ transport, servers, exchanges, drops: parts.drops });
  const relayed = new RelayedDhcp6({ ...parts, link, responder });
  const server = new Dhcp6Server({ ...parts, responder, relayed, refusals });
  return dhcpSide({
    name: 'dhcp6',
    prefix: 'v6_',
    limit: config.dhcp6,
    line: config.dhcp,
    transport,
    link: { isReply: isReply6, receive: (datagram) => link.receive(datagram) },
    read: (datagram) => ingress.read(datagram),
    serve: (entry) => server.serve(entry),
    drops: parts.drops,
    refusals,
    clock: parts.clock,
    log,
    metrics,
  });
}
