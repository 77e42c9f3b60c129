import { macBytes } from '#lib/net/address.js';
import type { AclRule, MacipRule } from '../tables/acls.js';
import { isIp6, overlap } from '../tables/prefix.js';
import type { Flow } from './flow.js';

export const ACTION = { deny: 0, permit: 1, reflect: 2 } as const;

const holds = (prefix: string, address: string): boolean => !isIp6(prefix) && overlap(prefix, `${address}/32`);

/** Position of the first rule that matches; -1 when none does. Rules of IPv6 match nothing here. */
export function firstMatch(rules: readonly AclRule[], flow: Flow): number {
  return rules.findIndex((rule) => matches(rule, flow));
}

/** As the ACL plugin compares (public_inlines.h): ports and flags count only in rules that name a protocol. */
function matches(rule: AclRule, flow: Flow): boolean {
  if (!holds(rule.dst_prefix, flow.destinationIp) || !holds(rule.src_prefix, flow.sourceIp)) return false;
  if (rule.proto === 0) return true;
  if (rule.proto !== flow.protocol) return false;
  if (flow.ports === 'later') return true;
  if (flow.ports === 'cut') return false;
  return (
    flow.first >= rule.srcport_or_icmptype_first &&
    flow.first <= rule.srcport_or_icmptype_last &&
    flow.second >= rule.dstport_or_icmpcode_first &&
    flow.second <= rule.dstport_or_icmpcode_last &&
    (flow.tcpFlags === undefined || (flow.tcpFlags & rule.tcp_flags_mask) === rule.tcp_flags_value)
  );
}

/** Whether a MACIP list lets a sender through; what no rule matches is `miss`. */
export function sender(rules: readonly MacipRule[], mac: string, ip: string): 'permit' | 'deny' | 'miss' {
  const rule = rules.find(
    ({ src_prefix, src_mac, src_mac_mask }) => holds(src_prefix, ip) && sameUnder(src_mac_mask, src_mac, mac),
  );
  if (!rule) return 'miss';
  return rule.is_permit === ACTION.deny ? 'deny' : 'permit';
}

function sameUnder(mask: string, left: string, right: string): boolean {
  const [bits, a, b] = [macBytes(mask), macBytes(left), macBytes(right)];
  return bits.every((byte, index) => (((a[index] ?? 0) ^ (b[index] ?? 0)) & byte) === 0);
}
