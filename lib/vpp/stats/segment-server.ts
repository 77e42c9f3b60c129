import { closeSync, rmSync } from 'node:fs';
import { Libc } from './libc.js';

const pollMs = 20;

/** Hands a segment's descriptor to whoever connects, as VPP does: one empty message that carries it, then the end. */
export class SegmentServer {
  private readonly timer: NodeJS.Timeout;
  private closed = false;

  private constructor(
    private readonly libc: Libc,
    private readonly socket: number,
    private readonly path: string,
    private readonly segmentFd: number,
  ) {
    this.timer = setInterval(() => this.serveWaiting(), pollMs);
    this.timer.unref();
  }

  /** A socket file left over at `path` is replaced. */
  static listen(path: string, segmentFd: number): SegmentServer {
    const libc = new Libc();
    rmSync(path, { force: true });
    return new SegmentServer(libc, libc.listenSeqpacket(path), path, segmentFd);
  }

  /** Stops serving and removes the socket file; mappings handed out live on. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.timer);
    closeSync(this.socket);
    rmSync(this.path, { force: true });
  }

  private serveWaiting(): void {
    for (let peer = this.libc.accept(this.socket); peer !== undefined; peer = this.libc.accept(this.socket)) {
      try {
        this.libc.sendFd(peer, this.segmentFd);
      } catch {
        // The peer left before it was served: it has the end of its connection to see.
      } finally {
        closeSync(peer);
      }
    }
  }
}
