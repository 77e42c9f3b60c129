import type { Infer } from '#lib/vpp/message.js';
import type { aclAddReplace, macipAclAddReplace } from '#lib/vpp/messages/acl.js';
import { retvals } from '#lib/vpp/retval.js';
import type { Count } from './counters.js';
import { IndexPool } from './index-pool.js';
import type { InterfaceTable } from './interfaces.js';
import { isIp6, maskPrefix } from './prefix.js';

export type AclRule = Infer<typeof aclAddReplace.request>['r'][number];
export type MacipRule = Infer<typeof macipAclAddReplace.request>['r'][number];

export interface Acl<R> {
  readonly index: number;
  tag: string;
  rules: R[];
}

export interface AclLists {
  input: number[];
  output: number[];
}

/** `/acl/<index>/matches`: one counter a rule and one more, as VPP keeps them; they stay when the list goes. */
export class AclMatches {
  /** `acl_stats_intf_counters_enable`. */
  enabled = false;
  private readonly counts = new Map<number, Count[]>();
  private readonly changed = new Set<number>();

  /** A list was made or replaced: it counts from zero, and never on fewer counters than before. */
  reset(index: number, rules: number): void {
    const length = Math.max(rules + 1, this.counts.get(index)?.length ?? 0);
    this.counts.set(
      index,
      Array.from({ length }, () => ({ packets: 0, bytes: 0 })),
    );
    this.changed.add(index);
  }

  count(index: number, rule: number, bytes: number): void {
    const count = this.counts.get(index)?.[rule];
    if (!this.enabled || !count) return;
    count.packets++;
    count.bytes += bytes;
    this.changed.add(index);
  }

  /** The counters of lists that changed since the last call. */
  takeChanged(): (readonly [index: number, counts: readonly Count[]])[] {
    const changed = [...this.changed].map((index) => [index, this.counts.get(index) ?? []] as const);
    this.changed.clear();
    return changed;
  }
}

/** Lists of rules by index, and which of them sit on which interface. */
export class AclTable {
  readonly matches = new AclMatches();
  private readonly acls = new Map<number, Acl<AclRule>>();
  private readonly lists = new Map<number, AclLists>();
  private readonly pool = new IndexPool();

  constructor(private readonly interfaces: InterfaceTable) {
    interfaces.onDelete((swIfIndex) => this.lists.delete(swIfIndex));
  }

  /** `index` undefined makes a new list. */
  addReplace(index: number | undefined, tag: string, rules: AclRule[]): { retval: number; index: number } {
    const wrong = rules.map(ruleError).find((retval) => retval !== 0);
    if (wrong !== undefined) return { retval: wrong, index: index ?? NONE };
    if (index === undefined) {
      const added = { index: this.pool.allocate(), tag, rules };
      this.acls.set(added.index, added);
      this.matches.reset(added.index, rules.length);
      return { retval: 0, index: added.index };
    }
    const found = this.acls.get(index);
    if (!found) return { retval: retvals.NO_SUCH_ENTRY, index };
    found.tag = tag;
    found.rules = rules;
    this.matches.reset(index, rules.length);
    return { retval: 0, index };
  }

  /** `isLookedUp`: another feature matches with the list. */
  remove(index: number, isLookedUp = false): number {
    if (!this.acls.has(index)) return retvals.NO_SUCH_ENTRY;
    for (const { input } of this.lists.values()) if (input.includes(index)) return retvals.ACL_IN_USE_INBOUND;
    for (const { output } of this.lists.values()) if (output.includes(index)) return retvals.ACL_IN_USE_OUTBOUND;
    if (isLookedUp) return retvals.ACL_IN_USE_BY_LOOKUP_CONTEXT;
    this.acls.delete(index);
    this.pool.release(index);
    return 0;
  }

  list(index?: number): Acl<AclRule>[] {
    if (index !== undefined) return [this.acls.get(index)].filter((found) => found !== undefined);
    return [...this.acls.values()].sort((a, b) => a.index - b.index);
  }

  /**
   * Unknown lists change nothing (-6). A duplicate is +1, found per direction, output first: with the duplicate on
   * input the output list has already changed.
   */
  setLists(swIfIndex: number, wanted: AclLists): number {
    if (!this.interfaces.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    if ([...wanted.input, ...wanted.output].some((index) => !this.acls.has(index))) return retvals.NO_SUCH_ENTRY;
    const lists = this.listsOf(swIfIndex);
    this.lists.set(swIfIndex, lists);
    for (const direction of ['output', 'input'] as const) {
      if (new Set(wanted[direction]).size !== wanted[direction].length) return DUPLICATE;
      lists[direction] = wanted[direction];
    }
    return 0;
  }

  listsOf(swIfIndex: number): AclLists {
    return this.lists.get(swIfIndex) ?? { input: [], output: [] };
  }
}

/** MAC and source address filters, at most one per interface. Deleting one in use leaves "no list" on the interface. */
export class MacipTable {
  private readonly acls = new Map<number, Acl<MacipRule>>();
  private readonly applied = new Map<number, number>();
  private readonly pool = new IndexPool();

  constructor(
    private readonly interfaces: InterfaceTable,
    private readonly crash: (reason: string) => never,
  ) {
    interfaces.onDelete((swIfIndex) => this.applied.delete(swIfIndex));
  }

  addReplace(index: number | undefined, tag: string, rules: MacipRule[]): { retval: number; index: number } {
    if (rules.length >= CRASHING_RULES) this.crash(`macip_acl_add_replace with ${rules.length} rules`);
    if (rules.some(({ src_prefix }) => maskPrefix(src_prefix) !== src_prefix))
      return { retval: retvals.INVALID_SRC_ADDRESS, index: index ?? NONE };
    if (index === undefined) {
      const added = { index: this.pool.allocate(), tag, rules };
      this.acls.set(added.index, added);
      return { retval: 0, index: added.index };
    }
    const found = this.acls.get(index);
    if (!found) return { retval: retvals.NO_SUCH_ENTRY, index };
    Object.assign(found, { tag, rules });
    return { retval: 0, index };
  }

  remove(index: number): number {
    if (!this.acls.delete(index)) return retvals.NO_SUCH_ENTRY;
    for (const [swIfIndex, used] of this.applied) if (used === index) this.applied.set(swIfIndex, NONE);
    this.pool.release(index);
    return 0;
  }

  apply(swIfIndex: number, index: number, isAdd: boolean): number {
    if (!this.interfaces.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    if (!isAdd) {
      if ((this.applied.get(swIfIndex) ?? NONE) === NONE) return retvals.NO_SUCH_ENTRY;
      this.applied.set(swIfIndex, NONE);
      return 0;
    }
    if (!this.acls.has(index)) return retvals.NO_SUCH_ENTRY;
    this.applied.set(swIfIndex, index);
    return 0;
  }

  list(index?: number): Acl<MacipRule>[] {
    if (index !== undefined) return [this.acls.get(index)].filter((found) => found !== undefined);
    return [...this.acls.values()].sort((a, b) => a.index - b.index);
  }

  appliedTo(swIfIndex: number): number | undefined {
    return this.applied.get(swIfIndex);
  }
}

const NONE = 0xffffffff;
const DUPLICATE = 1;
/** VPP 26.06 aborts from here on: its classifier table is of fixed size. */
const CRASHING_RULES = 3500;

function ruleError(rule: AclRule): number {
  if (maskPrefix(rule.src_prefix) !== rule.src_prefix) return retvals.INVALID_SRC_ADDRESS;
  if (maskPrefix(rule.dst_prefix) !== rule.dst_prefix) return retvals.INVALID_DST_ADDRESS;
  if (isIp6(rule.src_prefix) !== isIp6(rule.dst_prefix)) return retvals.INVALID_SRC_ADDRESS;
  if (rule.srcport_or_icmptype_first > rule.srcport_or_icmptype_last) return retvals.INVALID_VALUE_2;
  if (rule.dstport_or_icmpcode_first > rule.dstport_or_icmpcode_last) return retvals.INVALID_VALUE_2;
  return 0;
}
