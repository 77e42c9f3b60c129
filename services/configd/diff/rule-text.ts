import type { AclSpec } from '../resources/acl.js';

type Rule = AclSpec['rules'][number];

const verbs = ['deny', 'permit', 'reflect'];
const protocols: Readonly<Record<number, string>> = { 0: 'any', 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmp6' };
const hasPorts = (proto: number): boolean => proto === 6 || proto === 17;

function ports(proto: number, first: number, last: number): string {
  if (!hasPorts(proto) || (first === 0 && last === 0xffff)) return '';
  return ` port ${first === last ? first : `${first}-${last}`}`;
}

const prefixText = (prefix: string): string => (prefix === '0.0.0.0/0' || prefix === '::/0' ? 'any' : prefix);

/** Whether a value is a rule of an ACL as VPP takes it. */
export const isRule = (value: unknown): value is Rule =>
  typeof value === 'object' && value !== null && 'is_permit' in value && 'src_prefix' in value;

/** An ACL rule as operators write it: `permit tcp any 192.0.2.0/24 port 80`. */
export function ruleText(rule: Rule): string {
  const verb = verbs[rule.is_permit] ?? String(rule.is_permit);
  const from =
    prefixText(rule.src_prefix) + ports(rule.proto, rule.srcport_or_icmptype_first, rule.srcport_or_icmptype_last);
  const to =
    prefixText(rule.dst_prefix) + ports(rule.proto, rule.dstport_or_icmpcode_first, rule.dstport_or_icmpcode_last);
  const established = rule.tcp_flags_mask === 0 ? '' : ' established';
  return `${verb} ${protocols[rule.proto] ?? rule.proto} ${from} ${to}${established}`;
}
