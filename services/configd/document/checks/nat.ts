import { maxPoolAddresses } from '../../resources/nat-pool.js';
import { type AnyInterface, type Model, portOf, writtenInterfaces } from '../model.js';
import type { AddressRange } from '../nat-schema.js';
import { parseAddress, parsePrefix } from '../prefix.js';
import { advice, mistake, type Path, type Problem, pathText } from '../problem.js';
import { checkDet44 } from './det44.js';
import { vrfMissing } from './references.js';

const sections = ['nat44Ed', 'nat44Ei', 'det44'] as const;
type Section = (typeof sections)[number];

/** NAT that does not fit together: sides without NAT, two NATs on one interface, addresses in two pools, mappings that collide. */
export function checkNat(model: Model): Problem[] {
  return [
    ...[...writtenInterfaces(model)].flatMap((item) => checkSides(model, item)),
    ...sections.flatMap((section) => checkUse(model, section)),
    ...checkVrfs(model),
    ...checkPools(model),
    ...checkStatics(model, 'nat44Ed'),
    ...checkStatics(model, 'nat44Ei'),
    ...checkUserSessions(model),
    ...checkDet44(model),
  ];
}

function checkSides({ document, doubtful }: Model, item: AnyInterface): Problem[] {
  const sides = sections.filter((section) => item.config[section] !== undefined);
  const [first, second] = sides;
  if (first === undefined || doubtful.has(portOf(item.name))) return [];
  if (second !== undefined)
    return [
      mistake([...item.path, second], `"${item.name}" has ${first} already; an interface has one kind of NAT`, true),
    ];
  if (item.config.bridge || item.config.crossConnect !== undefined)
    return [mistake([...item.path, first], `"${item.name}" is an interface of layer 2; NAT is for routed ones`, true)];
  if (document[first] === undefined)
    return [mistake([...item.path, first], `${first} is not set up; write it at the top of the document`, true)];
  return [];
}

/** NAT that no interface takes part in. */
function checkUse(model: Model, section: Section): Problem[] {
  if (model.document[section] === undefined || model.doubtful.size > 0) return [];
  const sides = new Set([...model.interfaces.values()].map(({ config }) => config[section]));
  const has = (side: string) => [...sides].some((one) => one === side || one === 'both' || one === 'output');
  const lacking = ['inside', 'outside'].filter((side) => !has(side));
  if (lacking.length === 0) return [];
  return [advice([section], `no interface is ${lacking.join(' or ')} of ${section}; nothing is translated`)];
}

function checkVrfs(model: Model): Problem[] {
  const { nat44Ed, nat44Ei } = model.document;
  return sections.flatMap((section) => {
    const config = model.document[section];
    if (!config) return [];
    const places = (['insideVrf', 'outsideVrf'] as const).flatMap((key) =>
      vrfMissing(model, config[key], [section, key]),
    );
    const pools = 'pools' in config ? config.pools : [];
    const statics = 'staticMappings' in config ? Object.entries(config.staticMappings) : [];
    const limits = config === nat44Ed ? nat44Ed.sessionLimits : [];
    return [
      ...places,
      ...pools.flatMap(({ vrf }, index) =>
        vrf === 'any' ? [] : vrfMissing(model, vrf, [section, 'pools', index, 'vrf']),
      ),
      ...statics.flatMap(([name, { vrf }]) => vrfMissing(model, vrf, [section, 'staticMappings', name, 'vrf'])),
      ...limits.flatMap(({ vrf }, index) => vrfMissing(model, vrf, [section, 'sessionLimits', index, 'vrf'])),
      ...(config === nat44Ei ? [] : repeatedLimits(limits)),
    ];
  });
}

function repeatedLimits(limits: readonly { vrf: string }[]): Problem[] {
  return limits.flatMap(({ vrf }, index) => {
    const first = limits.findIndex((limit) => limit.vrf === vrf);
    if (first === index) return [];
    return [
      mistake(['nat44Ed', 'sessionLimits', index, 'vrf'], `VRF ${vrf} has a limit already (sessionLimits[${first}])`),
    ];
  });
}

interface Held {
  readonly first: bigint;
  readonly last: bigint;
  readonly text: string;
  readonly path: Path;
  /** Twice NAT: addresses of a world of their own. */
  readonly twice: boolean;
}

const numberOf = (text: string): bigint => parseAddress(text)?.address ?? 0n;

const rangeText = ({ first, last }: AddressRange): string => (first === last ? first : `${first}-${last}`);

/** Outside addresses of every kind of NAT, where they are written. */
function heldAddresses({ document }: Model): Held[] {
  const pools = (['nat44Ed', 'nat44Ei'] as const).flatMap((section) =>
    (document[section]?.pools ?? []).map((pool, index) => ({
      first: numberOf(pool.addresses.first),
      last: numberOf(pool.addresses.last),
      text: rangeText(pool.addresses),
      path: [section, 'pools', index, 'addresses'],
      twice: 'twiceNat' in pool && pool.twiceNat === true,
    })),
  );
  const maps = (document.det44?.maps ?? []).flatMap(({ outside }, index) => {
    const prefix = parsePrefix(outside);
    const path = ['det44', 'maps', index, 'outside'];
    return prefix ? [{ first: prefix.first, last: prefix.last, text: outside, path, twice: false }] : [];
  });
  return [...pools, ...maps];
}

function checkPools(model: Model): Problem[] {
  const held = heldAddresses(model);
  return held.flatMap((one, index) => {
    const size = one.last - one.first + 1n;
    if (one.path[0] !== 'det44' && size > BigInt(maxPoolAddresses)) {
      const message = `${size} addresses are too many for a pool: VPP compares each with all others; at most ${maxPoolAddresses}`;
      return [mistake(one.path, message)];
    }
    const other = held.slice(0, index).find((earlier) => meets(earlier, one));
    if (!other) return [];
    return [
      mistake(
        one.path,
        `${one.text} meets ${other.text} (${pathText(other.path.slice(0, -1))}); an outside address stands once`,
      ),
    ];
  });
}

const meets = (a: Held, b: Held): boolean => a.twice === b.twice && a.first <= b.last && b.first <= a.last;

type StaticConfig = NonNullable<Model['document']['nat44Ed']>['staticMappings'][string];

function checkStatics({ document }: Model, section: 'nat44Ed' | 'nat44Ei'): Problem[] {
  const taken = new Map<string, string>();
  const config = document[section];
  return Object.entries(config?.staticMappings ?? {}).flatMap(([name, one]) => {
    const path: Path = [section, 'staticMappings', name];
    const parts = [one.protocol, one.localPort, one.externalPort].filter((part) => part !== undefined).length;
    if (parts !== 0 && parts !== 3)
      return [
        mistake(path, 'protocol, localPort and externalPort go together; without all three every port is mapped'),
      ];
    const problems = section === 'nat44Ei' ? checkInPool(config?.pools ?? [], one, path) : [];
    const key = parts === 0 ? one.external : `${one.external} ${one.protocol} ${one.externalPort}`;
    const earlier = taken.get(key);
    taken.set(key, earlier ?? name);
    if (earlier === undefined) return problems;
    return [...problems, mistake(path, `"${earlier}" has ${key} already; outside, each port is mapped once`)];
  });
}

/** NAT44-EI takes the port of a mapping from a pool, and knows no other addresses. */
function checkInPool(pools: readonly { addresses: AddressRange }[], { external, protocol }: StaticConfig, path: Path) {
  const address = numberOf(external);
  const inPool = pools.some(
    ({ addresses }) => numberOf(addresses.first) <= address && address <= numberOf(addresses.last),
  );
  if (inPool || protocol === undefined) return [];
  return [mistake([...path, 'external'], `${external} is in no pool; NAT44-EI maps ports of pool addresses only`)];
}

function checkUserSessions({ document }: Model): Problem[] {
  const { sessions = 0, userSessions } = document.nat44Ei ?? {};
  if (userSessions === undefined || userSessions <= sessions) return [];
  return [mistake(['nat44Ei', 'userSessions'], `userSessions is ${userSessions}, but all together have ${sessions}`)];
}
