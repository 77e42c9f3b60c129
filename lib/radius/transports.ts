import type { Server } from './server-list.js';
import { type Lease, type ReplyHandler, SourcePorts } from './source-ports.js';
import { TlsConnection } from './tls-connection.js';

/** Gives identifiers towards servers: of the UDP source ports, or of a server's TLS connections. */
export class Transports {
  private readonly ports: SourcePorts;
  private readonly connections = new Map<Server, TlsConnection[]>();

  constructor(
    private readonly onStray: () => void,
    private readonly onError: (error: Error) => void,
  ) {
    this.ports = new SourcePorts(onStray, onError);
  }

  /** Binds `count` UDP sockets to each address, and prepares `count` connections to each server with TLS. */
  async open(servers: readonly Server[], addresses: Iterable<string>, count: number): Promise<void> {
    for (const address of addresses) await this.ports.open(address, count);
    for (const server of servers) {
      const { tls } = server.options;
      if (!tls) continue;
      const make = () => new TlsConnection(server, tls, this.onStray, this.onError);
      this.connections.set(server, Array.from({ length: count }, make));
    }
  }

  /** An identifier towards `server`; undefined when all are taken. */
  lease(server: Server, onReply: ReplyHandler): Lease | undefined {
    if (!server.options.tls) return this.ports.lease(server, onReply);
    for (const connection of this.connections.get(server) ?? []) {
      const lease = connection.lease(onReply);
      if (lease) return lease;
    }
    return undefined;
  }

  async close(): Promise<void> {
    const connections = [...this.connections.values()].flat();
    this.connections.clear();
    await Promise.all([this.ports.close(), ...connections.map((connection) => connection.close())]);
  }
}
