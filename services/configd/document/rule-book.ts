import type { Compiled } from '#lib/policy/compiled.js';
import { compileFilter, compileRule, joinRules, type VppAclRule } from '#lib/policy/filter.js';
import { type AclRuleConfig, readRuleLine } from './acl-rule.js';

type CompiledRules = Compiled<VppAclRule[]>;

/** A written rule with what VPP gets of it. */
interface Known {
  readonly config: AclRuleConfig;
  readonly compiled: CompiledRules;
  /** The last document that had it. */
  seen: number;
}

/** Rules that no document has any more are forgotten when they are more than those in use, and more than this. */
const spare = 1000;

/**
 * The rules of ACLs as they are written, each read and compiled once for all documents that have it: of 100,000 rules only those
 * that changed are looked at, and what did not change stays the same object, so that it is compared by identity.
 */
export class RuleBook {
  private readonly lines = new Map<string, Known>();
  /** Rules written as mappings, by their JSON. */
  private readonly mappings = new Map<string, Known>();
  private readonly lists = new WeakMap<readonly AclRuleConfig[], readonly Known[]>();
  private document = 0;
  private used = 0;

  /** Begins another document. */
  begin(): void {
    if (this.lines.size + this.mappings.size > 2 * this.used + spare) this.forget();
    this.document++;
    this.used = 0;
  }

  /** Reads a list as it is written. */
  open(written: readonly unknown[]): WrittenList {
    return new WrittenList(
      written,
      written.map((rule) => this.find(rule)),
      (rule, config) => this.learn(rule, config),
      (rules, known) => this.lists.set(rules, known),
    );
  }

  /** VPP's rules of a list, or what is wrong with it. */
  compile(rules: readonly AclRuleConfig[]): CompiledRules {
    const known = this.lists.get(rules);
    return known ? joinRules(known.map(({ compiled }) => compiled)) : compileFilter(rules);
  }

  private find(rule: unknown): Known | undefined {
    if (typeof rule !== 'string') return this.use(this.mappings.get(JSON.stringify(rule)));
    const known = this.lines.get(rule);
    if (known) return this.use(known);
    const config = readRuleLine(ownText(rule));
    return config && this.learn(rule, config);
  }

  private learn(rule: unknown, config: AclRuleConfig): Known {
    const known = { config, compiled: compileRule(config), seen: 0 };
    if (typeof rule === 'string') this.lines.set(ownText(rule), known);
    else this.mappings.set(JSON.stringify(rule), known);
    this.use(known);
    return known;
  }

  private use<K extends Known | undefined>(known: K): K {
    if (known && known.seen !== this.document) this.used++;
    if (known) known.seen = this.document;
    return known;
  }

  private forget(): void {
    for (const rules of [this.lines, this.mappings])
      for (const [name, { seen }] of rules) if (seen !== this.document) rules.delete(name);
  }
}

/** A list of rules of which some may have to be read by the schema yet. */
export class WrittenList {
  constructor(
    private readonly written: readonly unknown[],
    private readonly known: readonly (Known | undefined)[],
    private readonly learn: (rule: unknown, config: AclRuleConfig) => Known,
    private readonly note: (rules: readonly AclRuleConfig[], known: readonly Known[]) => void,
  ) {}

  /** As written, what was not read before and is no plain line. */
  get unread(): unknown[] {
    return this.written.filter((_rule, index) => this.known[index] === undefined);
  }

  /** The whole list in its order; `read` is what the schema made of the unread ones. */
  close(read: readonly AclRuleConfig[]): AclRuleConfig[] {
    const rest = read.values();
    const known = this.known.map(
      (one, index) => one ?? this.learn(this.written[index], rest.next().value as AclRuleConfig),
    );
    const rules = known.map(({ config }) => config);
    this.note(rules, known);
    return rules;
  }
}

/** A copy: a part of a document's text would keep the whole text in memory. */
const ownText = (text: string): string => Buffer.from(text).toString();
