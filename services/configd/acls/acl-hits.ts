import { BngError } from '#lib/kernel/errors.js';
import type { Count } from '#lib/vpp/stats/counters.js';
import { ruleText } from '../diff/rule-text.js';
import type { Recorded } from '../reconcile/recorded.js';
import type { AclHandle, AclSpec } from '../resources/acl.js';
import { aclCountersKey } from '../resources/acl-counters.js';
import type { AclListSpec } from '../resources/acl-list.js';
import { nameOf, pbrAclPrefix } from '../resources/names.js';
import type { VppStats } from '../vpp-stats.js';
import type { WrittenRule } from './written-rules.js';

/** The record of what VPP holds, as far as ACLs are concerned. */
export interface AclSource {
  keys(): Iterable<string>;
  get(key: string): Recorded | undefined;
  dependents(key: string): ReadonlySet<string>;
}

/** A list as a whole. */
export interface AclSummary {
  readonly name: string;
  /** As written; of lists of our own as VPP has them. */
  readonly rules: number;
  /** Interfaces that it stands on. */
  readonly in: number;
  readonly out: number;
  /** What its rules matched since it was last changed: of a reflecting rule the first packet of each flow only. */
  readonly packets: bigint;
  readonly bytes: bigint;
}

/** A rule and what it matched. */
export interface RuleHits extends Count {
  /** From 1. */
  readonly position: number;
  readonly name: string;
  readonly text: string;
}

export interface AclHitsOptions {
  readonly recorded: AclSource;
  readonly stats: Pick<VppStats, 'aclMatches'>;
  /** The rules of a list as the operator wrote them; undefined: it is none of his. */
  written(name: string): readonly WrittenRule[] | undefined;
}

const prefix = 'acl/';
const none: Count = { packets: 0n, bytes: 0n };

/** What the rules of ACLs matched, by the names in the configuration. */
export class AclHits {
  constructor(private readonly options: AclHitsOptions) {}

  /** Whether VPP counts at all. */
  get counting(): boolean {
    return this.options.recorded.get(aclCountersKey) !== undefined;
  }

  /** Every list on interfaces, by name. Throws `unavailable` when VPP's statistics are away. */
  async list(): Promise<AclSummary[]> {
    const names = [...this.options.recorded.keys()]
      .filter((key) => key.startsWith(prefix) && !nameOf(key).startsWith(pbrAclPrefix))
      .map(nameOf)
      .sort();
    const counts = await this.options.stats.aclMatches(names.map((name) => this.indexOf(name) ?? -1));
    return names.map((name, at) => {
      const spec = this.specOf(name);
      const own = (counts[at] ?? []).slice(0, spec?.rules.length ?? 0);
      const rules = this.options.written(name)?.length ?? spec?.rules.length ?? 0;
      return { name, rules, ...this.placesOf(name), ...sum(own) };
    });
  }

  /** The rules of one list in order. Throws `not_found`, and `unavailable` when VPP's statistics are away. */
  async show(name: string): Promise<RuleHits[]> {
    const spec = this.specOf(name);
    const index = this.indexOf(name);
    if (!spec || index === undefined) throw new BngError('not_found', `VPP holds no ACL "${name}"`, { acl: name });
    const [counts = []] = await this.options.stats.aclMatches([index]);
    let at = 0;
    return this.rulesOf(name, spec).map(({ text, name: called, length }, i) => {
      const own = counts.slice(at, at + length);
      at += length;
      return { position: i + 1, name: called, text, ...sum(own) };
    });
  }

  /** What was written, while it is what VPP holds; else VPP's own rules. */
  private rulesOf(name: string, { rules }: AclSpec): readonly WrittenRule[] {
    const written = this.options.written(name);
    const length = written?.reduce((total, rule) => total + rule.length, 0);
    if (written && length === rules.length) return written;
    return rules.map((rule) => ({ text: ruleText(rule), name: '', length: 1 }));
  }

  private placesOf(name: string): { in: number; out: number } {
    const places = { in: 0, out: 0 };
    const key = prefix + name;
    for (const dependent of this.options.recorded.dependents(key)) {
      if (!dependent.startsWith('acl-list/')) continue;
      const spec = this.options.recorded.get(dependent)?.resource.spec as AclListSpec | undefined;
      for (const side of ['in', 'out'] as const) if (spec?.[side].includes(key)) places[side]++;
    }
    return places;
  }

  private specOf(name: string): AclSpec | undefined {
    return this.options.recorded.get(prefix + name)?.resource.spec as AclSpec | undefined;
  }

  private indexOf(name: string): number | undefined {
    return (this.options.recorded.get(prefix + name)?.handle as AclHandle | undefined)?.index;
  }
}

function sum(counts: readonly Count[]): Count {
  return counts.reduce(
    (total, { packets, bytes }) => ({ packets: total.packets + packets, bytes: total.bytes + bytes }),
    none,
  );
}
