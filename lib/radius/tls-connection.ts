import { isIP } from 'node:net';
import { checkServerIdentity, connect, type TLSSocket } from 'node:tls';
import { IdentifierSpace } from './identifiers.js';
import { HEADER_BYTES, MAX_PACKET_BYTES } from './packet.js';
import type { Server } from './server-list.js';
import type { Lease, ReplyHandler } from './source-ports.js';

/** How a server is reached by RADIUS over TLS (RFC 6614). PEM texts. */
export interface TlsOptions {
  readonly ca: string;
  /** Our certificate and its key: servers identify their clients by it. */
  readonly cert: string;
  readonly key: string;
  /** Name in the server's certificate; the server's host when absent. */
  readonly serverName?: string;
  /**
   * Requests under way on one connection, at most 256. Default 1: FreeRADIUS 3.2.1 loses what arrives in one piece with
   * another packet. More connections take its place.
   */
  readonly pipeline?: number;
}

interface Holder {
  readonly onReply: ReplyHandler;
  bytes?: Buffer;
}

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5000;

/**
 * One TLS connection to a server, opened when there is something to send and again when it breaks. A packet is written
 * once on each connection (RFC 6614 section 2.5: no retransmission); what has no answer when the connection breaks is
 * written on the next.
 */
export class TlsConnection {
  private readonly identifiers = new IdentifierSpace<Holder>();
  private readonly holders = new Set<Holder>();
  private socket: TLSSocket | undefined;
  private isOpen = false;
  private received: Buffer = Buffer.alloc(0);
  private retryMs = FIRST_RETRY_MS;
  private retryTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly server: Server,
    private readonly tls: TlsOptions,
    private readonly onStray: () => void,
    private readonly onError: (error: Error) => void,
  ) {}

  lease(onReply: ReplyHandler): Lease | undefined {
    if (this.holders.size >= (this.tls.pipeline ?? 1)) return undefined;
    const holder: Holder = { onReply };
    const identifier = this.identifiers.take(holder);
    if (identifier === undefined) return undefined;
    this.holders.add(holder);
    return {
      identifier,
      send: (bytes) => this.send(holder, bytes),
      release: () => {
        this.identifiers.release(identifier);
        this.holders.delete(holder);
      },
    };
  }

  private send(holder: Holder, bytes: Buffer): void {
    holder.bytes = bytes;
    if (this.isOpen) this.socket?.write(bytes);
    else if (!this.socket && !this.retryTimer) this.open();
  }

  private open(): void {
    const { host, port } = this.server.options;
    const name = this.tls.serverName ?? host;
    const { ca, cert, key } = this.tls;
    const socket = connect({
      host: this.server.address,
      port,
      ca,
      cert,
      key,
      minVersion: 'TLSv1.2',
      ...(isIP(name) === 0 && { servername: name }),
      checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
    });
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('secureConnect', () => this.opened(socket));
    socket.on('data', (bytes) => this.receive(socket, bytes));
    socket.on('error', this.onError);
    socket.on('close', () => this.closed(socket));
  }

  private opened(socket: TLSSocket): void {
    this.isOpen = true;
    this.received = Buffer.alloc(0);
    for (const { bytes } of this.holders) if (bytes) socket.write(bytes);
  }

  private closed(socket: TLSSocket): void {
    if (this.socket !== socket) return;
    this.socket = undefined;
    this.isOpen = false;
    if (![...this.holders].some(({ bytes }) => bytes)) return;
    this.retryTimer = setTimeout(() => {
      this.retryTimer = undefined;
      if (this.holders.size > 0) this.open();
    }, this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, MAX_RETRY_MS);
  }

  private receive(socket: TLSSocket, bytes: Buffer): void {
    const { packets, rest } = splitStream(Buffer.concat([this.received, bytes]));
    this.received = rest ?? Buffer.alloc(0);
    for (const packet of packets) {
      const holder = this.identifiers.get(packet.readUInt8(1));
      if (!holder) this.onStray();
      this.retryMs = FIRST_RETRY_MS;
      holder?.onReply(packet);
    }
    if (rest) return;
    this.onError(new Error(`${this.server.name}: a length that no RADIUS packet has, connection closed`));
    socket.destroy();
  }

  close(): Promise<void> {
    clearTimeout(this.retryTimer);
    const { socket } = this;
    this.socket = undefined;
    this.isOpen = false;
    if (!socket || socket.closed) return Promise.resolve();
    return new Promise((resolve) => {
      socket.once('close', () => resolve());
      socket.destroy();
    });
  }
}

/** Whole packets at the front of a stream (RFC 6614 section 2.4), and what follows; no `rest` when a length cannot be. */
export function splitStream(bytes: Buffer): { packets: Buffer[]; rest: Buffer | undefined } {
  const packets: Buffer[] = [];
  let at = 0;
  while (at + 4 <= bytes.length) {
    const length = bytes.readUInt16BE(at + 2);
    if (length < HEADER_BYTES || length > MAX_PACKET_BYTES) return { packets, rest: undefined };
    if (at + length > bytes.length) break;
    packets.push(bytes.subarray(at, at + length));
    at += length;
  }
  return { packets, rest: bytes.subarray(at) };
}
