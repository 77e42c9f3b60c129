import type { Infer } from '#lib/vpp/message.js';
import type { policerAdd } from '#lib/vpp/messages/policer.js';
import { retvals } from '#lib/vpp/retval.js';
import { IndexPool } from './index-pool.js';
import type { InterfaceTable } from './interfaces.js';
import { TokenBucket } from './token-bucket.js';

export type PolicerConfig = Infer<typeof policerAdd.request>['infos'];

export interface Policer {
  readonly index: number;
  readonly name: string;
  config: PolicerConfig;
  bucket: TokenBucket;
}

export interface PolicerCount {
  packets: number;
  bytes: number;
}
export type PolicerColour = 'conform' | 'exceed' | 'violate';
export type PolicerCounts = Record<PolicerColour, PolicerCount>;
export type Direction = 'input' | 'output';

interface Attachment {
  /** The policer that the interface remembers; stays a freed index after `policer_del`. */
  policer: number | undefined;
  /** How often the feature is on the arc: each packet is charged as often. */
  applied: number;
}

/** Policers and where they sit. Applying twice charges twice; deleting one in use leaves its index behind. */
export class PolicerTable {
  private readonly byIndex = new Map<number, Policer>();
  private readonly byName = new Map<string, Policer>();
  private readonly counts = new Map<number, PolicerCounts>();
  private readonly attached: Record<Direction, Map<number, Attachment>> = { input: new Map(), output: new Map() };
  private readonly pool = new IndexPool();

  constructor(
    private readonly interfaces: InterfaceTable,
    private readonly nowMs: () => number,
  ) {
    interfaces.onDelete((swIfIndex) => {
      this.attached.input.delete(swIfIndex);
      this.attached.output.delete(swIfIndex);
    });
  }

  add(name: string, config: PolicerConfig): { retval: number; index: number } {
    if (this.byName.has(name)) return { retval: retvals.VALUE_EXIST, index: NONE };
    if (!isValid(config)) return { retval: retvals.INVALID_VALUE, index: NONE };
    const added: Policer = { index: this.pool.allocate(), name, config, bucket: this.bucketFor(config) };
    this.byIndex.set(added.index, added);
    this.byName.set(name, added);
    this.counts.set(added.index, zeroCounts());
    return { retval: 0, index: added.index };
  }

  /** In place; the counters start again from zero, as VPP's do. */
  update(index: number, config: PolicerConfig): number {
    const found = this.byIndex.get(index);
    if (!found) return retvals.NO_SUCH_ENTRY;
    if (!isValid(config)) return retvals.INVALID_VALUE;
    found.config = config;
    found.bucket = this.bucketFor(config);
    this.counts.set(index, zeroCounts());
    return 0;
  }

  reset(index: number): number {
    const found = this.byIndex.get(index);
    if (!found) return retvals.NO_SUCH_ENTRY;
    found.bucket = this.bucketFor(found.config);
    return 0;
  }

  remove(index: number): number {
    const found = this.byIndex.get(index);
    if (!found) return retvals.NO_SUCH_ENTRY;
    this.byIndex.delete(index);
    this.byName.delete(found.name);
    this.pool.release(index);
    return 0;
  }

  apply(direction: Direction, index: number, swIfIndex: number, apply: boolean): number {
    if (!this.interfaces.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    if (!this.byIndex.has(index)) return retvals.NO_SUCH_ENTRY;
    const entry = this.attached[direction].get(swIfIndex) ?? { policer: undefined, applied: 0 };
    entry.policer = apply ? index : undefined;
    entry.applied = Math.max(0, entry.applied + (apply ? 1 : -1));
    this.attached[direction].set(swIfIndex, entry);
    return 0;
  }

  /** How often the feature is on the interface's arc. */
  applied(direction: Direction, swIfIndex: number): number {
    return this.attached[direction].get(swIfIndex)?.applied ?? 0;
  }

  list(index?: number): Policer[] {
    if (index !== undefined) return [this.byIndex.get(index)].filter((found) => found !== undefined);
    return [...this.byIndex.values()].sort((a, b) => a.index - b.index);
  }

  countsOf(index: number): PolicerCounts | undefined {
    return this.counts.get(index);
  }

  /** Every index that ever counted, for the statistics. */
  allCounts(): ReadonlyMap<number, PolicerCounts> {
    return this.counts;
  }

  /** Charges a frame of `bytes`; true when it may pass. */
  police(direction: Direction, swIfIndex: number, bytes: number): boolean {
    const entry = this.attached[direction].get(swIfIndex);
    const policer = entry?.policer === undefined ? undefined : this.byIndex.get(entry.policer);
    if (!entry || !policer) return true;
    let passes = true;
    for (let turn = 0; turn < entry.applied && passes; turn++) passes = this.charge(policer, bytes);
    return passes;
  }

  /** The same for a policer that a classifier named; one that is gone lets pass. */
  policeBy(index: number, bytes: number): boolean {
    const policer = this.byIndex.get(index);
    return policer === undefined || this.charge(policer, bytes);
  }

  private charge(policer: Policer, bytes: number): boolean {
    const colour: PolicerColour = policer.bucket.take(bytes, this.nowMs());
    const count = this.counts.get(policer.index)?.[colour];
    if (count) {
      count.packets++;
      count.bytes += bytes;
    }
    return policer.config[`${colour}_action`].type !== ACTION_DROP;
  }

  private bucketFor(config: PolicerConfig): TokenBucket {
    return new TokenBucket(config, this.nowMs());
  }
}

const NONE = 0xffffffff;
const ACTION_DROP = 0;
const RFC2698 = 2;
const RFC4115 = 3;
const MEF5CF1 = 4;

const zeroCounts = (): PolicerCounts => ({
  conform: { packets: 0, bytes: 0 },
  exceed: { packets: 0, bytes: 0 },
  violate: { packets: 0, bytes: 0 },
});

function isValid(config: PolicerConfig): boolean {
  if (config.rate_type > 1 || config.round_type > 2 || config.type > MEF5CF1) return false;
  if (config.cir === 0 || config.cb === 0n) return false;
  if (config.type === RFC2698 && (config.eir < config.cir || config.eb === 0n)) return false;
  if (config.type === RFC4115 && config.eir === 0 && config.eb !== 0n) return false;
  return !(config.type === MEF5CF1 && config.color_aware);
}
