import { jsonEqual } from '../../reconcile/json-equal.js';
import { type AnyInterface, type Model, portOf, writtenInterfaces } from '../model.js';
import { mistake, type Path, type Problem } from '../problem.js';
import { interfaceSchema, subInterfaceSchema } from '../schema.js';
import { didYouMean } from '../suggest.js';
import { checkCrossConnects, peersOf } from './cross-connects.js';

/** Interfaces of layer 2 that are something else as well, bridge domains that are not there, and tags that cannot be rewritten. */
export function checkL2(model: Model): Problem[] {
  const peers = peersOf(model);
  const routers = new Map<string, string>();
  const known = [...writtenInterfaces(model)].filter(({ name }) => !model.doubtful.has(portOf(name)));
  const interfaces = known.flatMap((item) => [
    ...checkBridge(model, item, routers),
    ...checkLayer3(item, item.config.bridge !== undefined || peers.has(item.name)),
    ...checkRewrite(item, item.config.bridge !== undefined || peers.has(item.name)),
  ]);
  return [...interfaces, ...checkCrossConnects(model, peers), ...checkStaticMacs(model), ...checkRoutes(model, peers)];
}

function checkBridge({ document }: Model, item: AnyInterface, routers: Map<string, string>): Problem[] {
  const { bridge } = item.config;
  if (!bridge) return [];
  const path: Path = [...item.path, 'bridge', 'domain'];
  if (!Object.hasOwn(document.bridgeDomains, bridge.domain)) {
    const near = didYouMean(bridge.domain, Object.keys(document.bridgeDomains));
    return [mistake(path, `there is no bridge domain "${bridge.domain}"; write it under bridgeDomains${near}`)];
  }
  if (item.type !== 'loopback') return [];
  if (bridge.raGuard)
    return [
      mistake([...item.path, 'bridge', 'raGuard'], 'the BVI is the router; raGuard is for the ports of hosts', true),
    ];
  const first = routers.get(bridge.domain);
  routers.set(bridge.domain, first ?? item.name);
  if (first === undefined) return [];
  return [mistake(path, `"${first}" routes for the domain "${bridge.domain}" already; it has one BVI`)];
}

type Layer3Key = Extract<keyof AnyInterface['config'], string>;

/** Keys that VPP takes on an interface of layer 2 without doing what they say. */
const layer3Keys: readonly Layer3Key[] = [
  ...(['vrf', 'addresses', 'unnumbered', 'proxyArp', 'ip6', 'routerAdvertisement', 'neighbours', 'proxyNd'] as const),
  ...(['proxyNdHosts', 'urpf', 'mssClamp', 'vrrp', 'dhcpServerGroup'] as const),
];

const tagged = ({ type, config }: AnyInterface): boolean => type === 'sub-interface' && 'vlan' in config;

/** The tags of a sub-interface that takes several: `any` or `default`. */
function openTag(item: AnyInterface): string | number | undefined {
  if (item.type !== 'sub-interface') return undefined;
  const { outerVlan, innerVlan } = item.tags;
  return [outerVlan, innerVlan].find((tag) => typeof tag === 'string');
}

function checkLayer3(item: AnyInterface, isSwitched: boolean): Problem[] {
  const open = openTag(item);
  if (open !== undefined && !isSwitched) {
    const message = `"${item.name}" takes frames of many tags, so it can only be bridged or cross-connected; for addresses and subscribers write its exact tags`;
    return [mistake(item.path, message)];
  }
  if (!isSwitched || item.type === 'loopback') return [];
  const defaults: Partial<Record<string, unknown>> = (tagged(item) ? subInterfaceSchema : interfaceSchema).parse({});
  return layer3Keys
    .filter((key) => item.config[key] !== undefined && !jsonEqual(item.config[key], defaults[key]))
    .map((key) => {
      const message = `"${item.name}" is an interface of layer 2; ${key} belongs on a loopback in the bridge domain`;
      return mistake([...item.path, key], message, true);
    });
}

/** Tags that a frame has for certain. */
function fixedTags(item: AnyInterface): number {
  if (item.type !== 'sub-interface' || typeof item.tags.outerVlan !== 'number') return 0;
  return typeof item.tags.innerVlan === 'number' ? 2 : 1;
}

function checkRewrite(item: AnyInterface, isSwitched: boolean): Problem[] {
  const rewrite = item.config.tagRewrite;
  if (!rewrite) return [];
  const path: Path = [...item.path, 'tagRewrite'];
  if (!isSwitched) return [mistake(path, 'tags are rewritten where frames are switched: with bridge or crossConnect')];
  if (item.type === 'loopback') return [mistake(path, 'a loopback has no tags to rewrite')];
  if (rewrite.pop + rewrite.push.length === 0) return [mistake(path, 'what is rewritten? write pop, push or both')];
  const tags = fixedTags(item);
  if (rewrite.pop > tags) {
    const has = tags === 0 ? 'no tag' : tags === 1 ? 'one tag' : 'two tags';
    return [
      mistake([...path, 'pop'], `frames of "${item.name}" have ${has} for certain; ${rewrite.pop} cannot be popped`),
    ];
  }
  if (rewrite.pushOuterTag === 'dot1ad' && rewrite.push.length === 0)
    return [mistake([...path, 'pushOuterTag'], 'pushOuterTag is about pushed tags; write push too')];
  return [];
}

function checkStaticMacs(model: Model): Problem[] {
  return Object.entries(model.document.bridgeDomains).flatMap(([domain, { staticMacs }]) => {
    const seen = new Set<string>();
    return staticMacs.flatMap((entry, index) => {
      const path: Path = ['bridgeDomains', domain, 'staticMacs', index];
      if (seen.has(entry.mac)) return [mistake([...path, 'mac'], `${entry.mac} stands twice in this domain`)];
      seen.add(entry.mac);
      return checkStaticMac(model, domain, entry, path);
    });
  });
}

type StaticMacConfig = Model['document']['bridgeDomains'][string]['staticMacs'][number];

function checkStaticMac(model: Model, domain: string, entry: StaticMacConfig, path: Path): Problem[] {
  const { interface: behind, drop } = entry;
  if ((behind === undefined) !== drop)
    return [mistake(path, 'where is it? write either the interface behind which it is, or "drop: true"')];
  if (behind === undefined || model.doubtful.has(portOf(behind))) return [];
  const item = model.interfaces.get(behind);
  if (!item) {
    const near = didYouMean(behind, [...model.interfaces.keys()].slice(0, 2000));
    return [mistake([...path, 'interface'], `there is no interface "${behind}"${near}`)];
  }
  if (item.config.bridge?.domain === domain) return [];
  return [mistake([...path, 'interface'], `"${behind}" is no member of the bridge domain "${domain}"`)];
}

/** A route out of an interface of layer 2 leads nowhere. */
function checkRoutes({ document, interfaces }: Model, peers: ReadonlyMap<string, string>): Problem[] {
  return document.routes.flatMap(({ via }, index) =>
    via.flatMap((hop, at) => {
      const item = hop.interface === undefined ? undefined : interfaces.get(hop.interface);
      if (!item || item.type === 'loopback' || (!item.config.bridge && !peers.has(item.name))) return [];
      const message = `"${item.name}" is an interface of layer 2; packets are routed out of the loopback in its bridge domain`;
      return [mistake(['routes', index, 'via', at, 'interface'], message)];
    }),
  );
}
