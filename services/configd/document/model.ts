import type { Compiled } from '#lib/policy/compiled.js';
import type { VppAclRule } from '#lib/policy/filter.js';
import type { VlanRange } from './fields.js';
import { type Prefix, parsePrefix } from './prefix.js';
import type { Path } from './problem.js';
import type { ConfigDocument, PortConfig, SubInterfaceConfig } from './schema.js';

/** What a port is made of. */
export type PortType = 'host-interface' | 'vpp-interface' | 'memif' | 'bond' | 'loopback';

/** Tags of a sub-interface. */
export interface Tags {
  /** `default`: every tagged frame that nobody else takes. */
  readonly outerVlan: number | 'default';
  /** Absent: single tag. */
  readonly innerVlan?: number | 'any';
}

interface Interface {
  /** `access` or `access.100.7`. */
  readonly name: string;
  readonly path: Path;
  readonly addresses: readonly AddressAt[];
}

export interface Port extends Interface {
  readonly type: PortType;
  readonly config: PortConfig;
}

export interface SubInterface extends Interface {
  readonly type: 'sub-interface';
  readonly port: string;
  readonly tags: Tags;
  readonly config: SubInterfaceConfig;
}

export type AnyInterface = Port | SubInterface;

/** An address of an interface and where it is written. */
export interface AddressAt {
  readonly prefix: Prefix;
  readonly text: string;
  readonly path: Path;
}

/** The document with its ranges expanded: every interface by its name. */
export interface Model {
  readonly document: ConfigDocument;
  readonly interfaces: ReadonlyMap<string, AnyInterface>;
  /** What the ACLs by name were compiled to. */
  readonly filters: ReadonlyMap<string, Compiled<VppAclRule[]>>;
  /** Ports that are not known fully, because something under them was refused already: nothing is concluded from them. */
  readonly doubtful: ReadonlySet<string>;
}

/** Interfaces as they are looked up by name. */
export interface Interfaces {
  readonly interfaces: Pick<Model['interfaces'], 'get'>;
}

/** The port of an interface name: `access` of `access.100.7`. */
export const portOf = (name: string): string => name.split('.', 1)[0] ?? name;

const count = (ranges: readonly VlanRange[]): number =>
  ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);

/** Number of sub-interfaces that one entry stands for, without making them. */
export const subInterfaceCount = (config: SubInterfaceConfig): number =>
  count(config.vlan ?? config.outerVlan ?? []) * (config.innerVlan ? count(config.innerVlan) : 1);

function* each<W extends 'any' | 'default'>(ranges: readonly VlanRange[], wordThere: W): Generator<number | W> {
  for (const { first, last, word } of ranges) {
    if (word) yield wordThere;
    else for (let vlan = first; vlan <= last; vlan++) yield vlan;
  }
}

/** All tags of one entry, in the order written. */
export function* tagsOf(config: SubInterfaceConfig): Generator<Tags> {
  for (const outerVlan of each(config.vlan ?? config.outerVlan ?? [], 'default')) {
    if (!config.innerVlan) yield { outerVlan };
    else for (const innerVlan of each(config.innerVlan, 'any')) yield { outerVlan, innerVlan };
  }
}

/** `access.100.7`. */
export const subInterfaceName = (port: string, { outerVlan, innerVlan }: Tags): string =>
  innerVlan === undefined ? `${port}.${outerVlan}` : `${port}.${outerVlan}.${innerVlan}`;

export function portType(config: PortConfig): PortType {
  if (config.vppInterface) return 'vpp-interface';
  if (config.memif) return 'memif';
  if (config.bond) return 'bond';
  return config.loopback ? 'loopback' : 'host-interface';
}

function addressesAt(texts: readonly string[], path: Path): AddressAt[] {
  const found: AddressAt[] = [];
  for (const [index, text] of texts.entries()) {
    const prefix = parsePrefix(text);
    if (prefix) found.push({ prefix, text, path: [...path, 'addresses', index] });
  }
  return found;
}

/** Expands the document. The numbers of sub-interfaces have been checked before. */
export function buildModel(
  document: ConfigDocument,
  doubtful: ReadonlySet<string> = new Set(),
  filters: Model['filters'] = new Map(),
): Model {
  const interfaces = new Map<string, AnyInterface>();
  for (const [name, config] of Object.entries(document.interfaces)) {
    const path: Path = ['interfaces', name];
    interfaces.set(name, {
      type: portType(config),
      name,
      path,
      config,
      addresses: addressesAt(config.addresses, path),
    });
    for (const [index, entry] of config.subInterfaces.entries()) {
      const entryPath: Path = [...path, 'subInterfaces', index];
      const addresses = addressesAt(entry.addresses, entryPath);
      for (const tags of tagsOf(entry)) {
        const subName = subInterfaceName(name, tags);
        if (interfaces.has(subName)) continue;
        interfaces.set(subName, {
          type: 'sub-interface',
          name: subName,
          port: name,
          tags,
          path: entryPath,
          config: entry,
          addresses,
        });
      }
    }
  }
  return { document, interfaces, filters, doubtful };
}

/** Each written interface once: ranges by their first member. */
export function* writtenInterfaces(model: Model): Generator<AnyInterface> {
  let last: unknown;
  for (const item of model.interfaces.values()) {
    if (item.config !== last) yield item;
    last = item.config;
  }
}
