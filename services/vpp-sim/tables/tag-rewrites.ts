import { retvals } from '#lib/vpp/retval.js';
import { type Interface, type InterfaceTable, SUB_FLAG } from './interfaces.js';

/** `vtr_op` values. */
const OP = { off: 0, push1: 1, push2: 2, pop1: 3, pop2: 4, translate11: 5, translate12: 6, translate21: 7, last: 8 };
/** Tags that an operation takes off. */
const POPPED = [0, 0, 0, 1, 2, 1, 1, 2, 2];
/** Tags that an operation puts on. */
const PUSHED = [0, 1, 2, 0, 0, 1, 2, 1, 2];

export interface TagRewrite {
  op: number;
  pushDot1q: boolean;
  tag1: number;
  tag2: number;
}

const NONE: TagRewrite = { op: OP.off, pushDot1q: false, tag1: 0, tag2: 0 };

/** VLAN tags popped and pushed on L2 ports, by index: what was set on a port that is not L2 outlives its interface. */
export class TagRewrites {
  private readonly byIndex = new Map<number, TagRewrite>();

  constructor(private readonly interfaces: InterfaceTable) {}

  get(swIfIndex: number): TagRewrite {
    return this.byIndex.get(swIfIndex) ?? NONE;
  }

  /** More tags popped than the interface has is -72, and forgets the tags pushed so far. */
  set(swIfIndex: number, wanted: TagRewrite): number {
    const found = this.interfaces.get(swIfIndex);
    if (!found) return retvals.INVALID_SW_IF_INDEX;
    if (wanted.op > OP.last) return retvals.INVALID_VALUE;
    if ((POPPED[wanted.op] ?? 0) > tagsOf(found)) {
      const { op } = this.get(swIfIndex);
      const isLeft = POPPED[op] !== 0;
      this.byIndex.set(swIfIndex, { ...NONE, op: isLeft ? op : OP.off });
      return retvals.INVALID_VLAN_TAG_COUNT;
    }
    const pushed = PUSHED[wanted.op] ?? 0;
    this.byIndex.set(swIfIndex, {
      op: wanted.op,
      pushDot1q: pushed > 0 && wanted.pushDot1q,
      tag1: pushed > 0 ? wanted.tag1 : 0,
      tag2: pushed > 1 ? wanted.tag2 : 0,
    });
    return 0;
  }

  clear(swIfIndex: number): void {
    this.byIndex.delete(swIfIndex);
  }
}

/** Tags with a value of their own: those that match anything do not count. */
function tagsOf({ sub }: Interface): number {
  if (!sub || sub.flags & SUB_FLAG.outerAny) return 0;
  if (sub.flags & SUB_FLAG.twoTags) return sub.flags & SUB_FLAG.innerAny ? 1 : 2;
  return sub.flags & SUB_FLAG.oneTag ? 1 : 0;
}
