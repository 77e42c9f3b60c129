import {
  entryBytes,
  entryElementAt,
  entryNameAt,
  entryType,
  entryValueAt,
  headerBytes,
  headerWord,
  nameBytes,
  segmentVersion,
  vectorLengthBefore,
} from './layout.js';

/** One value of the segment. Counters are summed over VPP's threads; their position is the index VPP counts by. */
export type StatValue =
  | { readonly kind: 'scalar'; readonly value: bigint }
  | { readonly kind: 'simple'; readonly values: BigUint64Array }
  | { readonly kind: 'combined'; readonly packets: BigUint64Array; readonly bytes: BigUint64Array }
  /** Undefined where the index is not in use. */
  | { readonly kind: 'names'; readonly names: readonly (string | undefined)[] };

export interface DirectoryEntry {
  readonly name: string;
  readonly type: number;
  /** Position in the directory, which itself may move. */
  readonly index: number;
}

/** The segment changed under the reader, or does not follow its layout. */
export class SegmentError extends Error {}

const combinedWords = 2;

/** Bounded reads of a segment; throws SegmentError and nothing else, whatever the bytes say. */
export class Segment {
  private readonly words: BigUint64Array<ArrayBuffer>;
  private readonly view: DataView;
  private readonly bytes: Buffer;

  constructor(buffer: ArrayBuffer) {
    if (buffer.byteLength < headerBytes) throw new SegmentError(`segment of ${buffer.byteLength} bytes`);
    this.words = new BigUint64Array(buffer, 0, Math.floor(buffer.byteLength / 8));
    this.view = new DataView(buffer);
    this.bytes = Buffer.from(buffer);
    const version = this.words[headerWord.version];
    if (version !== segmentVersion) throw new SegmentError(`segment version ${version}, ${segmentVersion} expected`);
  }

  get epoch(): bigint {
    return Atomics.load(this.words, headerWord.epoch);
  }

  get inProgress(): boolean {
    return Atomics.load(this.words, headerWord.inProgress) !== 0n;
  }

  /** Calls back with the position of each entry whose name begins with one of `prefixes`, and which prefix it is. */
  scan(prefixes: readonly Buffer[], found: (index: number, prefix: number) => void): void {
    const { at, length } = this.directory();
    for (let index = 0, nameAt = at + entryNameAt; index < length; index++, nameAt += entryBytes)
      for (const [i, prefix] of prefixes.entries()) if (this.startsWith(nameAt, prefix)) found(index, i);
  }

  /** The entry at a position of the directory; undefined beyond its end. */
  entry(index: number): DirectoryEntry | undefined {
    const { at, length } = this.directory();
    if (index >= length) return undefined;
    const start = at + index * entryBytes;
    return { index, type: this.view.getUint32(start, true), name: this.text(start + entryNameAt, nameBytes) };
  }

  /** Undefined for kinds that carry nothing readable (empty, histogram, ring buffer). */
  value(entry: DirectoryEntry): StatValue | undefined {
    const { at, length } = this.directory();
    if (entry.index >= length) throw new SegmentError(`${entry.name} is beyond the directory`);
    const start = at + entry.index * entryBytes;
    if (entry.type === entryType.symlink) return this.linked(entry.name, start);
    return this.plain(entry.type, this.view.getBigUint64(start + entryValueAt, true));
  }

  /**
   * A combined counter at some of its indexes, in the order given; zero where VPP has not counted. Undefined for other kinds.
   * Costs as many reads as indexes, however long the counter is.
   */
  pick(entry: DirectoryEntry, indexes: readonly number[]): StatValue | undefined {
    const { at, length } = this.directory();
    if (entry.index >= length) throw new SegmentError(`${entry.name} is beyond the directory`);
    const pointer = this.view.getBigUint64(at + entry.index * entryBytes + entryValueAt, true);
    if (entry.type === entryType.simple) return this.pickSimple(pointer, indexes);
    if (entry.type !== entryType.combined) return undefined;
    const packets = new BigUint64Array(indexes.length);
    const bytes = new BigUint64Array(indexes.length);
    for (const thread of this.threads(pointer, combinedWords))
      for (const [i, index] of indexes.entries()) {
        if (index >= thread.length) continue;
        const word = thread.at / 8 + index * combinedWords;
        packets[i] = (packets[i] ?? 0n) + (this.words[word] ?? 0n);
        bytes[i] = (bytes[i] ?? 0n) + (this.words[word + 1] ?? 0n);
      }
    return { kind: 'combined', packets, bytes };
  }

  private pickSimple(pointer: bigint, indexes: readonly number[]): StatValue {
    const values = new BigUint64Array(indexes.length);
    for (const thread of this.threads(pointer, 1))
      for (const [i, index] of indexes.entries())
        if (index < thread.length) values[i] = (values[i] ?? 0n) + (this.words[thread.at / 8 + index] ?? 0n);
    return { kind: 'simple', values };
  }

  private directory(): { at: number; length: number } {
    return this.vector(this.word(headerWord.directory), entryBytes);
  }

  private startsWith(nameAt: number, prefix: Buffer): boolean {
    const { bytes } = this;
    for (let i = prefix.length - 1; i >= 0; i--) if (bytes[nameAt + i] !== prefix[i]) return false;
    return prefix.length <= nameBytes;
  }

  private plain(type: number, value: bigint): StatValue | undefined {
    switch (type) {
      case entryType.scalar:
      case entryType.gauge:
        return { kind: 'scalar', value };
      case entryType.simple:
        return { kind: 'simple', values: this.simple(value) };
      case entryType.combined:
        return this.combined(value);
      case entryType.names:
        return { kind: 'names', names: this.names(value) };
      default:
        return undefined;
    }
  }

  /** One element of another entry: `/interfaces/<name>/<counter>`, `/err/<node>/<text>`. */
  private linked(name: string, link: number): StatValue | undefined {
    const directory = this.directory();
    const index = this.view.getUint32(link + entryValueAt, true);
    const element = this.view.getUint32(link + entryElementAt, true);
    if (index >= directory.length) throw new SegmentError(`${name} links to entry ${index}`);
    const at = directory.at + index * entryBytes;
    const type = this.view.getUint32(at, true);
    const pointer = this.view.getBigUint64(at + entryValueAt, true);
    if (type === entryType.simple) return { kind: 'scalar', value: this.elementSum(pointer, 1, element, 0) };
    if (type !== entryType.combined) return undefined;
    const packets = BigUint64Array.of(this.elementSum(pointer, combinedWords, element, 0));
    return { kind: 'combined', packets, bytes: BigUint64Array.of(this.elementSum(pointer, combinedWords, element, 1)) };
  }

  private elementSum(pointer: bigint, width: number, element: number, word: number): bigint {
    let sum = 0n;
    for (const thread of this.threads(pointer, width))
      if (element < thread.length) sum += this.words[thread.at / 8 + element * width + word] ?? 0n;
    return BigInt.asUintN(64, sum);
  }

  private simple(pointer: bigint): BigUint64Array {
    const threads = this.threads(pointer, 1);
    const sums = new BigUint64Array(Math.max(0, ...threads.map((thread) => thread.length)));
    for (const { at, length } of threads)
      for (let i = 0; i < length; i++) sums[i] = (sums[i] ?? 0n) + (this.words[at / 8 + i] ?? 0n);
    return sums;
  }

  private combined(pointer: bigint): StatValue {
    const threads = this.threads(pointer, combinedWords);
    const length = Math.max(0, ...threads.map((thread) => thread.length));
    const packets = new BigUint64Array(length);
    const bytes = new BigUint64Array(length);
    for (const thread of threads) {
      let word = thread.at / 8;
      for (let i = 0; i < thread.length; i++) {
        packets[i] = (packets[i] ?? 0n) + (this.words[word++] ?? 0n);
        bytes[i] = (bytes[i] ?? 0n) + (this.words[word++] ?? 0n);
      }
    }
    return { kind: 'combined', packets, bytes };
  }

  /** The counter vector of each thread. */
  private threads(pointer: bigint, width: number): { at: number; length: number }[] {
    const { at, length } = this.vector(pointer, 8);
    return Array.from({ length }, (_, i) => this.vector(this.view.getBigUint64(at + i * 8, true), width * 8));
  }

  private names(pointer: bigint): (string | undefined)[] {
    const { at, length } = this.vector(pointer, 8);
    return Array.from({ length }, (_, i) => {
      const name = this.view.getBigUint64(at + i * 8, true);
      if (name === 0n) return undefined;
      const text = this.vector(name, 1);
      return this.text(text.at, text.length);
    });
  }

  /** Where a vector's elements are; a null pointer is an empty vector. */
  private vector(pointer: bigint, elementBytes: number): { at: number; length: number } {
    if (pointer === 0n) return { at: 0, length: 0 };
    const at = Number(pointer - this.word(headerWord.base));
    const size = this.view.byteLength;
    if (!(at >= headerBytes + vectorLengthBefore && at <= size)) throw new SegmentError(`pointer outside: ${pointer}`);
    const length = this.view.getUint32(at - vectorLengthBefore, true);
    if (length * elementBytes > size - at) throw new SegmentError(`vector of ${length} elements at ${at}`);
    if (elementBytes >= 8 && at % 8 !== 0) throw new SegmentError(`vector at ${at} is not aligned`);
    return { at, length };
  }

  private word(index: number): bigint {
    return Atomics.load(this.words, index);
  }

  private text(at: number, size: number): string {
    const end = this.bytes.subarray(at, at + size).indexOf(0);
    return this.bytes.toString('utf8', at, end < 0 ? at + size : at + end);
  }
}
