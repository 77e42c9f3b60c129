import { Line } from '#gen/bng/v1/common.js';
import type { ChangeListener } from '../reconcile/engine.js';
import { jsonEqual } from '../reconcile/json-equal.js';
import type { Recorded } from '../reconcile/recorded.js';
import type { AddressSpec } from './address.js';
import type { DhcpServersSpec } from './dhcp-servers.js';
import type { InterfaceHandle } from './interface-common.js';
import type { InterfaceVrfSpec } from './interface-vrf.js';
import { nameOf, vrfName } from './names.js';
import { isExact, type SubInterfaceSpec } from './sub-interface.js';
import type { UnnumberedSpec } from './unnumbered.js';
import type { VppInterfaceHandle } from './vpp-interface.js';

/** The part of the engine that lines are read from. */
export interface LineSource {
  readonly recorded: {
    get(key: string): Recorded | undefined;
    keys(): Iterable<string>;
    dependents(key: string): ReadonlySet<string>;
  };
  onChange(listener: ChangeListener): () => void;
}

export type LineChange =
  /** Everything may have changed: read `all()` again. */
  | { readonly kind: 'reset' }
  | { readonly kind: 'upsert'; readonly line: Line }
  | { readonly kind: 'remove'; readonly line: Line };

const specOf = <S>(source: LineSource, key: string) => source.recorded.get(key)?.resource.spec as S | undefined;

const startsWith = (prefix: string) => (key: string) => key.startsWith(prefix);
/** Kinds that make an interface one of layer 2. */
const switchedBy = ['bridge-port', 'cross-connect'];
/** Kinds that a line shows something of, by the name of its interface. */
const shownKinds = ['unnumbered', 'interface-vrf', 'address', 'dhcp-servers'];
const noTags = { outerVlan: 'default' } as const;
const portKinds = ['host-interface/', 'vpp-interface/', 'memif/', 'bond/'];

/** Whether subscribers may attach: sub-interfaces, and ports that borrow an address. */
function isLine(source: LineSource, key: string): boolean {
  if (switchedBy.some((kind) => source.recorded.get(`${kind}/${nameOf(key)}`) !== undefined)) return false;
  if (key.startsWith('sub-interface/')) return isExact(specOf<SubInterfaceSpec>(source, key) ?? noTags);
  return (
    portKinds.some((kind) => key.startsWith(kind)) && source.recorded.get(`unnumbered/${nameOf(key)}`) !== undefined
  );
}

/** Addresses of interfaces while nothing changes: thousands of lines borrow those of one donor, on which they all hang. */
class Addresses {
  private readonly known = new Map<string, readonly string[]>();

  constructor(private readonly source: LineSource) {}

  of(holder: string): readonly string[] {
    const known = this.known.get(holder) ?? this.read(holder);
    this.known.set(holder, known);
    return known;
  }

  private read(holder: string): readonly string[] {
    return [...this.source.recorded.dependents(holder)]
      .filter(startsWith(`address/${nameOf(holder)}/`))
      .sort()
      .map((address) => specOf<AddressSpec>(this.source, address)?.prefix.split('/')[0] ?? '');
  }
}

function gatewaysOf(source: LineSource, key: string, addresses: Addresses): string[] {
  const donor = specOf<UnnumberedSpec>(source, `unnumbered/${nameOf(key)}`)?.donor;
  const lender = specOf<InterfaceVrfSpec>(source, `interface-vrf/${nameOf(key)}`)?.lender;
  return [key, donor, lender].flatMap((holder) => (holder === undefined ? [] : addresses.of(holder)));
}

/** The VRF of the operator's configuration, also while the line is moved for its session. */
function homeVrfOf(source: LineSource, key: string): string {
  const binding = specOf<InterfaceVrfSpec>(source, `interface-vrf/${nameOf(key)}`);
  return vrfName(binding?.lender === undefined ? binding?.vrf : undefined);
}

const vlanOf = (tag: number | string | undefined): number => (typeof tag === 'number' ? tag : 0);

/** MAC of a port: as wanted, or as VPP has it. */
function macOf(source: LineSource, port: string): string {
  const record = source.recorded.get(port);
  const wanted = (record?.resource.spec as { mac?: string } | undefined)?.mac;
  return wanted ?? (record?.handle as Partial<VppInterfaceHandle> | undefined)?.mac ?? '';
}

function dhcpServersOf(source: LineSource, key: string): { dhcpServers?: { group: string; servers: string[] } } {
  const spec = specOf<DhcpServersSpec>(source, `dhcp-servers/${nameOf(key)}`);
  return spec === undefined ? {} : { dhcpServers: { group: spec.group, servers: spec.servers } };
}

/** The line behind an interface key as VPP holds it; undefined when it is not there or not for subscribers. */
function lineOf(source: LineSource, key: string, addresses: Addresses): Line | undefined {
  const record = source.recorded.get(key);
  if (!record || !isLine(source, key)) return undefined;
  const tags = key.startsWith('sub-interface/') ? specOf<SubInterfaceSpec>(source, key) : undefined;
  const parent = tags?.parent ?? key;
  return Line.fromPartial({
    name: nameOf(key),
    swIfIndex: (record.handle as InterfaceHandle).swIfIndex,
    parent: nameOf(parent),
    outerVlan: vlanOf(tags?.outerVlan),
    innerVlan: vlanOf(tags?.innerVlan),
    vrf: homeVrfOf(source, key),
    gateways: gatewaysOf(source, key, addresses),
    gatewayMac: macOf(source, parent),
    ...dhcpServersOf(source, key),
  });
}

/** Every line by name, kept up with the engine's changes. */
export class LineBook {
  private readonly lines = new Map<string, { key: string; line: Line }>();
  private readonly listeners = new Set<(change: LineChange) => void>();
  private readonly stop: () => void;

  constructor(private readonly source: LineSource) {
    this.reload();
    this.stop = source.onChange((keys) => (keys ? this.update(keys) : this.reset()));
  }

  close(): void {
    this.stop();
    this.listeners.clear();
  }

  all(): Line[] {
    return [...this.lines.values()].map(({ line }) => line);
  }

  byName(name: string): Line | undefined {
    return this.lines.get(name)?.line;
  }

  /** Interface key of a line. */
  keyOf(name: string): string | undefined {
    return this.lines.get(name)?.key;
  }

  /** Calls back after each change; returns what ends it. */
  subscribe(listener: (change: LineChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private reload(): void {
    this.lines.clear();
    const addresses = new Addresses(this.source);
    for (const key of this.source.recorded.keys()) {
      const line = lineOf(this.source, key, addresses);
      if (line) this.lines.set(line.name, { key, line });
    }
  }

  private reset(): void {
    this.reload();
    this.emit({ kind: 'reset' });
  }

  private update(keys: ReadonlySet<string>): void {
    const touched = new Set<string>();
    for (const key of keys) for (const line of this.linesTouchedBy(key)) touched.add(line);
    const addresses = new Addresses(this.source);
    for (const key of touched) this.refresh(key, addresses);
  }

  /** Interface keys whose line shows something of this key. */
  private linesTouchedBy(key: string): string[] {
    const [kind = '', name = ''] = key.split('/', 2);
    if (kind === 'sub-interface') return [key];
    if (portKinds.includes(`${kind}/`)) return [key, ...this.children(key)];
    if (switchedBy.includes(kind) || shownKinds.includes(kind)) {
      const own = this.interfaceKeys(name);
      return kind === 'address' ? [...own, ...own.flatMap((donor) => this.borrowers(donor))] : own;
    }
    return [];
  }

  /** Names of sub-interfaces have a dot, and only theirs. */
  private interfaceKeys(name: string): string[] {
    if (name.includes('.')) return [`sub-interface/${name}`];
    return ['loopback/', ...portKinds].map((kind) => kind + name);
  }

  private children(port: string): string[] {
    return [...this.source.recorded.dependents(port)].filter(startsWith('sub-interface/'));
  }

  private borrowers(donor: string): string[] {
    return [...this.source.recorded.dependents(donor)].flatMap((key) => {
      const spec = key.startsWith('unnumbered/') ? specOf<UnnumberedSpec>(this.source, key) : undefined;
      return spec?.donor === donor ? [spec.interface] : [];
    });
  }

  private refresh(key: string, addresses: Addresses): void {
    const name = nameOf(key);
    const before = this.lines.get(name);
    if (before && before.key !== key) return;
    const line = lineOf(this.source, key, addresses);
    if (line && (!before || !jsonEqual(before.line, line))) {
      this.lines.set(name, { key, line });
      this.emit({ kind: 'upsert', line });
    } else if (!line && before) {
      this.lines.delete(name);
      this.emit({ kind: 'remove', line: before.line });
    }
  }

  private emit(change: LineChange): void {
    for (const listener of this.listeners) listener(change);
  }
}
