import type { Resource } from '../reconcile/resource.js';
import { acl } from '../resources/acl.js';
import { aclCounters } from '../resources/acl-counters.js';
import { aclList } from '../resources/acl-list.js';
import { address } from '../resources/address.js';
import { dhcpClientAcl } from '../resources/dhcp-client-acl.js';
import { hostInterface } from '../resources/host-interface.js';
import { interfaceVrf } from '../resources/interface-vrf.js';
import { loopback } from '../resources/loopback.js';
import { macipInterface } from '../resources/macip-interface.js';
import { memif } from '../resources/memif.js';
import { memifSocket } from '../resources/memif-socket.js';
import { permitAllAclName, raGuardAclName, stableMac } from '../resources/names.js';
import { policer } from '../resources/policer.js';
import { proxyArp } from '../resources/proxy-arp.js';
import { proxyArpRange } from '../resources/proxy-arp-range.js';
import { permitAllAcl, raGuardAcl } from '../resources/ra-guard-acl.js';
import { subInterface } from '../resources/sub-interface.js';
import { unnumbered } from '../resources/unnumbered.js';
import { vppInterface } from '../resources/vpp-interface.js';
import { vrf } from '../resources/vrf.js';
import { bondsByMember, compileBond } from './compile-bonds.js';
import { compileDhcpServers, compileRelays } from './compile-dhcp.js';
import { compileFeatures, compileNodeFeatures } from './compile-features.js';
import { compileBridgeDomains, compileL2 } from './compile-l2.js';
import { compileMacip } from './compile-macip.js';
import { compileNat, compileNatInterface } from './compile-nat.js';
import { compilePbrLists } from './compile-pbr.js';
import { compileNextHops, compileRoutes } from './compile-routes.js';
import { CompiledEntries } from './compiled-entries.js';
import { groupBy } from './group-by.js';
import { digest, interfaceKeyOf, inVrf, keyNamed, numbersFor } from './keys.js';
import type { AddressAt, AnyInterface, Interfaces, Model, Port, SubInterface } from './model.js';
import { addressText } from './prefix.js';

/** What the names of a node's objects are made from, beside the document. */
export interface Node {
  /** Name of this node: MAC addresses that the document leaves open are made from it. */
  readonly name: string;
}

/** The resources of a checked document, in no particular order, each key once. `entries` are those of the document before it. */
export function compileDocument(model: Model, node: Node, entries = new CompiledEntries()): Resource[] {
  entries.begin();
  const context = { model, node, numbers: portNumbers(model), bonds: bondsByMember(model) };
  const resources: Resource[] = [
    ...compileVrfs(model),
    ...compilePolicies(model, entries),
    ...compileNextHops(model),
    ...compileRoutes(model),
    ...compileRelays(model),
    ...compilePbrLists(model),
    ...compileNodeFeatures(model, node.name),
    ...compileBridgeDomains(model),
    ...compileNat(model),
    ...compileMacip(model),
  ];
  const subInterfaces: SubInterface[] = [];
  for (const item of model.interfaces.values()) {
    if (item.type === 'sub-interface') subInterfaces.push(item);
    else resources.push(...compilePort(item, context), ...compileInterface(model, item, node));
    resources.push(...compileDhcpServers(model, item));
  }
  const byKey = new Map(resources.map((resource) => [resource.key, resource]));
  for (const members of groupBy(subInterfaces, ({ config }) => config).values())
    for (const resource of compileEntry(model, members, node, entries)) byKey.set(resource.key, resource);
  return [...byKey.values()];
}

function compileEntry(model: Model, members: readonly SubInterface[], node: Node, entries: CompiledEntries) {
  const [first] = members;
  if (!first) return [];
  return entries.of(first, model.interfaces, (seen) =>
    members.flatMap((item) => [compileSubInterface(seen, item), ...compileInterface(seen, item, node)]),
  );
}

/** What an interface has, whatever it is made of. */
const compileInterface = (model: Interfaces, item: AnyInterface, node: Node): Resource[] => [
  ...compileLayer3(model, item),
  ...compileFeatures(model, item),
  ...compileL2(model, item, node.name),
  ...compileNatInterface(item),
];

/** VPP's numbers of loopbacks and of bonds, by name. */
const portNumbers = ({ interfaces }: Model): ReadonlyMap<string, number> =>
  new Map(
    (['loopback', 'bond'] as const).flatMap((type) => {
      const items = [...interfaces.values()].filter((item) => item.type === type);
      return [
        ...numbersFor(
          items.map(({ name }) => name),
          16_384,
        ),
      ];
    }),
  );

/** VPP numbers memif sockets; 0 is its own default one. */
const socketNumber = (path: string): number => 1 + (digest(path) % 0x7ffffffe);

interface PortContext {
  readonly model: Model;
  readonly node: Node;
  readonly numbers: ReadonlyMap<string, number>;
  readonly bonds: ReadonlyMap<string, Port>;
}

function compilePort(item: Port, { model, node, numbers, bonds }: PortContext): Resource[] {
  const { config, name } = item;
  const owner = bonds.get(name) ?? item;
  const number = numbers.get(name) ?? 0;
  const common = {
    name,
    mac: owner.config.mac ?? stableMac(node.name, owner.name),
    enabled: config.enabled,
    mtu: config.mtu ?? owner.config.mtu ?? defaultMtu,
  };
  switch (item.type) {
    case 'host-interface':
      return [hostInterface.of({ ...common, device: config.hostInterface?.device ?? '' })];
    case 'vpp-interface': {
      const { mac, ...rest } = common;
      const isMember = bonds.has(name);
      const own = isMember || config.mac !== undefined ? { mac } : {};
      return [vppInterface.of({ ...rest, ...own, interface: config.vppInterface?.name ?? '' })];
    }
    case 'loopback':
      return [loopback.of({ ...common, instance: number })];
    case 'bond':
      return compileBond(item, common, number, (member) => keyNamed(model, member));
    case 'memif': {
      const { socket = '', id = 0, role = 'slave' } = config.memif ?? {};
      const filename = memifSocket.of({ id: socketNumber(socket), filename: socket });
      const memory = { ringSize: 4096, bufferBytes: 2048 };
      return [filename, memif.of({ ...common, ...memory, socket: filename.key, id, role })];
    }
    default:
      return item.type satisfies never;
  }
}

/** VPP's own for a port. */
const defaultMtu = 9000;

function compileSubInterface(model: Interfaces, { config, port, tags }: SubInterface): Resource {
  const parent = model.interfaces.get(port);
  return subInterface.of({
    parent: keyNamed(model, port),
    ...tags,
    dot1ad: config.outerTag === 'dot1ad',
    mtu: config.mtu ?? 0,
    enabled: config.enabled && parent?.config.enabled !== false,
  });
}

function compileLayer3(model: Interfaces, item: AnyInterface): Resource[] {
  const { config } = item;
  const key = interfaceKeyOf(item);
  const table = inVrf(config.vrf);
  const resources: Resource[] = item.addresses.map(({ text }) =>
    address.of({ interface: key, prefix: text, ...table }),
  );
  if (table.vrf) resources.push(interfaceVrf.of({ interface: key, vrf: table.vrf }));
  if (config.unnumbered)
    resources.push(unnumbered.of({ interface: key, donor: keyNamed(model, config.unnumbered), ...table }));
  const lists = { in: inputLists(item), out: aclKeys(config.acl?.out) };
  if (lists.in.length + lists.out.length > 0) resources.push(aclList.of({ interface: key, ...lists }));
  if (config.bridge?.raGuard) resources.push(raGuardAcl(), permitAllAcl());
  if (config.macip !== undefined)
    resources.push(macipInterface.of({ interface: key, list: `macip-acl/${config.macip}` }));
  if (config.proxyArp) resources.push(proxyArp.of({ interface: key }), ...proxyRanges(model, item));
  return resources;
}

/** The lists for what comes in, behind RA guard where it is wanted. */
function inputLists({ config }: AnyInterface): string[] {
  const own = aclKeys(config.acl?.in);
  if (!config.bridge?.raGuard) return own;
  return [...aclKeys([raGuardAclName]), ...(own.length > 0 ? own : aclKeys([permitAllAclName]))];
}

const aclKeys = (names: readonly string[] = []): string[] => names.map((name) => `acl/${name}`);

/** The IPv4 networks of the interface, its own or those it borrows, without network and broadcast address. */
function proxyRanges(model: Interfaces, { config, addresses }: AnyInterface): Resource[] {
  const donor = config.unnumbered === undefined ? undefined : model.interfaces.get(config.unnumbered);
  return (donor?.addresses ?? addresses).flatMap(({ prefix }: AddressAt) => {
    if (prefix.family !== 4 || prefix.length > 30) return [];
    const low = addressText(4, prefix.first + 1n);
    return [proxyArpRange.of({ ...inVrf(config.vrf), low, high: addressText(4, prefix.last - 1n) })];
  });
}

const compileVrfs = ({ document }: Model): Resource[] =>
  Object.entries(document.vrfs).map(([name, { table }]) => vrf.of({ name, tableId: table }));

function compilePolicies({ document, filters }: Model, entries: CompiledEntries): Resource[] {
  const acls = Object.keys(document.acls).map((name) => {
    const filter = filters.get(name);
    const rules = filter?.ok ? filter.value : [];
    return entries.list(name, rules, () => acl.of({ name, rules }));
  });
  const control = document.dhcpRelay.length > 0 ? [dhcpClientAcl()] : [];
  const counters = document.aclCounters && acls.length > 0 ? [aclCounters.of({})] : [];
  return [
    ...control,
    ...acls,
    ...counters,
    ...Object.entries(document.policers).map(([name, rate]) => policer.of({ name, rate })),
  ];
}
