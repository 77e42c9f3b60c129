const FRAME_BYTES = 1400;
/** Ethernet with two tags, which the policers of a QinQ line charge as well. */
const LINK_BYTES = 22;
const UDP_BYTES = 8;
const STEP_MS = 5;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** More traffic than a policer lets pass, and what of it came through. */
export class Flood {
  constructor(private readonly load: { bps: number; forMs: number; burst: number }) {}

  /** Payload of a UDP datagram whose frame on a QinQ line has `FRAME_BYTES`. */
  payloadOf(source: string): number {
    return FRAME_BYTES - LINK_BYTES - (source.includes(':') ? 40 : 20) - UDP_BYTES;
  }

  /** Until the bucket is full again. */
  calm(): Promise<unknown> {
    return pause(((this.load.burst * 8) / this.load.bps) * 2500);
  }

  /**
   * Sends at the offered rate for the time, what a stall held back at once; bit/s of frames that came through, without
   * the full bucket that was there at the beginning.
   */
  async measure(send: (n: number) => void, seen: () => number): Promise<number> {
    const { bps, forMs, burst } = this.load;
    const before = seen();
    const startMs = performance.now();
    let sent = 0;
    for (let elapsedMs = 0; elapsedMs < forMs; elapsedMs = performance.now() - startMs) {
      const due = (bps * elapsedMs) / 8000 / FRAME_BYTES;
      for (; sent < due; sent++) send(sent);
      await pause(STEP_MS);
    }
    const tookMs = performance.now() - startMs;
    await this.settled(seen);
    return (((seen() - before) * FRAME_BYTES - burst) * 8000) / tookMs;
  }

  private async settled(seen: () => number): Promise<void> {
    for (let last = -1; last !== seen(); await pause(300)) last = seen();
  }
}
