import { BngError } from '#lib/kernel/errors.js';
import {
  aclMatches,
  aclPattern,
  type Count,
  countAt,
  type PolicerCounters,
  policerCounters,
  policerPatterns,
  simpleAt,
} from '#lib/vpp/stats/counters.js';
import { type Snapshot, StatsReader } from '#lib/vpp/stats/reader.js';

/** Octets and packets of an interface since VPP made it. */
export interface InterfaceCount {
  readonly rx: Count;
  readonly tx: Count;
  /** Packets that came in, by family. */
  readonly ip4Packets: bigint;
  readonly ip6Packets: bigint;
}

/** VPP's statistics segment, mapped anew for each life of VPP. */
export class VppStats {
  private reader: StatsReader | undefined;

  constructor(private readonly socketPath: string) {}

  /** Maps the segment of the VPP that runs now; returns its boot time in Unix seconds, when it tells one. */
  async reopen(): Promise<number | undefined> {
    this.close();
    this.reader = await StatsReader.open(this.socketPath);
    const snapshot = await this.reader.snapshot(['/sys/boottime']);
    const value = snapshot.ok ? snapshot.value.get('/sys/boottime') : undefined;
    return value?.kind === 'scalar' ? Number(value.value) : undefined;
  }

  /** Size of the segment; undefined while none is open. */
  get segmentBytes(): number | undefined {
    return this.reader?.sizeBytes;
  }

  /** What is free of VPP's main heap, in bytes, as VPP counts every 10 s; undefined when it cannot be read or was not counted yet. */
  get heapFreeBytes(): number | undefined {
    return this.scalar('/mem/main heap/free') || undefined;
  }

  /** Threads beside the main one. */
  get workers(): number {
    return this.scalar('/sys/num_worker_threads') ?? 0;
  }

  private scalar(name: string): number | undefined {
    const snapshot = this.reader?.trySnapshot([name]);
    const value = snapshot?.ok ? snapshot.value.get(name) : undefined;
    return value?.kind === 'scalar' ? Number(value.value) : undefined;
  }

  /**
   * Counters of interfaces, in the order of their sw_if_index given, of one moment. The names are not looked at, so an index that VPP
   * does not use now has what was counted last. Throws `unavailable` when the segment cannot be read.
   */
  async interfaces(swIfIndexes: readonly number[]): Promise<InterfaceCount[]> {
    const snapshot = await this.snapshot(['/if/rx', '/if/tx', '/if/ip4', '/if/ip6'], swIfIndexes);
    const [rx, tx] = [snapshot.get('/if/rx'), snapshot.get('/if/tx')];
    const [ip4, ip6] = [snapshot.get('/if/ip4'), snapshot.get('/if/ip6')];
    return swIfIndexes.map((_, i) => ({
      rx: countAt(rx, i),
      tx: countAt(tx, i),
      ip4Packets: simpleAt(ip4, i),
      ip6Packets: simpleAt(ip6, i),
    }));
  }

  /** What each rule of these ACLs matched, by their `acl_index`. Throws `unavailable` when the segment cannot be read. */
  async aclMatches(indexes: readonly number[]): Promise<Count[][]> {
    const snapshot = await this.snapshot(indexes.map(aclPattern));
    return indexes.map((index) => aclMatches(snapshot, index));
  }

  private async snapshot(patterns: readonly string[], indexes?: readonly number[]): Promise<Snapshot> {
    if (!this.reader) throw new BngError('unavailable', 'the statistics of VPP are not open');
    const snapshot = await this.reader.snapshot(patterns, indexes);
    if (!snapshot.ok) throw new BngError('unavailable', `the statistics of VPP: ${snapshot.error}`);
    return snapshot.value;
  }

  /** Counters of a policer by its index, of one moment. Throws `unavailable` when the segment cannot be read. */
  async policers(): Promise<(index: number) => PolicerCounters> {
    const snapshot = await this.snapshot(policerPatterns);
    return (index) => policerCounters(snapshot, index);
  }

  close(): void {
    this.reader?.close();
    this.reader = undefined;
  }
}
