import type { RemoteInfo, Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { IdentifierSpace } from './identifiers.js';
import type { Server } from './server-list.js';
import { bindUdp, closeUdp } from './udp.js';

/** Hands over a datagram that answers the holder of a lease. It may be forged: the holder verifies it. */
export type ReplyHandler = (datagram: Buffer) => void;

/** One identifier of one source port towards one server, held until released. */
export interface Lease {
  readonly identifier: number;
  send(bytes: Buffer): void;
  release(): void;
}

interface SourcePort {
  readonly socket: Socket;
  readonly isIp6: boolean;
  readonly spaces: Map<string, IdentifierSpace<ReplyHandler>>;
}

const endpoint = (address: string, port: number): string => `${address}|${port}`;

/** A few long-lived UDP sockets; each gives 256 identifiers towards each server. */
export class SourcePorts {
  private readonly ports: SourcePort[] = [];
  private turn = 0;

  /** `onStray` counts what no lease waits for; `onSocketError` what the kernel reports. */
  constructor(
    private readonly onStray: () => void,
    private readonly onSocketError: (error: Error) => void,
  ) {}

  /** Binds `count` sockets to `address`. */
  async open(address: string, count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const socket = await bindUdp(address, 0);
      const port: SourcePort = { socket, isIp6: isIPv6(socket.address().address), spaces: new Map() };
      socket.on('message', (datagram, from) => this.receive(port, datagram, from));
      socket.on('error', this.onSocketError);
      this.ports.push(port);
    }
  }

  /** An identifier towards `server`, on the source ports in turn; undefined when all are taken. */
  lease(server: Server, onReply: ReplyHandler): Lease | undefined {
    const { address } = server;
    const family = isIPv6(address);
    const to = endpoint(address, server.options.port);
    for (let i = 0; i < this.ports.length; i++) {
      this.turn = (this.turn + 1) % this.ports.length;
      const port = this.ports[this.turn];
      if (port?.isIp6 !== family) continue;
      const lease = this.leaseOn(port, to, server, onReply);
      if (lease) return lease;
    }
    return undefined;
  }

  private leaseOn(port: SourcePort, to: string, server: Server, onReply: ReplyHandler): Lease | undefined {
    const space = port.spaces.get(to) ?? new IdentifierSpace<ReplyHandler>();
    port.spaces.set(to, space);
    const identifier = space.take(onReply);
    if (identifier === undefined) return undefined;
    const { address, options } = server;
    return {
      identifier,
      send: (bytes) => port.socket.send(bytes, options.port, address, (error) => error && this.onSocketError(error)),
      release: () => space.release(identifier),
    };
  }

  private receive(port: SourcePort, datagram: Buffer, from: RemoteInfo): void {
    const handler =
      datagram.length > 1 ? port.spaces.get(endpoint(from.address, from.port))?.get(datagram.readUInt8(1)) : undefined;
    if (handler) handler(datagram);
    else this.onStray();
  }

  async close(): Promise<void> {
    await Promise.all(this.ports.splice(0).map((port) => closeUdp(port.socket)));
  }
}
