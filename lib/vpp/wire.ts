/** Thrown inside decoders only; `Message.decode` turns it into a result. */
export class WireError extends Error {}

/**
 * Bounded reader of one message body, which may be a window of a larger buffer: one reader serves all bodies of a
 * socket read. Integers are big-endian, f64 little-endian (VPP host order).
 */
export class Reader {
  offset = 0;
  /** Where the body ends. */
  private end: number;
  private readonly view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.end = bytes.length;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Narrows the reader to `start`..`end` of its bytes and begins there. */
  window(start: number, end: number): void {
    this.offset = start;
    this.end = end;
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  /** Advances by `size` and returns where it stood in `bytes`; throws WireError when the body is too short. */
  take(size: number): number {
    const at = this.offset;
    if (size > this.end - at) throw new WireError(`truncated: ${size} bytes wanted, ${this.end - at} left`);
    this.offset = at + size;
    return at;
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }
  u16(): number {
    return this.view.getUint16(this.take(2));
  }
  u32(): number {
    return this.view.getUint32(this.take(4));
  }
  i32(): number {
    return this.view.getInt32(this.take(4));
  }
  u64(): bigint {
    return this.view.getBigUint64(this.take(8));
  }
  f64(): number {
    return this.view.getFloat64(this.take(8), true);
  }
  /** NUL-terminated UTF-8 text in a field of `size` bytes. */
  text(size: number): string {
    const at = this.take(size);
    let end = at;
    while (end < at + size && this.bytes[end] !== 0) end++;
    return utf8(this.bytes, at, end);
  }
  /** A copy: the body itself is a view of a socket read. */
  slice(size: number): Uint8Array {
    const at = this.take(size);
    const copy = new Uint8Array(size);
    copy.set(this.bytes.subarray(at, at + size));
    return copy;
  }
}

/** Short ASCII is put together here: a call into the engine's decoder costs more. */
export function utf8(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0;
    if (byte > 0x7f || i - start > 64)
      return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
    text += String.fromCharCode(byte);
  }
  return text;
}

function outside(type: string, value: number | bigint): RangeError {
  return new RangeError(`${value} does not fit into ${type}`);
}

const maxU64 = 0xffff_ffff_ffff_ffffn;

/**
 * Growing writer, reused between messages: `reset`, write, `finish` copies the bytes out.
 * A value outside its type is a RangeError, never wrapped: a rate that wraps is a wrong policer.
 */
export class Writer {
  offset = 0;
  private bytes: Buffer;
  private view: DataView;

  constructor(capacity = 256) {
    this.bytes = Buffer.alloc(capacity);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
  }

  reset(): void {
    this.offset = 0;
  }

  /** Room for `size` more bytes; returns where they start. */
  grow(size: number): number {
    const at = this.offset;
    this.offset = at + size;
    if (this.offset > this.bytes.length) {
      const bigger = Buffer.alloc(Math.max(this.offset, this.bytes.length * 2));
      bigger.set(this.bytes.subarray(0, at));
      this.bytes = bigger;
      this.view = new DataView(bigger.buffer, bigger.byteOffset, bigger.byteLength);
    }
    return at;
  }

  u8(value: number): void {
    if ((value & 0xff) !== value) throw outside('u8', value);
    const at = this.grow(1);
    this.view.setUint8(at, value);
  }
  u16(value: number): void {
    if ((value & 0xffff) !== value) throw outside('u16', value);
    const at = this.grow(2);
    this.view.setUint16(at, value);
  }
  u32(value: number): void {
    if (value >>> 0 !== value) throw outside('u32', value);
    const at = this.grow(4);
    this.view.setUint32(at, value);
  }
  i32(value: number): void {
    if ((value | 0) !== value) throw outside('i32', value);
    const at = this.grow(4);
    this.view.setInt32(at, value);
  }
  u64(value: bigint): void {
    if (value < 0n || value > maxU64) throw outside('u64', value);
    const at = this.grow(8);
    this.view.setBigUint64(at, value);
  }
  f64(value: number): void {
    const at = this.grow(8);
    this.view.setFloat64(at, value, true);
  }
  /** `source`, zero-padded to `size`. */
  padded(source: Uint8Array, size: number): void {
    const at = this.grow(size);
    this.bytes.set(source, at);
    this.clear(at + source.length, at + size);
  }
  /** UTF-8 text, NUL-padded to `size`; at least one NUL must fit. */
  text(value: string, size: number): void {
    const length = Buffer.byteLength(value);
    if (length >= size) throw new RangeError(`string of ${length} bytes does not fit into ${size}`);
    const at = this.grow(size);
    if (length > 0) this.bytes.write(value, at, length, 'utf8');
    this.clear(at + length, at + size);
  }
  zeros(size: number): void {
    const at = this.grow(size);
    this.clear(at, at + size);
  }
  /** Overwrites four bytes written earlier: a length known only at the end. */
  patchU32(at: number, value: number): void {
    this.view.setUint32(at, value);
  }
  private clear(start: number, end: number): void {
    if (end - start > 64) this.bytes.fill(0, start, end);
    else for (let i = start; i < end; i++) this.bytes[i] = 0;
  }

  /** Forgets what was written from `offset` on: takes back a message that failed to encode. */
  rewind(offset: number): void {
    this.offset = offset;
  }

  /** The bytes written since `reset`, in a buffer of their own. */
  finish(): Uint8Array {
    const copy = new Uint8Array(this.offset);
    copy.set(this.bytes.subarray(0, this.offset));
    return copy;
  }
}
