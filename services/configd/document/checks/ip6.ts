import type { RouterAdvertisementConfig } from '../feature-schema.js';
import { infiniteS } from '../fields.js';
import {
  type AddressAt,
  type AnyInterface,
  type Model,
  portOf,
  subInterfaceCount,
  writtenInterfaces,
} from '../model.js';
import { contains, parseAddress, parsePrefix } from '../prefix.js';
import { advice, mistake, type Path, type Problem, pathText } from '../problem.js';
import { greatestMinIntervalS } from '../ra-times.js';

/** IPv6 addresses, router advertisements, and the neighbours and hosts of an interface. */
export function checkIp6(model: Model): Problem[] {
  return [...writtenInterfaces(model)].flatMap((item) => [
    ...item.addresses.flatMap(checkLinkLocal),
    ...checkAdvertisement(item),
    ...checkSingle(item, 'neighbours'),
    ...checkSingle(item, 'proxyNdHosts'),
    ...checkNeighbours(model, item),
    ...checkProxyNdHosts(model, item),
  ]);
}

const isLinkLocal = (text: string): boolean => /^fe[89ab]/i.test(text);

const checkLinkLocal = ({ text, path }: AddressAt): Problem[] =>
  isLinkLocal(text) ? [mistake(path, `${text} is link-local: VPP makes that one itself; leave it out`)] : [];

function checkAdvertisement({ config, path }: AnyInterface): Problem[] {
  const ra = config.routerAdvertisement;
  if (!ra) return [];
  const at: Path = [...path, 'routerAdvertisement'];
  return [
    ...checkTimes(ra, at),
    ...ra.prefixes.flatMap((_, index) => checkPrefix(ra, index, [...at, 'prefixes', index])),
  ];
}

function checkTimes({ maxIntervalS, minIntervalS, lifetimeS }: RouterAdvertisementConfig, path: Path): Problem[] {
  const problems: Problem[] = [];
  const greatest = greatestMinIntervalS(maxIntervalS);
  if (minIntervalS !== undefined && minIntervalS > greatest) {
    const message = `minIntervalS ${minIntervalS} is more than three quarters of maxIntervalS ${maxIntervalS}; write at most ${greatest}`;
    problems.push(mistake([...path, 'minIntervalS'], message));
  }
  if (lifetimeS !== undefined && lifetimeS !== 0 && lifetimeS <= maxIntervalS) {
    const message = `hosts would lose the router between two advertisements: lifetimeS ${lifetimeS} must be more than maxIntervalS ${maxIntervalS}, or 0 for no default router`;
    problems.push(mistake([...path, 'lifetimeS'], message));
  }
  return problems;
}

function checkPrefix({ prefixes }: RouterAdvertisementConfig, index: number, path: Path): Problem[] {
  const one = prefixes[index];
  const prefix = parsePrefix(one?.prefix ?? '');
  if (!one || !prefix) return [];
  if (isLinkLocal(one.prefix))
    return [mistake([...path, 'prefix'], `${one.prefix} is link-local; every host has it already`)];
  const twin = prefixes.slice(0, index).find((other) => other.prefix.split('/')[0] === one.prefix.split('/')[0]);
  if (twin?.prefix === one.prefix) return [mistake([...path, 'prefix'], `${one.prefix} stands twice in this list`)];
  if (twin)
    return [
      mistake(
        [...path, 'prefix'],
        `${one.prefix} begins as ${twin.prefix} does; VPP keeps one prefix for each address`,
      ),
    ];
  if (one.preferredS > one.validS)
    return [mistake([...path, 'preferredS'], `preferredS is longer than validS ${one.validS}; it must not be`)];
  if (one.validS === infiniteS && one.preferredS !== infiniteS)
    return [mistake([...path, 'preferredS'], 'VPP counts both lifetimes down or none: write validS too, or neither')];
  if (one.autonomous && prefix.length !== 64)
    return [
      advice([...path, 'prefix'], 'hosts make addresses of a /64 only (RFC 4862); write a /64 or autonomous: false'),
    ];
  return [];
}

/** What names single hosts makes no sense on each of many sub-interfaces. */
function checkSingle({ config, path, type }: AnyInterface, key: 'neighbours' | 'proxyNdHosts'): Problem[] {
  if (type !== 'sub-interface' || config[key].length === 0) return [];
  const count = subInterfaceCount(config);
  if (count === 1) return [];
  return [mistake([...path, key], `${key} can stand on one sub-interface only, and this entry makes ${count}`, true)];
}

/** The addresses of an interface, its own or those it borrows; undefined when they are not known for sure. */
export function addressesOf(model: Model, item: AnyInterface): readonly AddressAt[] | undefined {
  const donor = item.config.unnumbered;
  if (model.doubtful.has(portOf(item.name)) || (donor !== undefined && model.doubtful.has(portOf(donor))))
    return undefined;
  return donor === undefined ? item.addresses : model.interfaces.get(donor)?.addresses;
}

function checkNeighbours(model: Model, item: AnyInterface): Problem[] {
  const networks = addressesOf(model, item);
  const seen = new Map<string, number>();
  return item.config.neighbours.flatMap(({ address }, index) => {
    const path = [...item.path, 'neighbours', index, 'address'];
    const earlier = seen.get(address);
    seen.set(address, earlier ?? index);
    if (earlier !== undefined) return [mistake(path, `${address} already stands in neighbours[${earlier}]`)];
    return networks ? checkHost(item, address, networks, path) : [];
  });
}

function checkHost({ name }: AnyInterface, text: string, networks: readonly AddressAt[], path: Path): Problem[] {
  const host = parseAddress(text);
  if (!host || isLinkLocal(text)) return [];
  const own = networks.find(({ prefix }) => prefix.family === host.family && prefix.address === host.address);
  if (own) return [mistake(path, `${text} is an address of VPP itself (${pathText(own.path)})`)];
  const ofFamily = networks.filter(({ prefix }) => prefix.family === host.family);
  if (ofFamily.some(({ prefix }) => contains(prefix, host.family, host.address))) return [];
  const known = ofFamily.length > 0 ? ` (${ofFamily.map((at) => at.text).join(', ')})` : '';
  return [
    advice(path, `${text} is in no network of "${name}"${known}; without a route VPP does not use the neighbour`),
  ];
}

function checkProxyNdHosts(model: Model, item: AnyInterface): Problem[] {
  const networks = addressesOf(model, item) ?? [];
  return item.config.proxyNdHosts.flatMap((text, index) => {
    const path = [...item.path, 'proxyNdHosts', index];
    if (item.config.proxyNdHosts.indexOf(text) < index) return [mistake(path, `${text} stands twice in this list`)];
    if (isLinkLocal(text) || /^ff/i.test(text)) return [mistake(path, `${text} is no global address of a host`)];
    const own = networks.find((at) => at.prefix.address === parseAddress(text)?.address && at.prefix.family === 6);
    return own ? [mistake(path, `${text} is an address of VPP itself (${pathText(own.path)})`)] : [];
  });
}
