import { isIP } from 'node:net';
import { type Compiled, compiled, type PolicyMistake } from './compiled.js';
import { compileFilter, type VppAclRule } from './filter.js';
import type { Family } from './filter-match.js';
import type { PbrNextHop, PbrRule } from './pbr-rule.js';

/** Where packets go that a policy takes off the ordinary way. `normal`: nowhere, they stay on it. */
export type PbrAction =
  | { readonly kind: 'via'; readonly hops: readonly PbrNextHop[] }
  | { readonly kind: 'vrf'; readonly vrf: string }
  | { readonly kind: 'drop' }
  | { readonly kind: 'normal' };

/** One ABF policy: an ACL of its own and where its packets go. Rules of VPP are of one family each. */
export interface CompiledPbrRule {
  /** The rule it came from. */
  readonly rule: string;
  readonly family: Family;
  /** What it catches: permits, or denies when the action is `normal`: VPP's ABF leaves to routing what an ACL denies. */
  readonly acl: readonly VppAclRule[];
  readonly action: PbrAction;
}

const permit = 1;
const deny = 0;

/**
 * The ABF policies of a list of rules, in order: on each interface the first that catches a packet decides, and what none
 * catches is routed. A rule about both families becomes two. All mistakes are reported, each with its rule's position.
 */
export function compilePbr(rules: readonly PbrRule[]): Compiled<CompiledPbrRule[]> {
  const mistakes: PolicyMistake[] = [];
  const names = new Map<string, number>();
  const all = rules.map((rule, index) => {
    const own: PolicyMistake[] = [];
    const earlier = names.get(rule.name);
    if (earlier === undefined) names.set(rule.name, index);
    else own.push({ field: 'name', message: `"${rule.name}" is the name of [${earlier}] already` });
    const policies = understand(rule, own);
    mistakes.push(...own.map(({ field, message }) => ({ field: `[${index}].${field}`, message })));
    return policies;
  });
  return compiled(mistakes, () => all.flat());
}

/**
 * Packets to the box itself, which ABF would carry off before VPP sees that they are for it: DHCP to its relay, pings to a
 * gateway. Stands first on every interface with rules. `addresses`: the box's own, without lengths.
 */
export function ownTraffic(addresses: readonly string[], family: Family): CompiledPbrRule {
  const own = [...new Set(addresses)].filter((text) => isIP(text) === family).sort();
  const always = family === 4 ? ['255.255.255.255'] : ['fe80::/10'];
  const filter = compileFilter([...always, ...own].map((dst) => ({ action: 'deny', dst })));
  return { rule: 'own', family, acl: filter.ok ? filter.value : [], action: { kind: 'normal' } };
}

function understand(rule: PbrRule, mistakes: PolicyMistake[]): CompiledPbrRule[] {
  const action = actionOf(rule, mistakes);
  const family = familyOfHops(action, mistakes);
  const { name, via, vrf, drop, normal, dscp, ...match } = rule;
  if (dscp !== undefined)
    mistakes.push({ field: 'dscp', message: 'VPP cannot choose a route by DSCP: its ACLs do not see it' });
  const filter = compileFilter([{ ...match, action: 'permit', ...restriction(rule, family) }]);
  if (!filter.ok) mistakes.push(...filter.mistakes.map(({ field, message }) => ({ field: field.slice(4), message })));
  if (!filter.ok || action === undefined) return [];
  const rules = filter.value.map((one) => ({ ...one, is_permit: action.kind === 'normal' ? deny : permit }));
  const policies = ([4, 6] as const).map((each) => {
    const acl = rules.filter(({ src_prefix }) => src_prefix.includes(':') === (each === 6));
    return { rule: name, family: each, acl, action };
  });
  const used = policies.filter(({ acl }) => acl.length > 0);
  if (family !== undefined && used.some((policy) => policy.family !== family))
    mistakes.push({ field: 'via', message: `is IPv${family}, the rule is about IPv${used[0]?.family ?? 4}` });
  return used;
}

/** Next hops of one family make a rule about anything one about their family. */
function restriction({ src, dst, proto, family }: PbrRule, ofHops: Family | undefined): { family?: Family } {
  const says = family !== undefined || [src, dst].some((text) => text !== undefined && text !== 'any');
  const icmp = ['icmp', 'icmp6', '1', '58'].includes(String(proto).toLowerCase());
  return ofHops === undefined || says || icmp ? {} : { family: ofHops };
}

function actionOf({ via, vrf, drop, normal }: PbrRule, mistakes: PolicyMistake[]): PbrAction | undefined {
  const actions: PbrAction[] = [];
  if (via !== undefined) actions.push({ kind: 'via', hops: via });
  if (vrf !== undefined) actions.push({ kind: 'vrf', vrf });
  if (drop) actions.push({ kind: 'drop' });
  if (normal) actions.push({ kind: 'normal' });
  const [action, another] = actions;
  if (!action) mistakes.push({ field: 'name', message: 'where to? write one of via, vrf, drop and normal' });
  if (action && another)
    mistakes.push({ field: another.kind, message: `a rule has one action, and this one has ${action.kind} already` });
  if (via?.length === 0) mistakes.push({ field: 'via', message: 'no next hop; to discard, write "drop: true"' });
  return action;
}

/** Undefined when no next hop has an address. */
function familyOfHops(action: PbrAction | undefined, mistakes: PolicyMistake[]): Family | undefined {
  if (action?.kind !== 'via') return undefined;
  const seen = new Set<string>();
  let family: Family | undefined;
  for (const [index, hop] of action.hops.entries()) {
    const field = `via[${index}]`;
    const key = `${hop.address} ${hop.interface}`;
    if (seen.has(key)) mistakes.push({ field, message: 'this next hop stands twice; give it more weight instead' });
    seen.add(key);
    if (hop.address === undefined) {
      if (hop.interface === undefined) mistakes.push({ field, message: 'an address, an interface or both' });
      continue;
    }
    const own = isIP(hop.address) === 6 ? 6 : 4;
    if (family !== undefined && own !== family)
      mistakes.push({ field: `${field}.address`, message: `is IPv${own}, but another next hop is IPv${family}` });
    family ??= own;
  }
  return family;
}
