import type { PlanStep } from '../reconcile/plan.js';
import { commonEnds } from './common-ends.js';
import { detailsOf, fieldName, isPlain, itemText, scalarText, some } from './value-text.js';

/** What a kind is called where its own name does not say it; `{}` stands for the object's name. */
const nouns: Readonly<Record<string, string>> = {
  'host-interface': 'port {}',
  'vpp-interface': 'port {}',
  'interface-vrf': 'VRF of {}',
  'acl-list': 'ACLs on {}',
  acl: 'ACL {}',
  vrf: 'VRF {}',
  urpf: 'source check on {}',
  'policer-attach': 'policer on {}',
  'proxy-arp': 'proxy ARP on {}',
  'proxy-arp-range': 'proxy ARP for {}',
  unnumbered: 'borrowed address of {}',
  'dhcp-relay': 'DHCP relay of {}',
  'dhcp-servers': 'DHCP servers of {}',
  'memif-socket': 'memif socket {}',
  ip6: 'IPv6 on {}',
  'router-advertisement': 'router advertisements on {}',
  'nd-proxy': 'proxy ND on {}',
  'mss-clamp': 'MSS clamp on {}',
  promiscuous: 'promiscuous mode of {}',
  'rx-queue': 'receive queue {}',
  vrrp: 'virtual router {}',
  'ipfix-exporter': 'IPFIX exporter',
  flowprobe: 'flow records',
  'flowprobe-interface': 'flows of {}',
  lldp: 'LLDP',
  'lldp-interface': 'LLDP on {}',
  'punt-policer': 'policer of punted {}',
  'neighbour-limits': 'limits of {} neighbours',
  'qos-map': 'QoS map {}',
  'qos-record': 'recording of marks on {}',
  'qos-store': 'mark for all on {}',
  'qos-mark': 'marking on {}',
  'next-hop': 'next hop {}',
  'abf-policy': 'policy route {}',
  'abf-attach': 'policy routes on {}',
  'foreign-interface': 'interface {}',
  'foreign-table': 'routing table {}',
  'foreign-bridge-domain': 'bridge domain {}',
  'foreign-acl': 'ACL {}',
  'foreign-policer': 'policer {}',
  'foreign-route': 'route {} of the command line',
};
/** Kinds whose names begin with the interface or the VRF that they are in. */
const scoped: Readonly<Record<string, string>> = {
  address: 'on',
  route: 'in VRF',
  neighbour: 'on',
  'ra-prefix': 'on',
  'nd-proxy-host': 'on',
};

const nameIn = (key: string): string => key.slice(key.indexOf('/') + 1);

/** An object by its key: `sub-interface access.100.7`, `route 10.0.0.0/8 in VRF blue`. */
export function objectText(kind: string, key: string): string {
  return namedText(kind, nameIn(key));
}

/** What an object of this kind is in, by its name: `core` of the address `core/192.0.2.1/24`. Empty for most kinds. */
export const scopeOf = (kind: string, name: string): string =>
  scoped[kind] === undefined ? '' : (/^[^/]+(?=\/.)/.exec(name)?.[0] ?? '');

/** The same with a name of several objects, `access.100.1-4000`. */
export function namedText(kind: string, name: string): string {
  const scope = scopeOf(kind, name);
  const rest = name.slice(scope.length + 1);
  if (scope !== '') return scope === 'default' ? `${kind} ${rest}` : `${kind} ${rest} ${scoped[kind]} ${scope}`;
  return (nouns[kind] ?? `${kind.replace(/^(?!sub-)(\w+)-/, '$1 ')} {}`).replace('{}', name);
}

type Change = Pick<PlanStep, 'action' | 'key' | 'before' | 'after'>;

/** What is said of a step beside the object: what changes, or what a new one is like. Empty when the name says all. */
export function changeText({ action, key, before, after }: Change): string {
  if (action === 'remove') return '';
  if (action === 'create') return isPlain(after) ? detailsOf(after, nameIn(key)).join(', ') : '';
  return differences('', before, after).join(', ');
}

/** A step as one line: `policer gold: cir 500M -> 1G`. */
export function stepText(step: PlanStep): string {
  const change = changeText(step);
  return objectText(step.kind, step.key) + (change && `: ${change}`);
}

/** What differs between two specs, field by field. */
function differences(label: string, before: unknown, after: unknown): string[] {
  if (isPlain(before) && isPlain(after)) return fieldDifferences(label, before, after);
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  return [`${label} ${scalarText('', before)} -> ${scalarText('', after)}`.trim()];
}

function fieldDifferences(
  label: string,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): string[] {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return fields.flatMap((field) => {
    const [old, now] = [before[field], after[field]];
    const name = `${label} ${fieldName(field)}`.trim();
    if (Array.isArray(old) || Array.isArray(now)) return listDifferences(name, asList(old), asList(now));
    if (isPlain(old) || isPlain(now)) return differences(name, old ?? {}, now ?? {});
    return old === now ? [] : [`${name} ${scalarText(field, old)} -> ${scalarText(field, now)}`];
  });
}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** An item that VPP needs twice, a rule for both families for one, is said once. */
function listDifferences(name: string, before: readonly unknown[], after: readonly unknown[]): string[] {
  const { start, end } = commonEnds(before, after);
  const [old, now] = [before, after].map((list) => list.slice(start, list.length - end)) as [unknown[], unknown[]];
  const removed = [...new Set(beyond(old, now).map(itemText))];
  const added = [...new Set(beyond(now, old).map(itemText))];
  if (removed.length === 1 && added.length === 1 && isPlain(before[0])) return [`${name} "${removed}" -> "${added}"`];
  const changes = [
    ...(removed.length > 0 ? [`without ${some(removed)}`] : []),
    ...(added.length > 0 ? [`with ${some(added)}`] : []),
  ];
  if (changes.length > 0) return [`${name} ${changes.join(', ')}`];
  return old.length + now.length === 0 ? [] : [`${name} in another order`];
}

/** The items of `items` that `others` does not have, as often as it does not. */
function beyond(items: readonly unknown[], others: readonly unknown[]): unknown[] {
  const left = new Map<string, number>();
  for (const other of others) left.set(JSON.stringify(other), (left.get(JSON.stringify(other)) ?? 0) + 1);
  return items.filter((item) => {
    const text = JSON.stringify(item);
    const count = left.get(text) ?? 0;
    left.set(text, count - 1);
    return count <= 0;
  });
}
