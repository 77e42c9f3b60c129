import { type Compiled, compiled, type PolicyMistake } from './compiled.js';
import {
  ALL_PORTS,
  type Family,
  type PortRange,
  PROTOCOL,
  type PrefixMatch,
  parsePorts,
  parsePrefixMatch,
  parseProtocol,
} from './filter-match.js';
import type { FilterRule } from './filter-rule.js';

/** The fields of VPP's acl_rule; prefixes in text, `is_permit` 0 deny, 1 permit, 2 permit and reflect. */
export interface VppAclRule {
  is_permit: number;
  src_prefix: string;
  dst_prefix: string;
  proto: number;
  srcport_or_icmptype_first: number;
  srcport_or_icmptype_last: number;
  dstport_or_icmpcode_first: number;
  dstport_or_icmpcode_last: number;
  tcp_flags_mask: number;
  tcp_flags_value: number;
}

const ACTIONS = { deny: 0, permit: 1, reflect: 2 } as const;
const EVERYTHING: Readonly<Record<Family, string>> = { 4: '0.0.0.0/0', 6: '::/0' };
const ANY: PrefixMatch = { family: undefined, text: 'any' };
const BOTH: readonly Family[] = [4, 6];
const ONLY: Readonly<Record<Family, readonly Family[]>> = { 4: [4], 6: [6] };
const TCP_ACK = 0x10;
const TCP_RST = 0x04;

/** One rule with its meaning checked. */
interface Meaning {
  action: FilterRule['action'];
  families: readonly Family[];
  src: PrefixMatch;
  dst: PrefixMatch;
  proto: number;
  first: PortRange[];
  second: PortRange[];
  flags: readonly (readonly [mask: number, value: number])[];
}

/**
 * VPP's rules of a filter, in order. One written rule becomes several when it lists ports, matches both families,
 * or asks for established connections. All mistakes are reported, each with its rule's position.
 */
export function compileFilter(rules: readonly FilterRule[]): Compiled<VppAclRule[]> {
  return joinRules(rules.map(compileRule));
}

/** VPP's rules of one written rule; the fields of its mistakes are its own, `srcPorts`. */
export function compileRule(rule: FilterRule): Compiled<VppAclRule[]> {
  const mistakes: PolicyMistake[] = [];
  const meaning = understand(rule, mistakes);
  return compiled(mistakes, () => expand(meaning));
}

/** The filter of rules that were compiled one by one. */
export function joinRules(rules: readonly Compiled<VppAclRule[]>[]): Compiled<VppAclRule[]> {
  const mistakes: PolicyMistake[] = [];
  const joined: VppAclRule[] = [];
  for (const [index, rule] of rules.entries()) {
    if (rule.ok) for (const one of rule.value) joined.push(one);
    else mistakes.push(...rule.mistakes.map(({ field, message }) => ({ field: `[${index}].${field}`, message })));
  }
  return compiled(mistakes, () => joined);
}

function understand(rule: FilterRule, mistakes: PolicyMistake[]): Meaning {
  const src = prefixOf('src', rule.src, mistakes);
  const dst = prefixOf('dst', rule.dst, mistakes);
  const proto = protocolOf(rule, mistakes);
  const icmp = proto === PROTOCOL.icmp || proto === PROTOCOL.icmp6;
  return {
    action: rule.action,
    families: familiesOf(rule, src, dst, proto, mistakes),
    src,
    dst,
    proto,
    first: icmp ? [icmpTypes(rule, mistakes)] : parsePorts('srcPorts', rule.srcPorts, mistakes),
    second: icmp ? [ALL_PORTS] : parsePorts('dstPorts', rule.dstPorts, mistakes),
    flags: rule.established
      ? [
          [TCP_ACK, TCP_ACK],
          [TCP_RST, TCP_RST],
        ]
      : [[0, 0]],
  };
}

function prefixOf(field: 'src' | 'dst', text: string | undefined, mistakes: PolicyMistake[]): PrefixMatch {
  const parsed = parsePrefixMatch(text ?? 'any');
  if ('value' in parsed) return parsed.value;
  mistakes.push({ field, message: parsed.mistake });
  return ANY;
}

/** The protocol, after refusing what does not go with it. */
function protocolOf(rule: FilterRule, mistakes: PolicyMistake[]): number {
  const proto = parseProtocol(rule.proto);
  if (proto === undefined) {
    mistakes.push({ field: 'proto', message: `"${rule.proto}" is none of any, tcp, udp, icmp, icmp6, 1..255` });
    return PROTOCOL.any;
  }
  const needs = (field: 'srcPorts' | 'dstPorts' | 'icmpType' | 'established', fits: boolean, names: string) => {
    if (rule[field] !== undefined && rule[field] !== false && !fits)
      mistakes.push({ field, message: `goes with proto ${names} only` });
  };
  const hasPorts = proto === PROTOCOL.tcp || proto === PROTOCOL.udp;
  needs('srcPorts', hasPorts, 'tcp and udp');
  needs('dstPorts', hasPorts, 'tcp and udp');
  needs('icmpType', proto === PROTOCOL.icmp || proto === PROTOCOL.icmp6, 'icmp and icmp6');
  needs('established', proto === PROTOCOL.tcp, 'tcp');
  return proto;
}

function icmpTypes(rule: FilterRule, mistakes: PolicyMistake[]): PortRange {
  const { icmpType } = rule;
  if (icmpType === undefined) return ALL_PORTS;
  if (!Number.isInteger(icmpType) || icmpType < 0 || icmpType > 255)
    mistakes.push({ field: 'icmpType', message: `${icmpType} is not between 0 and 255` });
  return [icmpType, icmpType];
}

/** Every part of a rule must speak of the same family; without any hint the rule holds for both. */
function familiesOf(
  rule: FilterRule,
  src: PrefixMatch,
  dst: PrefixMatch,
  proto: number,
  mistakes: PolicyMistake[],
): readonly Family[] {
  const byProtocol: Family | undefined = proto === PROTOCOL.icmp ? 4 : proto === PROTOCOL.icmp6 ? 6 : undefined;
  let lead: { field: string; family: Family } | undefined;
  const hear = (field: string, family: Family | undefined) => {
    if (family === undefined) return;
    lead ??= { field, family };
    if (family !== lead.family)
      mistakes.push({ field, message: `is IPv${family}, but ${lead.field} is IPv${lead.family}` });
  };
  hear('src', src.family);
  hear('dst', dst.family);
  hear('proto', byProtocol);
  hear('family', rule.family);
  return lead === undefined ? BOTH : ONLY[lead.family];
}

function expand(rule: Meaning): VppAclRule[] {
  const out: VppAclRule[] = [];
  for (const family of rule.families)
    for (const [mask, value] of rule.flags)
      for (const first of rule.first)
        for (const second of rule.second)
          out.push({
            is_permit: ACTIONS[rule.action],
            src_prefix: rule.src.family === undefined ? EVERYTHING[family] : rule.src.text,
            dst_prefix: rule.dst.family === undefined ? EVERYTHING[family] : rule.dst.text,
            proto: rule.proto,
            srcport_or_icmptype_first: first[0],
            srcport_or_icmptype_last: first[1],
            dstport_or_icmpcode_first: second[0],
            dstport_or_icmpcode_last: second[1],
            tcp_flags_mask: mask,
            tcp_flags_value: value,
          });
  return out;
}
