import { type AnyInterface, type Model, portOf, writtenInterfaces } from '../model.js';
import { mistake, type Path, type Problem } from '../problem.js';
import { ruleTables } from '../rule-tables.js';
import { didYouMean } from '../suggest.js';

/** Names that nothing carries, and names that carry what the place cannot use. */
export function checkReferences(model: Model): Problem[] {
  const problems: Problem[] = [];
  for (const item of writtenInterfaces(model)) problems.push(...checkInterface(model, item));
  return [...problems, ...checkVrfTables(model), ...checkRouteNames(model), ...checkRelayNames(model)];
}

/** A mistake when `name` is no VRF of the document. */
export function vrfMissing({ document }: Model, name: string, path: Path): Problem[] {
  if (name === 'default' || Object.hasOwn(document.vrfs, name)) return [];
  const known = ['default', ...Object.keys(document.vrfs)];
  return [mistake(path, `there is no VRF "${name}"; write it under vrfs${didYouMean(name, known)}`)];
}

/** A mistake when `name` is no interface of the document. */
export function interfaceMissing({ interfaces, doubtful }: Model, name: string, path: Path): Problem[] {
  const port = portOf(name);
  if (interfaces.has(name) || doubtful.has(port)) return [];
  const isSub = name.includes('.') && interfaces.has(port);
  const near = isSub
    ? `; "${port}" has no sub-interface with these tags`
    : didYouMean(name, nearNames(interfaces.keys()));
  return [mistake(path, `there is no interface "${name}"${near}`)];
}

/** Names to compare with: ports always, sub-interfaces while they are few. */
function* nearNames(names: Iterable<string>): Generator<string> {
  let left = 2000;
  for (const name of names) if (!name.includes('.') || left-- > 0) yield name;
}

function aclMissing({ document }: Model, name: string, path: Path): Problem[] {
  if (Object.hasOwn(document.acls, name)) return [];
  return [
    mistake(path, `there is no ACL "${name}"; write it under acls${didYouMean(name, Object.keys(document.acls))}`),
  ];
}

function checkInterface(model: Model, item: AnyInterface): Problem[] {
  const { config, path } = item;
  return [
    ...vrfMissing(model, config.vrf, [...path, 'vrf']),
    ...checkDonor(model, item),
    ...(['in', 'out'] as const).flatMap((side) =>
      checkAclList(model, config.acl?.[side] ?? [], [...path, 'acl', side]),
    ),
  ];
}

function checkAclList(model: Model, names: readonly string[], path: Path): Problem[] {
  return names.flatMap((name, index) => {
    if (names.indexOf(name) < index) return [mistake([...path, index], `ACL "${name}" stands twice in this list`)];
    return aclMissing(model, name, [...path, index]);
  });
}

function checkDonor(model: Model, item: AnyInterface): Problem[] {
  const { config, addresses } = item;
  const donorName = config.unnumbered;
  if (donorName === undefined) return [];
  const path = [...item.path, 'unnumbered'];
  if (donorName === item.name) return [mistake(path, 'an interface cannot borrow its own addresses')];
  const donor = model.interfaces.get(donorName);
  if (!donor) return interfaceMissing(model, donorName, path);
  if (model.doubtful.has(portOf(donorName))) return [];
  if (addresses.length > 0)
    return [mistake(path, 'an interface has either addresses of its own or unnumbered, not both')];
  if (donor.config.unnumbered !== undefined)
    return [mistake(path, `"${donorName}" is unnumbered itself; write "${donor.config.unnumbered}"`)];
  if (donor.config.vrf !== config.vrf)
    return [
      mistake(
        path,
        `"${donorName}" is in VRF ${donor.config.vrf}, this interface in VRF ${config.vrf}; both must be in one`,
      ),
    ];
  if (donor.addresses.length === 0) return [mistake(path, `"${donorName}" has no addresses to borrow`)];
  return [];
}

function checkVrfTables({ document }: Model): Problem[] {
  const owners = new Map<number, string>();
  return Object.entries(document.vrfs).flatMap(([name, { table }]) => {
    const path = ['vrfs', name];
    if (name === 'default') return [mistake(path, '"default" is table 0 and always there; use another name', true)];
    if (table >= ruleTables.first && table < ruleTables.first + ruleTables.count) {
      const message = `tables ${ruleTables.first} to ${ruleTables.first + ruleTables.count - 1} are kept for rules of pbr`;
      return [mistake([...path, 'table'], message)];
    }
    const owner = owners.get(table);
    owners.set(table, owner ?? name);
    return owner ? [mistake([...path, 'table'], `table ${table} already belongs to VRF "${owner}"`)] : [];
  });
}

function checkRouteNames(model: Model): Problem[] {
  return model.document.routes.flatMap((route, index) => [
    ...vrfMissing(model, route.vrf, ['routes', index, 'vrf']),
    ...route.via.flatMap((hop, at) => [
      ...vrfMissing(model, hop.vrf ?? 'default', ['routes', index, 'via', at, 'vrf']),
      ...(hop.interface === undefined
        ? []
        : interfaceMissing(model, hop.interface, ['routes', index, 'via', at, 'interface'])),
    ]),
  ]);
}

function checkRelayNames(model: Model): Problem[] {
  return model.document.dhcpRelay.flatMap((relay, index) => [
    ...vrfMissing(model, relay.vrf, ['dhcpRelay', index, 'vrf']),
    ...vrfMissing(model, relay.serverVrf, ['dhcpRelay', index, 'serverVrf']),
  ]);
}
