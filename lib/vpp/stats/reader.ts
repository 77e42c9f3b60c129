import { closeSync, fstatSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Libc, type Mapping } from './libc.js';
import { type DirectoryEntry, Segment, SegmentError, type StatValue } from './segment.js';

export type Snapshot = ReadonlyMap<string, StatValue>;
export type SnapshotResult = { ok: true; value: Snapshot } | { ok: false; error: string };

const pollMs = 2;
const connectTimeoutMs = 3000;
/** Thousands of interfaces made in one go leave hardly a gap to read in; after so long the segment is dead or damaged. */
const settleTimeoutMs = 3000;
const attemptsAtOnce = 3;

/**
 * Reads VPP's statistics segment from shared memory: no call into VPP, no process forked.
 * A mapping outlives the VPP that made it and then never changes again: open a new reader after each restart of VPP.
 */
export class StatsReader {
  private directory = new Map<string, DirectoryEntry[]>();
  private directoryEpoch = -1n;
  private closed = false;

  private constructor(
    private readonly mapping: Mapping,
    private readonly segment: Segment,
  ) {}

  /** Asks for the segment's descriptor at VPP's `statseg { socket-name }` and maps it; rejects when nobody answers. */
  static async open(socketPath: string): Promise<StatsReader> {
    const libc = new Libc();
    const fd = await receiveSegment(libc, socketPath);
    try {
      const mapping = libc.map(fd, fstatSync(fd).size, 'read');
      return new StatsReader(mapping, new Segment(mapping.buffer));
    } finally {
      closeSync(fd);
    }
  }

  /** Size of the segment: `statseg { size }`. */
  get sizeBytes(): number {
    return this.mapping.buffer.byteLength;
  }

  /**
   * All values whose names match, of one moment of the directory. A pattern is a full name, or a prefix ending in `*`:
   * `/if/rx`, `/err/*`. Names that VPP does not have are absent. Waits while VPP rearranges its directory.
   * With `indexes` only counters are read, and of each these positions alone, in this order.
   */
  async snapshot(patterns: readonly string[], indexes?: readonly number[]): Promise<SnapshotResult> {
    const deadline = performance.now() + settleTimeoutMs;
    for (;;) {
      const result = this.trySnapshot(patterns, indexes);
      if (result.ok || performance.now() > deadline) return result;
      await sleep(1);
    }
  }

  /** As `snapshot`, without waiting. */
  trySnapshot(patterns: readonly string[], indexes?: readonly number[]): SnapshotResult {
    let error = 'the segment is being rearranged';
    for (let attempt = 0; attempt < attemptsAtOnce && !this.closed; attempt++) {
      try {
        const value = this.attempt(patterns, indexes);
        if (value) return { ok: true, value };
      } catch (thrown) {
        if (!(thrown instanceof SegmentError)) throw thrown;
        error = thrown.message;
      }
    }
    return { ok: false, error: this.closed ? 'the reader is closed' : error };
  }

  /** Unmaps the segment. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.mapping.unmap();
  }

  /** One optimistic read: undefined when the epoch moved meanwhile. */
  private attempt(patterns: readonly string[], indexes: readonly number[] | undefined): Snapshot | undefined {
    const { segment } = this;
    const epoch = segment.epoch;
    if (segment.inProgress) return undefined;
    if (epoch !== this.directoryEpoch) this.forgetMoved();
    this.lookUp(patterns.filter((pattern) => !this.directory.has(pattern)));
    this.directoryEpoch = epoch;
    const snapshot = new Map<string, StatValue>();
    for (const pattern of patterns)
      for (const entry of this.directory.get(pattern) ?? []) {
        const value = indexes ? segment.pick(entry, indexes) : segment.value(entry);
        if (value) snapshot.set(entry.name, value);
      }
    if (segment.epoch === epoch && !segment.inProgress) return snapshot;
    this.directoryEpoch = -1n;
    return undefined;
  }

  /** After a new epoch: full names that are still where they were need no new look through the directory. */
  private forgetMoved(): void {
    for (const [pattern, [entry]] of this.directory) {
      const now = entry && !pattern.endsWith('*') ? this.segment.entry(entry.index) : undefined;
      if (now === undefined || now.name !== pattern || now.type !== entry?.type) this.directory.delete(pattern);
    }
  }

  private lookUp(patterns: readonly string[]): void {
    if (patterns.length === 0) return;
    const prefixes = patterns.map((pattern) =>
      Buffer.from(pattern.endsWith('*') ? pattern.slice(0, -1) : `${pattern}\0`),
    );
    const found: DirectoryEntry[][] = patterns.map(() => []);
    this.segment.scan(prefixes, (index, which) => {
      const entry = this.segment.entry(index);
      if (entry) found[which]?.push(entry);
    });
    for (const [i, pattern] of patterns.entries()) this.directory.set(pattern, found[i] ?? []);
  }
}

async function receiveSegment(libc: Libc, path: string): Promise<number> {
  const socket = libc.connectSeqpacket(path);
  try {
    for (const deadline = performance.now() + connectTimeoutMs; performance.now() < deadline; ) {
      const fd = libc.receiveFd(socket);
      if (fd !== undefined) return fd;
      await sleep(pollMs);
    }
    throw new Error(`${path}: no statistics segment offered in ${connectTimeoutMs} ms`);
  } finally {
    closeSync(socket);
  }
}
