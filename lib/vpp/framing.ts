import { Reader, type Writer } from './wire.js';

/** Octets before each body on the stream socket. */
export const headerBytes = 16;
const lengthAt = 8;
/** A body holds at least its message id. */
const minBodyBytes = 2;
/** Above the largest message met (5 MB of ACL rules) by a wide margin. */
export const defaultMaxBodyBytes = 64 * 1024 * 1024;

/** Starts a frame and returns where: append the body from the message id on, then `endFrame`, or `rewind` to drop it. */
export function beginFrame(writer: Writer): number {
  const start = writer.offset;
  writer.zeros(headerBytes);
  return start;
}

/** Fills in the length of the frame that began at `start`. */
export function endFrame(writer: Writer, start: number): void {
  writer.patchU32(start + lengthAt, writer.offset - start - headerBytes);
}

/** One frame around a body that is already encoded. */
export function frame(body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(headerBytes + body.length);
  new DataView(bytes.buffer).setUint32(lengthAt, body.length);
  bytes.set(body, headerBytes);
  return bytes;
}

export type FramingResult = { ok: true } | { ok: false; error: string };

/** Cuts a byte stream into bodies, however the reads split or merge them. */
export class FrameParser {
  private chunks: Uint8Array[] = [];
  private held = 0;
  private wanted = headerBytes;

  constructor(private readonly maxBodyBytes = defaultMaxBodyBytes) {}

  /**
   * Calls back with each body, a view of the chunk it came in: copy what must outlive the call.
   * After an error the stream cannot be followed any further: drop the connection.
   */
  push(chunk: Uint8Array, onBody: (body: Uint8Array) => void): FramingResult {
    return this.read(chunk, ({ bytes, offset, remaining }) => onBody(bytes.subarray(offset, offset + remaining)));
  }

  /** As `push`, with a reader narrowed to the body: one reader for all bodies of a chunk, not to be kept. */
  read(chunk: Uint8Array, onBody: (body: Reader) => void): FramingResult {
    if (this.held === 0) return this.cut(chunk, onBody);
    this.chunks.push(chunk);
    this.held += chunk.length;
    if (this.held < this.wanted) return { ok: true };
    const joined = Buffer.concat(this.chunks, this.held);
    this.chunks = [];
    this.held = 0;
    return this.cut(joined, onBody);
  }

  private cut(bytes: Uint8Array, onBody: (body: Reader) => void): FramingResult {
    const reader = new Reader(bytes);
    let at = 0;
    this.wanted = headerBytes;
    while (bytes.length - at >= headerBytes) {
      reader.window(at + lengthAt, at + headerBytes);
      const length = reader.u32();
      if (length < minBodyBytes || length > this.maxBodyBytes)
        return { ok: false, error: `frame of ${length} bytes, ${minBodyBytes} to ${this.maxBodyBytes} expected` };
      const end = at + headerBytes + length;
      if (end > bytes.length) {
        this.wanted = headerBytes + length;
        break;
      }
      reader.window(at + headerBytes, end);
      onBody(reader);
      at = end;
    }
    this.keep(bytes, at);
    return { ok: true };
  }

  private keep(bytes: Uint8Array, at: number): void {
    if (at === bytes.length) return;
    this.chunks = [bytes.subarray(at)];
    this.held = bytes.length - at;
  }
}
