import type { DhcpPacket } from '#lib/dhcp/packet.js';
import type { Component } from '#lib/kernel/lifecycle.js';
import { splitHostPort } from '#lib/kernel/ops-server.js';
import type { SubsManagerConfig } from '../config.js';
import type { IntakeConfig } from '../config6.js';
import type { Groups } from '../lines/groups.js';
import type { LineIndex } from '../lines/line-index.js';
import { Exchanges } from '../servers/exchanges.js';
import type { Servers } from '../servers/servers.js';
import { Ingress } from './ingress.js';
import { type Arrival, Intake, type IntakeParts } from './intake.js';
import { LineLimits, RateLimit } from './limits.js';
import type { Refusals } from './refusals.js';
import { RelayedDhcp, type RelayedParts } from './relayed.js';
import { Responder } from './responder.js';
import { DhcpServer, type DhcpServerParts } from './server.js';
import { isReply, ServerLink } from './server-link.js';
import type { Datagram, DhcpTransport } from './transport.js';
import { UdpTransport } from './udp-transport.js';

type Needs = Omit<DhcpServerParts, 'responder' | 'relayed' | 'refusals'> &
  Pick<RelayedParts, 'serverLeases'> & {
    refusals: Refusals;
    servers: Servers;
    config: SubsManagerConfig;
    lines: LineIndex;
    groups: Groups;
    log: IntakeParts<Arrival>['log'];
  };

/** One protocol's way in: its socket as a component, and the intake behind it. */
export interface DhcpSide {
  component: Component;
  intake: Pick<Intake<Arrival>, 'accept' | 'close' | 'inFlight' | 'queued'>;
  /** Housekeeping, every few seconds. */
  sweep(): void;
  transport: Pick<DhcpTransport, 'port' | 'kernelDrops'>;
}

export const endpoint = (text: string) => {
  const { host, port } = splitHostPort(text);
  return { address: host, port };
};

type SideParts<M> = Omit<IntakeParts<M>, 'rate' | 'limits' | 'maxInFlight' | 'maxWaiting' | 'staleMs'> & {
  name: string;
  limit: IntakeConfig;
  line: SubsManagerConfig['dhcp'];
  transport: DhcpTransport;
  /** Where answers of DHCP servers go. */
  link: { isReply(payload: Uint8Array): boolean; receive(datagram: Datagram): void };
};

/** Socket and intake of a protocol, with limits of its own. */
export function dhcpSide<M extends Arrival>({ name, limit, line, transport, link, ...parts }: SideParts<M>): DhcpSide {
  const limits = new LineLimits(line.lineRatePerS, line.lineBurst, parts.clock);
  const intake = new Intake<M>({
    ...parts,
    limits,
    rate: new RateLimit(limit.maxPerS, parts.clock),
    maxInFlight: limit.maxInFlight,
    maxWaiting: limit.maxWaiting,
    staleMs: limit.staleS * 1000,
  });
  const component: Component = {
    name,
    start: () => transport.open((datagram) => (link.isReply(datagram.payload) ? link : intake).receive(datagram)),
    stop: () => transport.close(),
  };
  return { component, intake, transport, sweep: () => limits.sweep() };
}

/** The DHCPv4 side of the service. */
export function createDhcp({ config, lines, groups, log, servers, refusals, ...parts }: Needs): DhcpSide {
  const { clock, drops, metrics } = parts;
  const { listen, relayPort, relays, recvBufferBytes } = config.dhcp;
  const { address, port } = endpoint(listen);
  const transport = new UdpTransport(address, port, recvBufferBytes, log);
  const byGiaddr = new Map(Object.entries(relays).map(([giaddr, at]) => [giaddr, endpoint(at)]));
  const ingress = new Ingress({ relayPort, relays: byGiaddr }, lines, groups);
  const responder = new Responder(transport, config.pools, metrics);
  const giaddr = config.dhcp.giaddr ?? address;
  const exchanges = new Exchanges<DhcpPacket>(servers, clock, log, metrics);
  const toServers = new ServerLink({ transport, giaddr, servers, exchanges, drops });
  const relayed = new RelayedDhcp({ ...parts, link: toServers, responder });
  const server = new DhcpServer({ ...parts, responder, relayed, refusals, log });
  return dhcpSide({
    name: 'dhcp',
    prefix: '',
    limit: config.dhcp,
    line: config.dhcp,
    transport,
    read: (datagram) => ingress.read(datagram),
    link: { isReply, receive: (datagram) => toServers.receive(datagram) },
    serve: (entry) => server.serve(entry),
    drops,
    refusals,
    clock,
    log,
    metrics,
  });
}
