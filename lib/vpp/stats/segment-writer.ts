import { closeSync } from 'node:fs';
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
import { Libc, type Mapping } from './libc.js';

type Counter = bigint | number;
export interface CombinedCount {
  readonly packets: Counter;
  readonly bytes: Counter;
}

/** Where an entry is, and the vector its counters are in. */
interface Slot {
  readonly index: number;
  readonly type: number;
  /** Offset of the counters; 0 for a scalar. */
  data: number;
  length: number;
  names: readonly (string | undefined)[];
}

/** Any address does: readers subtract it again. */
const base = 0x7e00_0000_0000n;
const smallestBlock = 32;

/**
 * Writes a statistics segment as VPP lays it out, for readers that map it: the simulator's side.
 * New values of an unchanged shape go in place; whatever moves memory or the directory moves the epoch.
 */
export class SegmentWriter {
  private readonly words: BigUint64Array<ArrayBuffer>;
  private readonly view: DataView;
  private readonly bytes: Buffer;
  private readonly slots = new Map<string, Slot>();
  private readonly free = new Map<number, number[]>();
  private top = Math.ceil(headerBytes / smallestBlock) * smallestBlock;
  private directory = 0;
  private directoryCapacity = 0;
  private changing = 0;

  private constructor(
    /** The shared memory: what a reader has to be given. */
    readonly fd: number,
    private readonly mapping: Mapping,
  ) {
    this.words = new BigUint64Array(mapping.buffer);
    this.view = new DataView(mapping.buffer);
    this.bytes = Buffer.from(mapping.buffer);
    this.words[headerWord.version] = segmentVersion;
    this.words[headerWord.base] = base;
    this.change(() => this.growDirectory(64));
  }

  static create(sizeBytes: number): SegmentWriter {
    const libc = new Libc();
    const size = Math.ceil(sizeBytes / 4096) * 4096;
    const fd = libc.sharedMemory('stat segment', size);
    return new SegmentWriter(fd, libc.map(fd, size, 'write'));
  }

  get epoch(): bigint {
    return Atomics.load(this.words, headerWord.epoch);
  }

  /** Several changes under one step of the epoch. */
  change(run: () => void): void {
    if (this.changing++ === 0) Atomics.store(this.words, headerWord.inProgress, 1n);
    try {
      run();
    } finally {
      if (--this.changing === 0) {
        Atomics.add(this.words, headerWord.epoch, 1n);
        Atomics.store(this.words, headerWord.inProgress, 0n);
      }
    }
  }

  setScalar(name: string, value: Counter): void {
    const slot = this.slot(name, entryType.scalar);
    this.view.setBigUint64(this.entryAt(slot.index) + entryValueAt, BigInt(value), true);
  }

  /** One counter per index. */
  setSimple(name: string, values: ArrayLike<Counter>): void {
    const slot = this.counters(name, entryType.simple, values.length, 1);
    for (let i = 0; i < values.length; i++) this.words[slot.data / 8 + i] = BigInt(values[i] ?? 0);
  }

  /** Packets and bytes per index. */
  setCombined(name: string, values: ArrayLike<CombinedCount>): void {
    const slot = this.counters(name, entryType.combined, values.length, 2);
    for (let i = 0; i < values.length; i++) {
      this.words[slot.data / 8 + 2 * i] = BigInt(values[i]?.packets ?? 0);
      this.words[slot.data / 8 + 2 * i + 1] = BigInt(values[i]?.bytes ?? 0);
    }
  }

  /** One name per index, undefined where none is in use. */
  setNames(name: string, names: readonly (string | undefined)[]): void {
    const slot = this.slot(name, entryType.names);
    if (slot.length === names.length && slot.data !== 0 && names.every((text, i) => text === slot.names[i])) return;
    this.change(() => this.replaceNames(slot, names));
  }

  /** `name` stands for one element of another entry, which must exist. */
  setSymlink(name: string, target: string, element: number): void {
    const to = this.slots.get(target);
    if (!to) throw new RangeError(`no entry ${target} to link to`);
    const at = this.entryAt(this.slot(name, entryType.symlink).index);
    this.view.setUint32(at + entryValueAt, to.index, true);
    this.view.setUint32(at + entryElementAt, element, true);
  }

  close(): void {
    this.mapping.unmap();
    closeSync(this.fd);
  }

  private slot(name: string, type: number): Slot {
    const known = this.slots.get(name);
    if (known?.type === type) return known;
    if (known) throw new RangeError(`${name} is of type ${known.type}, not ${type}`);
    if (Buffer.byteLength(name) >= nameBytes) throw new RangeError(`${name} is longer than ${nameBytes - 1} bytes`);
    const slot: Slot = { index: this.slots.size, type, data: 0, length: 0, names: [] };
    this.change(() => this.addEntry(slot, name));
    return slot;
  }

  private addEntry(slot: Slot, name: string): void {
    if (slot.index === this.directoryCapacity) this.growDirectory(this.directoryCapacity * 2);
    const at = this.entryAt(slot.index);
    this.bytes.fill(0, at, at + entryBytes);
    this.view.setUint32(at, slot.type, true);
    this.bytes.write(name, at + entryNameAt);
    this.slots.set(name, slot);
    this.view.setUint32(this.directory - vectorLengthBefore, this.slots.size, true);
  }

  private growDirectory(capacity: number): void {
    const old = this.directory;
    const used = this.slots.size;
    this.directory = this.allocate(used, capacity * entryBytes);
    this.directoryCapacity = capacity;
    if (old !== 0) {
      this.bytes.copy(this.bytes, this.directory, old, old + used * entryBytes);
      this.release(old, used * entryBytes);
    }
    this.words[headerWord.directory] = base + BigInt(this.directory);
  }

  private counters(name: string, type: number, length: number, width: number): Slot {
    const slot = this.slot(name, type);
    if (slot.data === 0 || slot.length !== length) this.change(() => this.resize(slot, length, width));
    return slot;
  }

  private resize(slot: Slot, length: number, width: number): void {
    const threads = slot.data === 0 ? this.allocate(1, 8) : this.threadsOf(slot);
    if (slot.data !== 0) this.release(slot.data, slot.length * width * 8);
    slot.data = this.allocate(length, length * width * 8);
    slot.length = length;
    this.point(threads, slot.data);
    this.point(this.entryAt(slot.index) + entryValueAt, threads);
  }

  private threadsOf(slot: Slot): number {
    return Number(this.view.getBigUint64(this.entryAt(slot.index) + entryValueAt, true) - base);
  }

  private replaceNames(slot: Slot, names: readonly (string | undefined)[]): void {
    if (slot.data !== 0) this.releaseNames(slot);
    slot.data = this.allocate(names.length, names.length * 8);
    slot.length = names.length;
    slot.names = [...names];
    for (const [i, name] of names.entries())
      if (name !== undefined) this.point(slot.data + i * 8, this.textBlock(name));
    this.point(this.entryAt(slot.index) + entryValueAt, slot.data);
  }

  private releaseNames(slot: Slot): void {
    for (const [i, name] of slot.names.entries()) {
      const at = Number(this.view.getBigUint64(slot.data + i * 8, true) - base);
      if (name !== undefined) this.release(at, Buffer.byteLength(name) + 1);
    }
    this.release(slot.data, slot.length * 8);
  }

  private textBlock(text: string): number {
    const size = Buffer.byteLength(text) + 1;
    const at = this.allocate(size, size);
    this.bytes.write(text, at);
    return at;
  }

  private point(at: number, target: number): void {
    this.view.setBigUint64(at, base + BigInt(target), true);
  }

  private entryAt(index: number): number {
    return this.directory + index * entryBytes;
  }

  /** A zeroed vector of `length` elements in room for `size` bytes; returns where the elements begin. */
  private allocate(length: number, size: number): number {
    const block = blockSize(size);
    const at = this.free.get(block)?.pop() ?? this.top;
    if (at === this.top) {
      if (at + block > this.view.byteLength) throw new RangeError('the statistics segment is full');
      this.top += block;
    }
    this.bytes.fill(0, at, at + block);
    this.view.setUint32(at + vectorHeaderBytes - vectorLengthBefore, length, true);
    return at + vectorHeaderBytes;
  }

  private release(at: number, size: number): void {
    const block = blockSize(size);
    const blocks = this.free.get(block) ?? [];
    this.free.set(block, blocks);
    blocks.push(at - vectorHeaderBytes);
  }
}

const vectorHeaderBytes = 8;

/** Powers of two, so that what is released fits what is asked for later. */
function blockSize(size: number): number {
  let block = smallestBlock;
  while (block < size + vectorHeaderBytes) block *= 2;
  return block;
}
