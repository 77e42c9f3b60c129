import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Component } from '#lib/kernel/lifecycle.js';

const LENGTH_BYTES = 4;
const MAX_FRAME_BYTES = 64 * 1024;

/**
 * The far ends of the host interfaces: `u32 length | u8 name length | device | frame`, both ways. Naming a device
 * subscribes to what VPP transmits there; an empty frame does nothing else.
 */
export class AccessServer implements Component {
  readonly name = 'access';
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly subscribers = new Map<string, Set<Socket>>();

  constructor(
    private readonly path: string,
    private readonly received: (device: string, frame: Uint8Array) => void,
  ) {
    this.server = createServer((socket) => this.accept(socket));
  }

  async start(): Promise<void> {
    rmSync(this.path, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.path, () => resolve());
    });
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  /** To everybody at the device's far end. */
  transmit(device: string, frame: Uint8Array): void {
    const listeners = this.subscribers.get(device);
    if (!listeners || listeners.size === 0) return;
    const name = Buffer.from(device);
    const head = Buffer.alloc(LENGTH_BYTES + 1);
    head.writeUInt32BE(1 + name.length + frame.length);
    head.writeUInt8(name.length, LENGTH_BYTES);
    const message = Buffer.concat([head, name, frame]);
    for (const socket of listeners) socket.write(message);
  }

  private accept(socket: Socket): void {
    let buffered: Buffer = Buffer.alloc(0);
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.forget(socket));
    socket.on('data', (chunk: Buffer) => {
      buffered = this.cut(socket, buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk]));
    });
  }

  /** Handles every whole message and returns what is left over. */
  private cut(socket: Socket, bytes: Buffer): Buffer {
    let at = 0;
    while (bytes.length - at > LENGTH_BYTES) {
      const length = bytes.readUInt32BE(at);
      const start = at + LENGTH_BYTES;
      const nameEnd = start + 1 + bytes.readUInt8(start);
      if (length > MAX_FRAME_BYTES || nameEnd > start + length) {
        socket.destroy();
        return Buffer.alloc(0);
      }
      if (bytes.length - start < length) break;
      at = start + length;
      this.message(socket, bytes.toString('utf8', start + 1, nameEnd), bytes.subarray(nameEnd, at));
    }
    return bytes.subarray(at);
  }

  private message(socket: Socket, device: string, frame: Uint8Array): void {
    const listeners = this.subscribers.get(device) ?? new Set<Socket>();
    this.subscribers.set(device, listeners.add(socket));
    if (frame.length > 0) this.received(device, frame);
  }

  private forget(socket: Socket): void {
    this.sockets.delete(socket);
    for (const listeners of this.subscribers.values()) listeners.delete(socket);
  }
}
