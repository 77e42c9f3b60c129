import { jsonEqual } from '../../reconcile/json-equal.js';
import type { AnyInterface, Model, Port } from '../model.js';
import { advice, mistake, type Path, type Problem } from '../problem.js';
import { interfaceSchema } from '../schema.js';
import { didYouMean } from '../suggest.js';

/** Bonds whose parts do not go together, members that cannot be, and what uses a member instead of its bond. */
export function checkBonds(model: Model): Problem[] {
  const owners = new Map<string, string>();
  const bonds = [...model.interfaces.values()].filter((item): item is Port => item.type === 'bond');
  const problems = bonds.flatMap((item) => [...checkOptions(item), ...checkMembers(model, item, owners)]);
  return [...problems, ...checkUses(model, owners)];
}

const within = (item: AnyInterface, ...steps: (string | number)[]): Path => [...item.path, 'bond', ...steps];

function checkOptions(item: Port): Problem[] {
  const { bond } = item.config;
  if (!bond) return [];
  const { mode, members, minMembers } = bond;
  const problems: Problem[] = [];
  if (bond.loadBalance !== undefined && mode !== 'lacp' && mode !== 'xor')
    problems.push(
      mistake(within(item, 'loadBalance'), `${mode} does not choose by flow; loadBalance is for lacp and xor`),
    );
  for (const key of ['lacpRate', 'lacpPassive'] as const)
    if (bond[key] !== undefined && mode !== 'lacp')
      problems.push(mistake(within(item, key), `${mode} speaks no LACP; remove ${key}, or write "mode: lacp"`));
  if (members.length === 0) problems.push(advice(within(item, 'members'), 'a bond without members carries nothing'));
  else if (minMembers > members.length)
    problems.push(
      mistake(within(item, 'minMembers'), `minMembers is ${minMembers}, but the bond has only ${members.length}`),
    );
  return problems;
}

function checkMembers(model: Model, item: Port, owners: Map<string, string>): Problem[] {
  return (item.config.bond?.members ?? []).flatMap((name, index) => {
    const path = within(item, 'members', index);
    const owner = owners.get(name);
    if (owner !== undefined) {
      const where = owner === item.name ? 'stands twice in this list' : `is a member of "${owner}" already`;
      return [mistake(path, `"${name}" ${where}`)];
    }
    owners.set(name, item.name);
    return checkMember(model, item, name, path);
  });
}

function checkMember(model: Model, item: Port, name: string, path: Path): Problem[] {
  const member = model.interfaces.get(name);
  if (!member) {
    if (model.doubtful.has(name)) return [];
    const ports = [...model.interfaces.values()]
      .filter(({ type }) => type !== 'sub-interface')
      .map((port) => port.name);
    return [mistake(path, `there is no interface "${name}"${didYouMean(name, ports)}`)];
  }
  if (member.type === 'sub-interface' || member.type === 'loopback' || member.type === 'bond')
    return [
      mistake(path, `"${name}" is a ${member.type}; only a hostInterface, a vppInterface or a memif can be a member`),
    ];
  if (member.config.subInterfaces.length > 0)
    return [
      mistake(path, `"${name}" has sub-interfaces, which VPP would leave without traffic; put them on "${item.name}"`),
    ];
  return checkOwn(item, member);
}

/** What a member must not have: the bond has it. */
function checkOwn(item: Port, { config, path }: Port): Problem[] {
  const defaults: Partial<Record<string, unknown>> = interfaceSchema.parse({});
  const isSet = (key: string, value: unknown) => !isPlain.has(key) && !jsonEqual(value, defaults[key]);
  return Object.entries(config)
    .filter(([key, value]) => isSet(key, value))
    .map(([key]) =>
      mistake([...path, key], `a member only takes part in its bond; write ${key} on "${item.name}"`, true),
    );
}

/** Keys that are about the port itself rather than about what passes through it. */
const isPlain: ReadonlySet<string> = new Set(
  'hostInterface vppInterface memif description enabled mtu subInterfaces'.split(' '),
);

function checkUses({ document }: Model, owners: ReadonlyMap<string, string>): Problem[] {
  return document.routes.flatMap(({ via }, index) =>
    via.flatMap((hop, at) => {
      const owner = hop.interface === undefined ? undefined : owners.get(hop.interface);
      if (owner === undefined) return [];
      const message = `"${hop.interface}" is a member of the bond "${owner}"; write "${owner}"`;
      return [mistake(['routes', index, 'via', at, 'interface'], message)];
    }),
  );
}
