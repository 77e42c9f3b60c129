import { compileFilter } from '#lib/policy/filter.js';
import type { AclRuleConfig } from '../document/acl-rule.js';

/** A rule as the operator wrote it, and how many of VPP's rules it became. */
export interface WrittenRule {
  readonly text: string;
  /** As the operator called it; empty: not at all. */
  readonly name: string;
  readonly length: number;
}

const listed = (ports: AclRuleConfig['srcPorts']): string => {
  if (ports === undefined) return '';
  return ` port ${Array.isArray(ports) ? ports.join(',') : ports}`;
};

/** `permit tcp any 192.0.2.0/24 port 80-443 established`, whichever way the rule is written. */
export function writtenText(rule: AclRuleConfig): string {
  const { action, proto, src, dst, srcPorts, dstPorts, icmpType, established, family } = rule;
  const more = [
    ...(icmpType === undefined ? [] : [` type ${icmpType}`]),
    ...(established ? [' established'] : []),
    ...(family === undefined ? [] : [` IPv${family}`]),
  ];
  return `${action} ${proto} ${src}${listed(srcPorts)} ${dst}${listed(dstPorts)}${more.join('')}`;
}

/** The written rules of lists, in order; understood once for each list. */
export class WrittenRules {
  private readonly known = new WeakMap<readonly AclRuleConfig[], readonly WrittenRule[]>();

  of(rules: readonly AclRuleConfig[]): readonly WrittenRule[] {
    const known = this.known.get(rules) ?? writtenRules(rules);
    this.known.set(rules, known);
    return known;
  }
}

function writtenRules(rules: readonly AclRuleConfig[]): WrittenRule[] {
  return rules.map((rule) => {
    const compiled = compileFilter([rule]);
    return { text: writtenText(rule), name: rule.name ?? '', length: compiled.ok ? compiled.value.length : 0 };
  });
}
