import type { Compiled } from '#lib/policy/compiled.js';
import { compileRate } from '#lib/policy/policer.js';
import { maxAclRules } from '../../resources/acl.js';
import type { AclRuleConfig } from '../acl-rule.js';
import type { Model } from '../model.js';
import { mistake, type Path, type Problem, shown } from '../problem.js';
import type { ConfigDocument } from '../schema.js';

/** `[3].srcPorts` as path steps. */
export const steps = (field: string): (string | number)[] =>
  [...field.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, key]) =>
    index === undefined ? (key ?? '') : Number(index),
  );

const mistakesOf = (path: Path, result: Compiled<unknown>): Problem[] =>
  result.ok ? [] : result.mistakes.map(({ field, message }) => mistake([...path, ...steps(field)], message));

function checkAcl(rules: readonly AclRuleConfig[], compiled: Compiled<readonly unknown[]>, path: Path): Problem[] {
  const many = compiled.ok && compiled.value.length > maxAclRules;
  const size = many
    ? `these rules are ${compiled.value.length} of VPP (a rule counts for each pair of ports and family)`
    : '';
  return [
    ...mistakesOf(path, compiled),
    ...(many ? [mistake(path, `${size}; at most ${maxAclRules} in one ACL`, true)] : []),
    ...repeatedNames(rules, path),
  ];
}

function repeatedNames(rules: readonly AclRuleConfig[], path: Path): Problem[] {
  const owners = new Map<string, number>();
  return rules.flatMap(({ name }, index) => {
    if (name === undefined) return [];
    const owner = owners.get(name);
    owners.set(name, owner ?? index);
    return owner === undefined
      ? []
      : [mistake([...path, index, 'name'], `rules[${owner}] is called ${shown(name)} too`)];
  });
}

const empty: Compiled<never[]> = { ok: true, value: [], notes: [] };

/** What the compile functions of `lib/policy` refuse in policers and ACLs; `filters` is what they made of the ACLs. */
export function checkPolicies(document: ConfigDocument, filters: Model['filters']): Problem[] {
  const policers = Object.entries(document.policers);
  const acls = Object.entries(document.acls);
  return [
    ...policers.flatMap(([name, rate]) => mistakesOf(['policers', name], compileRate(rate))),
    ...acls.flatMap(([name, { rules }]) => checkAcl(rules, filters.get(name) ?? empty, ['acls', name, 'rules'])),
  ];
}
