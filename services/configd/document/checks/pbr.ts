import { compilePbr } from '#lib/policy/pbr.js';
import { bondsByMember } from '../compile-bonds.js';
import { hostOf, ingressInterfaces } from '../compile-pbr.js';
import { type Model, portOf } from '../model.js';
import type { PbrConfig } from '../pbr-schema.js';
import { advice, mistake, type Path, type Problem } from '../problem.js';
import { withPlaces } from '../rule-tables.js';
import { steps } from './policies.js';
import { interfaceMissing, vrfMissing } from './references.js';
import { checkUnwatched, checkWatched } from './watched-hop.js';
import { checkWeights } from './weights.js';

/** Policy based routing: names that nothing carries, rules that cannot be, interfaces with two lists. */
export function checkPbr(model: Model): Problem[] {
  const owners = new Map<string, string>();
  return Object.entries(model.document.pbr).flatMap(([name, list]) => {
    const path: Path = ['pbr', name];
    return [...checkIngress(model, name, list, owners), ...checkRules(model, list, path)];
  });
}

function checkIngress(model: Model, name: string, list: PbrConfig, owners: Map<string, string>): Problem[] {
  const path: Path = ['pbr', name, 'in'];
  const members = bondsByMember(model);
  if (list.in.length === 0) return [advice(path, 'no interface: nothing comes in here')];
  return list.in.flatMap((text, index) => {
    const at: Path = [...path, index];
    const found = ingressInterfaces(model, [text]);
    if (found.length === 0) return nothingNamed(model, text, at);
    const member = found.find((item) => members.has(item.name));
    if (member) return [mistake(at, `"${member.name}" is a member of a bond; write the bond`)];
    const taken = found.find((item) => owners.has(item.name));
    for (const item of found) owners.set(item.name, owners.get(item.name) ?? name);
    if (!taken) return [];
    const owner = owners.get(taken.name);
    if (owner === name) return [mistake(at, `"${taken.name}" stands in this list already`)];
    return [mistake(at, `"${taken.name}" has the list "${owner}" already; an interface has one`)];
  });
}

function nothingNamed(model: Model, text: string, path: Path): Problem[] {
  if (!text.includes('*')) return interfaceMissing(model, text, path);
  if (model.doubtful.has(portOf(text))) return [];
  if (!model.interfaces.has(portOf(text))) return interfaceMissing(model, portOf(text), path);
  return [mistake(path, `"${portOf(text)}" has no sub-interface that "${text}" names`)];
}

function checkRules(model: Model, list: PbrConfig, path: Path): Problem[] {
  const compiled = compilePbr(withPlaces(model, list.rules));
  const mistakes = compiled.ok ? [] : compiled.mistakes;
  const exits = new ExitChecks(model, list);
  return [
    ...mistakes.map(({ field, message }) => mistake([...path, 'rules', ...steps(field)], message)),
    ...list.rules.flatMap((rule, index) => exits.of(rule, [...path, 'rules', index])),
  ];
}

type Rule = PbrConfig['rules'][number];

/** Where the rules of a list lead. */
class ExitChecks {
  private readonly vrfs: ReadonlySet<string>;
  private readonly own: ReadonlySet<string | undefined>;

  constructor(
    private readonly model: Model,
    list: PbrConfig,
  ) {
    this.vrfs = new Set(ingressInterfaces(model, list.in).map(({ config }) => config.vrf));
    this.own = new Set(
      [...model.interfaces.values()].flatMap((item) => item.addresses.map(({ text }) => hostOf(text))),
    );
  }

  of(rule: Rule, path: Path): Problem[] {
    const missing = rule.vrf === undefined ? [] : vrfMissing(this.model, rule.vrf, [...path, 'vrf']);
    const { via = [] } = rule;
    const hops = via.flatMap((hop, index) => this.hop(hop, [...path, 'via', index]));
    return [...missing, ...hops, ...checkWeights(via, [...path, 'via'])];
  }

  private hop(hop: NonNullable<Rule['via']>[number], path: Path): Problem[] {
    if (hop.nextHop !== undefined) return checkWatched(this.model, hop, hop.nextHop, path);
    const moved = checkUnwatched(hop, path);
    if (moved.length > 0) return moved;
    const { address, interface: out } = hop;
    if (this.own.has(address))
      return [mistake([...path, 'address'], `${address} is an address of this box, no next hop`)];
    if (out !== undefined) return interfaceMissing(this.model, out, [...path, 'interface']);
    if (address === undefined || this.vrfs.size < 2) return [];
    const message = `the interfaces of "in" are in several VRFs (${[...this.vrfs].join(', ')}); write an interface too`;
    return [mistake(path, message)];
  }
}
