import { retvals } from '#lib/vpp/retval.js';
import { IndexPool } from './index-pool.js';

export interface SubInterface {
  id: number;
  /** `sub_if_flags` of `create_subif`. */
  flags: number;
  outerVlan: number;
  innerVlan: number;
}

export type InterfaceKind = 'local' | 'dpdk' | 'af-packet' | 'memif' | 'loopback' | 'bond' | 'bvi' | 'sub';

export interface Interface {
  readonly swIfIndex: number;
  /** VPP counts its hardware apart; a sub-interface has that of its parent. */
  readonly hwIfIndex: number;
  readonly kind: InterfaceKind;
  readonly name: string;
  /** `interface_dev_type` of `sw_interface_details`. */
  readonly devType: string;
  /** The hardware interface: itself unless it is a sub-interface. */
  readonly parent: Interface;
  readonly sub?: SubInterface;
  mac: string;
  adminUp: boolean;
  linkUp: boolean;
  linkMtu: number;
  /** L3, IPv4, IPv6, MPLS; 0 inherits. */
  mtu: number[];
  tag: string;
}

export type Created = { retval: number; swIfIndex: number };
export const NO_INDEX = 0xffffffff;
/** `sub_if_flags` values. */
export const SUB_FLAG = { oneTag: 2, twoTags: 4, dot1ad: 8, exact: 16, default: 32, outerAny: 64, innerAny: 128 };

const failed = (retval: number): Created => ({ retval, swIfIndex: NO_INDEX });

export type HardwareSpec = Pick<Interface, 'kind' | 'name' | 'devType' | 'mac' | 'linkUp' | 'linkMtu'>;

/** The interface pool: creation, deletion, administrative state, sub-interfaces. Index 0 is local0, as in VPP. */
export class InterfaceTable {
  private readonly byIndex = new Map<number, Interface>();
  private readonly families = new Map<number, Family>();
  private readonly names = new Map<string, Interface>();
  private readonly pool = new IndexPool();
  private readonly hardware = new IndexPool();
  private readonly byHardware = new Map<number, Interface>();
  private readonly deleteHooks: ((swIfIndex: number) => void)[] = [];
  private readonly changeHooks: ((swIfIndex: number, change: InterfaceChange) => void)[] = [];

  constructor() {
    this.addHardware({ kind: 'local', name: 'local0', devType: 'local', mac: ZERO_MAC, linkUp: false, linkMtu: 0 });
  }

  get(swIfIndex: number): Interface | undefined {
    return this.byIndex.get(swIfIndex);
  }

  has(swIfIndex: number): boolean {
    return this.byIndex.has(swIfIndex);
  }

  byName(name: string): Interface | undefined {
    return this.names.get(name);
  }

  byHardwareIndex(hwIfIndex: number): Interface | undefined {
    return this.byHardware.get(hwIfIndex);
  }

  /** In index order, as VPP walks its pool. */
  all(): Interface[] {
    return [...this.byIndex.values()].sort((a, b) => a.swIfIndex - b.swIfIndex);
  }

  subsOf(swIfIndex: number): Interface[] {
    return [...(this.families.get(swIfIndex)?.byId.values() ?? [])];
  }

  /** The sub-interface that takes frames with exactly these tags; none for an untagged frame. */
  subByTags(parentIndex: number, key: string): Interface | undefined {
    return this.families.get(parentIndex)?.byTags.get(key);
  }

  /** Runs before an interface leaves the pool: what is keyed by its index goes, or stays as residue. */
  onDelete(hook: (swIfIndex: number) => void): void {
    this.deleteHooks.push(hook);
  }

  onChange(hook: (swIfIndex: number, change: InterfaceChange) => void): void {
    this.changeHooks.push(hook);
  }

  addHardware(spec: HardwareSpec): Interface {
    const added: Interface = {
      ...spec,
      swIfIndex: this.pool.allocate(),
      hwIfIndex: this.hardware.allocate(),
      get parent() {
        return added;
      },
      adminUp: false,
      mtu: [spec.linkMtu, 0, 0, 0],
      tag: '',
    };
    this.put(added);
    this.byHardware.set(added.hwIfIndex, added);
    this.families.set(added.swIfIndex, { byId: new Map(), byTags: new Map() });
    this.changed(added.swIfIndex, 'added');
    return added;
  }

  createSub(parentIndex: number, sub: SubInterface): Created {
    const parent = this.byIndex.get(parentIndex)?.parent;
    if (!parent) return failed(retvals.INVALID_SW_IF_INDEX);
    const family = this.families.get(parent.swIfIndex);
    if (!family) return failed(retvals.INVALID_SW_IF_INDEX);
    if (family.byId.has(sub.id)) return failed(retvals.VLAN_ALREADY_EXISTS);
    if (family.byTags.has(tagKey(sub))) return failed(retvals.UNSPECIFIED);
    const added = this.newSub(parent, sub);
    this.put(added);
    family.byId.set(sub.id, added);
    family.byTags.set(tagKey(sub), added);
    this.changed(added.swIfIndex, 'added');
    return { retval: 0, swIfIndex: added.swIfIndex };
  }

  private newSub(parent: Interface, sub: SubInterface): Interface {
    return {
      swIfIndex: this.pool.allocate(),
      hwIfIndex: parent.hwIfIndex,
      kind: 'sub',
      name: `${parent.name}.${sub.id}`,
      devType: parent.devType,
      parent,
      sub,
      mac: ZERO_MAC,
      adminUp: false,
      get linkUp() {
        return parent.linkUp;
      },
      get linkMtu() {
        return parent.linkMtu;
      },
      mtu: [0, 0, 0, 0],
      tag: '',
    };
  }

  private put(added: Interface): void {
    this.byIndex.set(added.swIfIndex, added);
    this.names.set(added.name, added);
  }

  deleteSub(swIfIndex: number): number {
    const found = this.byIndex.get(swIfIndex);
    if (!found) return retvals.INVALID_SW_IF_INDEX;
    if (!found.sub) return retvals.INVALID_SUB_SW_IF_INDEX;
    const family = this.families.get(found.parent.swIfIndex);
    family?.byId.delete(found.sub.id);
    family?.byTags.delete(tagKey(found.sub));
    this.remove(found);
    return 0;
  }

  /** Deletes a hardware interface, its sub-interfaces first. */
  deleteHardware(swIfIndex: number): void {
    const found = this.byIndex.get(swIfIndex);
    if (!found || found.sub) return;
    for (const sub of this.subsOf(swIfIndex)) this.remove(sub);
    this.families.delete(swIfIndex);
    this.byHardware.delete(found.hwIfIndex);
    this.hardware.release(found.hwIfIndex);
    this.remove(found);
  }

  private remove(gone: Interface): void {
    for (const hook of this.deleteHooks) hook(gone.swIfIndex);
    this.byIndex.delete(gone.swIfIndex);
    this.names.delete(gone.name);
    this.pool.release(gone.swIfIndex);
    this.changed(gone.swIfIndex, 'deleted');
  }

  setAdmin(swIfIndex: number, up: boolean): number {
    const found = this.byIndex.get(swIfIndex);
    if (!found) return retvals.INVALID_SW_IF_INDEX;
    if (found.sub && up && !found.parent.adminUp) return retvals.UNSPECIFIED;
    if (found.adminUp === up) return 0;
    found.adminUp = up;
    if (found.kind === 'loopback' || found.kind === 'bvi' || found.kind === 'af-packet') found.linkUp = up;
    this.changed(swIfIndex, up ? 'up' : 'down');
    return 0;
  }

  /** The state of the link, where a table above knows it. */
  setLink(swIfIndex: number, up: boolean): void {
    const found = this.byIndex.get(swIfIndex);
    if (!found || found.linkUp === up) return;
    found.linkUp = up;
    this.changed(swIfIndex, up ? 'link-up' : 'link-down');
  }

  /** Up itself, and its parent too. */
  isForwarding(found: Interface): boolean {
    return found.adminUp && found.parent.adminUp;
  }

  setTag(swIfIndex: number, tag: string): number {
    const found = this.byIndex.get(swIfIndex);
    if (!found) return retvals.INVALID_SW_IF_INDEX;
    found.tag = tag;
    return 0;
  }

  private changed(swIfIndex: number, change: InterfaceChange): void {
    for (const hook of this.changeHooks) hook(swIfIndex, change);
  }
}

interface Family {
  byId: Map<number, Interface>;
  byTags: Map<string, Interface>;
}

export type InterfaceChange = 'added' | 'deleted' | 'up' | 'down' | 'link-up' | 'link-down';
const ZERO_MAC = '00:00:00:00:00:00';

/** What two sub-interfaces of one parent may not share: outer tag protocol, tags, and their number. */
export function tagKey(sub: SubInterface): string {
  const outer = sub.flags & SUB_FLAG.outerAny ? 'any' : sub.outerVlan;
  const inner = sub.flags & SUB_FLAG.innerAny ? 'any' : sub.innerVlan;
  const protocol = sub.flags & SUB_FLAG.dot1ad ? 'ad' : 'q';
  if (sub.flags & SUB_FLAG.default) return 'default';
  return sub.flags & SUB_FLAG.twoTags ? `${protocol}/${outer}/${inner}` : `${protocol}/${outer}`;
}
