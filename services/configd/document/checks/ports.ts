import { subInterfaceCount, subInterfaceName, tagsOf } from '../model.js';
import { mistake, type Path, type Problem } from '../problem.js';
import type { ConfigDocument, PortConfig, SubInterfaceConfig } from '../schema.js';

/** Most sub-interfaces of one document: VPP's statistics segment is sized for them. */
export const maxSubInterfaces = 100_000;

const port = (name: string): Path => ['interfaces', name];

/** What ports are made of and the tags under them; runs before ranges are expanded. */
export function checkPorts(document: ConfigDocument): Problem[] {
  const ports = Object.entries(document.interfaces);
  const shapes = ports.flatMap(([name, config]) => checkShape(port(name), config));
  const subs = ports.flatMap(([name, config]) => checkSubInterfaces(name, config));
  return [...shapes, ...checkSharedDevices(ports), ...subs];
}

const portKeys = ['hostInterface', 'vppInterface', 'memif', 'bond', 'loopback'] as const;

function checkShape(path: Path, config: PortConfig): Problem[] {
  const types = portKeys.filter((key) => config[key] !== undefined);
  if (types.length === 0)
    return [
      mistake(
        path,
        'what is it? write one of hostInterface, vppInterface, memif, bond or loopback under the name',
        true,
      ),
    ];
  if (types.length > 1) return [mistake(path, `${types.join(' and ')} cannot be one port; keep one of them`, true)];
  return checkVppName(path, config);
}

/** Interfaces of VPP that are none for subscribers, or that are made from here. */
function checkVppName(path: Path, { vppInterface }: PortConfig): Problem[] {
  const name = vppInterface?.name ?? '';
  const at = [...path, 'vppInterface', 'name'];
  if (name === 'local0') return [mistake(at, 'local0 is no port; VPP drops what is sent to it')];
  const made = madeHere.find(([pattern]) => pattern.test(name));
  return made ? [mistake(at, `"${name}" is named like one that configd makes; write it as ${made[1]}`)] : [];
}

const madeHere: readonly [RegExp, string][] = [
  [/^host-/, 'hostInterface'],
  [/^loop\d+$/, 'loopback'],
  [/^BondEthernet\d+$/, 'bond'],
];

function checkSharedDevices(ports: readonly [string, PortConfig][]): Problem[] {
  const problems: Problem[] = [];
  const users = new Map<string, string>();
  const claim = (path: Path, what: string, name: string) => {
    const first = users.get(what);
    if (first !== undefined) problems.push(mistake(path, `${what} already belongs to "${first}"`));
    else users.set(what, name);
  };
  for (const [name, { hostInterface, vppInterface, memif, mac }] of ports) {
    if (hostInterface) claim([...port(name), 'hostInterface', 'device'], `device ${hostInterface.device}`, name);
    if (vppInterface) claim([...port(name), 'vppInterface', 'name'], `interface ${vppInterface.name} of VPP`, name);
    if (memif) claim([...port(name), 'memif', 'id'], `memif id ${memif.id} of ${memif.socket}`, name);
    if (mac) claim([...port(name), 'mac'], `MAC ${mac}`, name);
  }
  return problems;
}

function checkSubInterfaces(name: string, config: PortConfig): Problem[] {
  const path = [...port(name), 'subInterfaces'];
  if (config.loopback && config.subInterfaces.length > 0)
    return [
      mistake(
        path,
        'a loopback carries no tagged frames; put sub-interfaces on a hostInterface, vppInterface, memif or bond',
        true,
      ),
    ];
  const entries = config.subInterfaces.flatMap((entry, index) => checkTags([...path, index], entry));
  return [...entries, ...checkRepeatedTags(name, config, path)];
}

function checkTags(path: Path, entry: SubInterfaceConfig): Problem[] {
  const { vlan, outerVlan, innerVlan } = entry;
  if (vlan && (outerVlan || innerVlan))
    return [mistake(path, 'vlan is a single tag; for QinQ write outerVlan and innerVlan without it')];
  if (!vlan && !outerVlan && !innerVlan)
    return [mistake(path, 'which tags? write vlan (802.1Q), or outerVlan and innerVlan (QinQ)')];
  if (!vlan && !innerVlan) return [mistake(path, 'innerVlan is missing; for a single tag write vlan')];
  if (!vlan && !outerVlan) return [mistake(path, 'outerVlan is missing; for a single tag write vlan')];
  const word = checkWords(path, entry);
  if (word.length > 0) return word;
  if (entry.addresses.length > 0 && subInterfaceCount(entry) > 1) {
    const message = `addresses can stand on one sub-interface only, and this entry makes ${subInterfaceCount(entry)}; use unnumbered`;
    return [mistake([...path, 'addresses'], message, true)];
  }
  return [];
}

/** `default` and `any` stand alone, and where VPP can match them. */
function checkWords(path: Path, entry: SubInterfaceConfig): Problem[] {
  const allowed = { vlan: 'default', outerVlan: undefined, innerVlan: 'any' } as const;
  return (['vlan', 'outerVlan', 'innerVlan'] as const).flatMap((key) => {
    const ranges = entry[key] ?? [];
    const words = ranges.flatMap(({ word }) => (word ? [word] : []));
    const wrong = words.find((word) => word !== allowed[key]);
    if (wrong !== undefined) return [mistake([...path, key], wordAdvice[wrong])];
    if (words.length === 0 || ranges.length === 1) return [];
    return [mistake([...path, key], `${words[0]} stands alone, without other VLANs`)];
  });
}

const wordAdvice = {
  any: 'VPP matches any VLAN as innerVlan only; for every tagged frame that nobody else takes write "vlan: default"',
  default: 'default is every tagged frame that nobody else takes, whatever its tags: write "vlan: default" alone',
} as const;

/** The same tags twice on one port, also where two ranges meet: said once per pair of entries. */
function checkRepeatedTags(name: string, config: PortConfig, path: Path): Problem[] {
  const problems: Problem[] = [];
  const owners = new Map<string, number>();
  if (config.subInterfaces.reduce((sum, entry) => sum + subInterfaceCount(entry), 0) > maxSubInterfaces) return [];
  for (const [index, entry] of config.subInterfaces.entries()) {
    const told = new Set<number>();
    for (const tags of tagsOf(entry)) {
      const key = subInterfaceName(name, tags);
      const owner = owners.get(key);
      if (owner === undefined) owners.set(key, index);
      else if (!told.has(owner)) {
        told.add(owner);
        const where = owner === index ? 'twice in this entry' : `already made by subInterfaces[${owner}]`;
        problems.push(mistake([...path, index], `${key} is ${where}; the same tags stand once on a port`));
      }
    }
  }
  return problems;
}

/** Refuses a document whose ranges make more sub-interfaces than can be expanded. */
export function checkCount(document: ConfigDocument): Problem[] {
  let total = 0;
  for (const [name, config] of Object.entries(document.interfaces)) {
    for (const [index, entry] of config.subInterfaces.entries()) {
      total += subInterfaceCount(entry);
      if (total > maxSubInterfaces) {
        const message = `the document makes more than ${maxSubInterfaces} sub-interfaces; this entry alone ${subInterfaceCount(entry)}`;
        return [mistake([...port(name), 'subInterfaces', index], message)];
      }
    }
  }
  return [];
}
