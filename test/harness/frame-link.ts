import { connect, type Socket } from 'node:net';

/** A place where whole Ethernet frames go in and come out: the subscriber's side of an access port. */
export interface FrameLink {
  send(frame: Uint8Array): void;
  onFrame(handler: (frame: Uint8Array) => void): void;
  close(): Promise<void>;
}

/** Links of one dataplane: one that is left open would keep its process alive for ever. */
export class FrameLinks {
  private readonly links: FrameLink[] = [];

  async add(opening: Promise<FrameLink>): Promise<FrameLink> {
    const link = await opening;
    this.links.push(link);
    return link;
  }

  /** Closes all; a link that is closed already does not mind. */
  async close(): Promise<void> {
    await Promise.all(this.links.map((link) => link.close()));
  }
}

const reconnectMs = 50;

/**
 * The access socket of vpp-sim: `u32 length | u8 name length | device | frame`, both ways. As a cable does, it outlives the
 * simulator: what is sent while that is away is lost.
 */
export class SimFrameLink implements FrameLink {
  private readonly handlers = new Set<(frame: Uint8Array) => void>();
  private buffered: Buffer = Buffer.alloc(0);
  private socket: Socket;
  private closed = false;
  private retry: NodeJS.Timeout | undefined;

  private constructor(
    private readonly path: string,
    private readonly device: string,
    socket: Socket,
  ) {
    this.socket = this.plug(socket);
  }

  static open(path: string, device: string): Promise<SimFrameLink> {
    return new Promise((resolve, reject) => {
      const socket = connect(path, () => resolve(new SimFrameLink(path, device, socket)));
      socket.once('error', reject);
    });
  }

  private plug(socket: Socket): Socket {
    this.socket = socket;
    this.buffered = Buffer.alloc(0);
    socket.on('data', (chunk) => this.take(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      if (!this.closed) this.retry = setTimeout(() => this.plug(connect(this.path)), reconnectMs);
    });
    this.send(new Uint8Array(0));
    return socket;
  }

  send(frame: Uint8Array): void {
    const name = Buffer.from(this.device);
    const head = Buffer.alloc(5);
    head.writeUInt32BE(1 + name.length + frame.length);
    head.writeUInt8(name.length, 4);
    this.socket.write(Buffer.concat([head, name, frame]));
  }

  onFrame(handler: (frame: Uint8Array) => void): void {
    this.handlers.add(handler);
  }

  private take(chunk: Buffer): void {
    this.buffered = this.buffered.length === 0 ? chunk : Buffer.concat([this.buffered, chunk]);
    let at = 0;
    while (this.buffered.length - at >= 5) {
      const length = this.buffered.readUInt32BE(at);
      if (this.buffered.length - at - 4 < length) break;
      const nameLength = this.buffered.readUInt8(at + 4);
      const name = this.buffered.toString('utf8', at + 5, at + 5 + nameLength);
      const frame = this.buffered.subarray(at + 5 + nameLength, at + 4 + length);
      if (name === this.device) for (const handler of this.handlers) handler(frame);
      at += 4 + length;
    }
    this.buffered = this.buffered.subarray(at);
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    this.socket.destroy();
  }
}
