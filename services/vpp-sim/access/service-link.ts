import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { Component } from '#lib/kernel/lifecycle.js';
import type { Log } from '#lib/kernel/log.js';
import { splitHostPort } from '#lib/kernel/ops-server.js';
import type { DhcpLink } from '../config.js';

/** A datagram from the servers' side, with the server's address as `dhcp_proxy_config` knows it. */
export type ServerReply = (server: string, relay: string, payload: Uint8Array) => void;

/** The hop between the relay and the DHCP servers. */
export interface ServiceLink extends Component {
  /** From port 68 of `relay` to port 67 of `server`; DHCPv6 from port 546 to port 547. */
  send(relay: string, server: string, payload: Uint8Array): void;
  onReply(handler: ServerReply): void;
}

/** Where relays receive, and where they send from: DHCP and, as VPP does it, DHCPv6. */
const PORTS = { ip4: { receive: 67, transmit: 68 }, ip6: { receive: 547, transmit: 546 } } as const;
/** A burst of a thousand clients overruns the kernel's default. */
const RECEIVE_BUFFER_BYTES = 16 * 1024 * 1024;
const UNKNOWN_SERVER = '0.0.0.0';

const bound = (address: string, port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', reuseAddr: true });
    socket.once('error', reject);
    socket.bind(port, address, () => {
      socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
      resolve(socket);
    });
  });

const split = (endpoint: string): { address: string; port: number } => {
  const { host: address, port } = splitHostPort(endpoint);
  return { address, port };
};

/** Servers reached through mapped ports: an ordinary user's stand-in for ports 67 and 68. */
class MappedLink {
  private socket: Socket | undefined;
  private readonly to;

  constructor(
    private readonly link: DhcpLink,
    private readonly reply: (server: string, payload: Uint8Array) => void,
  ) {
    this.to = split(link.to);
  }

  async start(): Promise<void> {
    const { address, port } = split(this.link.bind);
    this.socket = await bound(address, port);
    this.socket.on('error', () => undefined);
    this.socket.on('message', (payload, from) => this.reply(this.serverAt(from), payload));
  }

  send(payload: Uint8Array): void {
    this.socket?.send(payload, this.to.port, this.to.address);
  }

  stop(): void {
    this.socket?.close();
  }

  private serverAt(from: RemoteInfo): string {
    return from.address === this.to.address && from.port === this.to.port ? this.link.server : UNKNOWN_SERVER;
  }
}

/** Sends and receives with the relay's own address and ports: that address must be on an interface of the host. */
class RelayEndpoint {
  private readonly opened: Promise<{ receive: Socket; transmit: Socket }>;
  private readonly ports;

  constructor(relay: string, log: Log, reply: (server: string, payload: Uint8Array) => void) {
    const ports = PORTS[relay.includes(':') ? 'ip6' : 'ip4'];
    this.ports = ports;
    this.opened = Promise.all([bound(relay, ports.receive), bound(relay, ports.transmit)]).then(
      ([receive, transmit]) => ({
        receive,
        transmit,
      }),
    );
    this.opened.then(
      ({ receive, transmit }) => {
        for (const socket of [receive, transmit]) socket.on('error', () => undefined);
        receive.on('message', (payload, from) => {
          if (from.port === ports.receive) reply(from.address, payload);
        });
      },
      (error: unknown) => log.error({ relay, err: error }, 'the relay address cannot be used on this host'),
    );
  }

  send(server: string, payload: Uint8Array): void {
    this.opened.then(
      ({ transmit }) => transmit.send(payload, this.ports.receive, server),
      () => undefined,
    );
  }

  async stop(): Promise<void> {
    const sockets = await this.opened.catch(() => undefined);
    sockets?.receive.close();
    sockets?.transmit.close();
  }
}

/** Real UDP for all servers but those that `links` maps. */
export class UdpServiceLink implements ServiceLink {
  readonly name = 'service-link';
  private readonly mapped = new Map<string, MappedLink>();
  private readonly endpoints = new Map<string, RelayEndpoint>();
  private handler: ServerReply = () => undefined;

  constructor(
    links: readonly DhcpLink[],
    private readonly log: Log,
  ) {
    for (const link of links)
      this.mapped.set(link.server, new MappedLink(link, (server, payload) => this.handler(server, '', payload)));
  }

  onReply(handler: ServerReply): void {
    this.handler = handler;
  }

  async start(): Promise<void> {
    for (const link of this.mapped.values()) await link.start();
  }

  async stop(): Promise<void> {
    for (const link of this.mapped.values()) link.stop();
    for (const endpoint of this.endpoints.values()) await endpoint.stop();
  }

  send(relay: string, server: string, payload: Uint8Array): void {
    const mapped = this.mapped.get(server);
    if (mapped) mapped.send(payload);
    else this.endpointOf(relay).send(server, payload);
  }

  private endpointOf(relay: string): RelayEndpoint {
    const found =
      this.endpoints.get(relay) ??
      new RelayEndpoint(relay, this.log, (server, payload) => this.handler(server, relay, payload));
    this.endpoints.set(relay, found);
    return found;
  }
}
