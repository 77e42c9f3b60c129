import { createHash } from 'node:crypto';
import { type CompiledPbrRule, compilePbr, ownTraffic, type PbrAction } from '#lib/policy/pbr.js';
import type { Resource } from '../reconcile/resource.js';
import { abfAttach } from '../resources/abf-attach.js';
import { abfPolicy } from '../resources/abf-policy.js';
import { acl } from '../resources/acl.js';
import { pbrAclPrefix } from '../resources/names.js';
import type { RoutePath } from '../resources/route.js';
import { interfaceKeyOf, inVrf, keyNamed } from './keys.js';
import type { AnyInterface, Model } from './model.js';
import { RuleTables, withPlaces } from './rule-tables.js';

const families = { 4: 'ip4', 6: 'ip6' } as const;
type Family = keyof typeof families;

/** The ACLs, policies and attachments of all `pbr` lists. */
export function compilePbrLists(model: Model): Resource[] {
  const own = ownPolicies(model);
  const tables = new RuleTables(model);
  return Object.entries(model.document.pbr).flatMap(([name, { in: ingress, rules }]) => {
    const interfaces = ingressInterfaces(model, ingress);
    const compiled = compilePbr(withPlaces(model, rules));
    const [first] = interfaces;
    if (!first || !compiled.ok) return [];
    const policies = compiled.value.map((rule) => policyOf(model, name, rule, first.config.vrf, tables));
    const lists = ([4, 6] as const).flatMap((family) => {
      const ofFamily = policies.filter((policy) => policy.family === family);
      if (ofFamily.length === 0) return [];
      return interfaces.flatMap((item) => {
        const mine = own(item.config.vrf, family);
        return [...mine.resources, attachment(item, family, [mine, ...ofFamily])];
      });
    });
    return [...policies.flatMap(({ resources }) => resources), ...lists];
  });
}

function policyOf(model: Model, list: string, rule: CompiledPbrRule, vrf: string, tables: RuleTables): Made {
  const name = `${list}.${rule.rule}.${rule.family}`;
  const table = tables.of(name, rule, vrf);
  const exits = table
    ? { paths: [{ lookupIn: table.key, weight: 1, preference: 0 }] }
    : exitsOf(model, rule.action, vrf);
  const made = make(rule, `${name}.${digest(exits)}`, exits);
  return table ? { ...made, resources: [...made.resources, ...table.resources] } : made;
}

/** The interfaces that names such as `access.100.*` stand for, each once. */
export function ingressInterfaces({ interfaces }: Model, names: readonly string[]): AnyInterface[] {
  const found = new Set<AnyInterface>();
  for (const name of names) for (const item of interfacesNamed(interfaces, name)) found.add(item);
  return [...found];
}

function* interfacesNamed(interfaces: Model['interfaces'], name: string): Generator<AnyInterface> {
  if (!name.includes('*')) {
    const item = interfaces.get(name);
    if (item) yield item;
    return;
  }
  const steps = name.split('.');
  const rest = steps.at(-1) === '*' ? steps.length : Number.POSITIVE_INFINITY;
  for (const item of interfaces.values()) {
    const parts = item.name.split('.');
    const fits = steps.every((step, at) => (step === '*' ? parts[at] !== undefined : step === parts[at]));
    if (fits && (parts.length === steps.length || parts.length >= rest)) yield item;
  }
}

interface Made {
  readonly family: Family;
  readonly key: string;
  readonly resources: readonly Resource[];
}

type Exits = Pick<Parameters<typeof abfPolicy.of>[0], 'paths' | 'drop'>;

function make({ family, acl: rules }: CompiledPbrRule, name: string, exits: Exits): Made {
  const list = acl.of({ name: `${pbrAclPrefix}${name}`, rules: [...rules] });
  const policy = abfPolicy.of({ family: families[family], acl: list.key, ...exits });
  return { family, key: policy.key, resources: [list, policy] };
}

/** Nothing is ever sent the way of a policy that only denies, but VPP wants one. */
const nowhere: Exits = { drop: true };

/** A next hop without an interface is looked up in the VRF that the packets came in by. */
function exitsOf(model: Model, action: PbrAction, vrf: string): Exits {
  switch (action.kind) {
    case 'via':
      return {
        paths: action.hops.map(({ address, interface: out, weight, preference }): RoutePath => {
          const lookup = vrf === 'default' ? {} : { lookupIn: `vrf/${vrf}` };
          const place = out === undefined ? lookup : { interface: keyNamed(model, out) };
          return { weight, preference, ...(address !== undefined && { via: address }), ...place };
        }),
      };
    case 'vrf':
      return { paths: [{ lookupIn: inVrf(action.vrf).vrf ?? 'default' }] };
    case 'drop':
    case 'normal':
      return nowhere;
    default:
      return action satisfies never;
  }
}

/** Other exits make another policy; other packets only change its ACL. */
const digest = (exits: Exits): string => createHash('sha256').update(JSON.stringify(exits)).digest('hex').slice(0, 8);

/** What keeps packets to the box itself from being carried off, by VRF; made once for each. */
function ownPolicies(model: Model): (vrf: string, family: Family) => Made {
  const made = new Map<string, Made>();
  return (vrf, family) => {
    const name = `own.${vrf}.${family}`;
    const policy = made.get(name) ?? make(ownTraffic(addressesIn(model, vrf), family), name, nowhere);
    made.set(name, policy);
    return policy;
  };
}

const addressesIn = ({ interfaces }: Model, vrf: string): string[] =>
  [...interfaces.values()].flatMap(({ config, addresses }) =>
    config.vrf === vrf
      ? [...addresses.map(({ text }) => hostOf(text)), ...config.vrrp.flatMap((router) => router.addresses)]
      : [],
  );

/** `10.0.0.1` of `10.0.0.1/24`. */
export const hostOf = (text: string): string => text.split('/')[0] ?? '';

const attachment = (item: AnyInterface, family: Family, policies: readonly Made[]): Resource =>
  abfAttach.of({ interface: interfaceKeyOf(item), family: families[family], policies: policies.map(({ key }) => key) });
