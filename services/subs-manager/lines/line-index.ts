import type { Line } from '#gen/bng/v1/common.js';
import type { LineEvent } from '#gen/bng/v1/configd.js';

/** A line as VPP numbers it now. */
export interface FoundLine {
  line: Line;
  /** False while configd is away: the numbers were right when it was last heard. Good for known sessions only. */
  fresh: boolean;
}

const sameLine = (a: Line, b: Line): boolean =>
  a.parent === b.parent &&
  a.outerVlan === b.outerVlan &&
  a.innerVlan === b.innerVlan &&
  a.vrf === b.vrf &&
  a.gateways.join() === b.gateways.join();

/**
 * Interface index of VPP to line, fed by configd. An index is valid within one generation (life of VPP) only:
 * the first event of another generation voids all that was known, and what is unknown stays unknown.
 */
export class LineIndex {
  private live = new Map<number, Line>();
  private snapshot: Map<number, Line> | undefined;
  private generation: bigint | undefined;
  private own = new Set<string>();
  /** By name, over generations. */
  private known = new Map<string, Line>();
  private fresh = false;

  get size(): number {
    return this.live.size;
  }

  lookup(swIfIndex: number): FoundLine | undefined {
    const line = this.live.get(swIfIndex);
    return line === undefined ? undefined : { line, fresh: this.fresh };
  }

  /** True for an address that a line uses itself. */
  isGateway(ipv4: string): boolean {
    return this.own.has(ipv4);
  }

  /**
   * Whether a line is new, or another than it was: its index and the port's MAC address aside, which are others in each life of VPP. Sessions on lines that
   * are as they were are put back by configd itself.
   */
  isNews(line: Line): boolean {
    const before = this.known.get(line.name);
    return before === undefined || !sameLine(before, line);
  }

  /** A new stream begins: it starts with all lines. What was known holds until they are complete. */
  begin(): void {
    this.snapshot = new Map();
  }

  /** The stream broke. */
  lost(): void {
    this.fresh = false;
    this.snapshot = undefined;
  }

  /** Takes one event; true when it completes a snapshot. */
  apply({ generation, event }: LineEvent): boolean {
    if (generation !== this.generation) {
      this.generation = generation;
      this.live = new Map();
      this.snapshot = new Map();
      this.fresh = false;
    }
    const lines = this.snapshot ?? this.live;
    switch (event?.$case) {
      case 'upsert':
        lines.set(event.value.swIfIndex, event.value);
        this.known.set(event.value.name, event.value);
        for (const gateway of event.value.gateways) this.own.add(gateway);
        return false;
      case 'remove':
        this.known.delete(lines.get(event.value)?.name ?? '');
        lines.delete(event.value);
        return false;
      case 'snapshotDone':
        return this.complete(lines);
      default:
        return false;
    }
  }

  private complete(lines: Map<number, Line>): boolean {
    this.live = lines;
    this.snapshot = undefined;
    this.fresh = true;
    this.own = new Set([...lines.values()].flatMap((line) => line.gateways));
    this.known = new Map([...lines.values()].map((line) => [line.name, line]));
    return true;
  }
}
