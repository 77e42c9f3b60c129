import { retvals } from '#lib/vpp/retval.js';
import { swIfIndex as index, path } from '#lib/vpp/types.js';
import type { InterfaceChange, InterfaceTable } from './interfaces.js';
import { type Family, familyOf, type IpTables } from './ip-tables.js';
import {
  addressBytes,
  addressText,
  hostPrefix,
  isIp6,
  maskAddress,
  maskPrefix,
  overlap,
  splitPrefix,
} from './prefix.js';
import { type RouteTable, SOURCE } from './routes.js';

/** An IPv4 address of an interface came or went. */
export type AddressHook = (swIfIndex: number, address: string, isAdd: boolean) => void;

interface IpState {
  table: Record<Family, number>;
  addresses: string[];
  donor: number | undefined;
  ip6Enabled: boolean;
  /** How often IPv4 was switched off by hand, less how often on. */
  ip4OffByHand: number;
  /** Undefined for the one made of the MAC address. */
  linkLocal: string | undefined;
}

/** What an interface is to IP: its table, addresses, the donor it borrows from. All of it goes with the interface. */
export class IpInterfaces {
  private readonly states = new Map<number, IpState>();
  /** Those that borrow, by their donor. */
  private readonly lentTo = new Map<number, Set<number>>();
  private readonly addressHooks: AddressHook[] = [];

  constructor(
    private readonly interfaces: InterfaceTable,
    private readonly tables: IpTables,
    private readonly routes: RouteTable,
  ) {
    interfaces.onDelete((swIfIndex) => this.forget(swIfIndex));
    interfaces.onChange((swIfIndex, change) => this.followAdmin(swIfIndex, change));
  }

  /** Runs when an interface has got an IPv4 address, or lost it. */
  onAddress(hook: AddressHook): void {
    this.addressHooks.push(hook);
  }

  /** Runs when IPv6 has come to an interface, or gone from it. */
  onIp6(hook: (swIfIndex: number, enabled: boolean) => void): void {
    this.ip6Hooks.push(hook);
  }

  private readonly ip6Hooks: ((swIfIndex: number, enabled: boolean) => void)[] = [];

  private tellIp6(swIfIndex: number, before: boolean): void {
    const enabled = this.ip6Enabled(swIfIndex);
    if (!enabled) this.stateOf(swIfIndex).linkLocal = undefined;
    if (enabled !== before) for (const hook of this.ip6Hooks) hook(swIfIndex, enabled);
  }

  private tell(swIfIndex: number, prefix: string, isAdd: boolean): void {
    if (isIp6(prefix)) return;
    for (const hook of this.addressHooks) hook(swIfIndex, splitPrefix(prefix).address, isAdd);
  }

  tableOf(swIfIndex: number, family: Family): number {
    return this.states.get(swIfIndex)?.table[family] ?? 0;
  }

  setTable(swIfIndex: number, family: Family, tableId: number): number {
    if (!this.interfaces.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    if (!this.tables.has(family, tableId)) return retvals.NO_SUCH_FIB;
    const state = this.stateOf(swIfIndex);
    if (state.table[family] === tableId) return 0;
    if (this.addresses(swIfIndex, family).length > 0) return retvals.ADDRESS_FOUND_FOR_INTERFACE;
    this.tables.use(family, tableId);
    this.tables.release(family, state.table[family]);
    state.table[family] = tableId;
    return 0;
  }

  addresses(swIfIndex: number, family: Family): string[] {
    const all = this.states.get(swIfIndex)?.addresses ?? [];
    return all.filter((prefix) => familyOf(isIp6(prefix)) === family);
  }

  addAddress(swIfIndex: number, prefix: string): number {
    if (!this.interfaces.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    const family = familyOf(isIp6(prefix));
    const table = this.tableOf(swIfIndex, family);
    for (const [other, state] of this.states) {
      if (state.table[family] !== table) continue;
      const clash = state.addresses.find((known) => overlap(known, prefix));
      if (clash === undefined) continue;
      const retval = this.clashRetval(clash, prefix, other === swIfIndex);
      if (retval !== 0) return retval;
    }
    const hadIp6 = this.ip6Enabled(swIfIndex);
    this.stateOf(swIfIndex).addresses.push(prefix);
    if (this.interfaces.get(swIfIndex)?.adminUp) this.connect(swIfIndex, prefix);
    this.tell(swIfIndex, prefix, true);
    this.tellIp6(swIfIndex, hadIp6);
    return 0;
  }

  private clashRetval(known: string, prefix: string, sameInterface: boolean): number {
    if (!sameInterface) return retvals.ADDRESS_IN_USE;
    if (known === prefix) return isIp6(prefix) ? retvals.DUPLICATE_IF_ADDRESS : retvals.ADDRESS_IN_USE;
    return maskPrefix(known) === maskPrefix(prefix) ? 0 : retvals.ADDRESS_IN_USE;
  }

  removeAddress(swIfIndex: number, prefix: string): number {
    if (!this.interfaces.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    const state = this.stateOf(swIfIndex);
    if (!state.addresses.includes(prefix)) return retvals.ADDRESS_NOT_FOUND_FOR_INTERFACE;
    const hadIp6 = this.ip6Enabled(swIfIndex);
    state.addresses = state.addresses.filter((known) => known !== prefix);
    this.disconnect(swIfIndex, prefix, state.addresses);
    this.tell(swIfIndex, prefix, false);
    this.tellIp6(swIfIndex, hadIp6);
    return 0;
  }

  removeAll(swIfIndex: number): number {
    if (!this.interfaces.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    for (const prefix of [...(this.states.get(swIfIndex)?.addresses ?? [])]) this.removeAddress(swIfIndex, prefix);
    return 0;
  }

  /** `borrower` takes the addresses of `donor`; undefined ends that. */
  setUnnumbered(borrower: number, donor: number | undefined): number {
    const state = this.stateOf(borrower);
    if (donor !== undefined) {
      const sameTables = (['ip4', 'ip6'] as const).every(
        (family) => this.tableOf(borrower, family) === this.tableOf(donor, family),
      );
      if (!sameTables) return retvals.UNEXPECTED_INTF_STATE;
    }
    this.borrow(borrower, state, donor);
    return 0;
  }

  private borrow(borrower: number, state: IpState, donor: number | undefined): void {
    if (state.donor !== undefined) this.lentTo.get(state.donor)?.delete(borrower);
    state.donor = donor;
    if (donor === undefined) return;
    const borrowers = this.lentTo.get(donor) ?? new Set();
    this.lentTo.set(donor, borrowers.add(borrower));
  }

  donorOf(swIfIndex: number): number | undefined {
    return this.states.get(swIfIndex)?.donor;
  }

  borrowers(): { swIfIndex: number; donor: number }[] {
    return [...this.states].flatMap(([swIfIndex, { donor }]) => (donor === undefined ? [] : [{ swIfIndex, donor }]));
  }

  /** The first address of the interface itself. */
  ownIp4(swIfIndex: number): string | undefined {
    const first = this.addresses(swIfIndex, 'ip4')[0];
    return first === undefined ? undefined : splitPrefix(first).address;
  }

  /** The first address of the interface, or of its donor: what the DHCP proxy and ARP speak with. */
  firstIp4(swIfIndex: number): string | undefined {
    const first = this.addresses(this.donorOf(swIfIndex) ?? swIfIndex, 'ip4')[0];
    return first === undefined ? undefined : splitPrefix(first).address;
  }

  ip4Enabled(swIfIndex: number): boolean {
    return this.ip4Drops(swIfIndex) === 0;
  }

  /** How often the feature that drops IPv4 is on the interface: by what it lacks, and by hand. */
  ip4Drops(swIfIndex: number): number {
    const hasIp4 = this.donorOf(swIfIndex) !== undefined || this.addresses(swIfIndex, 'ip4').length > 0;
    return Math.max(0, (hasIp4 ? 0 : 1) + (this.states.get(swIfIndex)?.ip4OffByHand ?? 0));
  }

  /** VPP 26.06 has it the wrong way round: to enable adds the feature that drops, to disable takes one away. */
  setIp4(swIfIndex: number, enable: boolean): number {
    if (!this.interfaces.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    const state = this.stateOf(swIfIndex);
    if (enable) state.ip4OffByHand++;
    else if (this.ip4Drops(swIfIndex) > 0) state.ip4OffByHand--;
    return 0;
  }

  /** Turns IPv6 on where it is off. */
  setLinkLocal(swIfIndex: number, address: string): number {
    if (!this.interfaces.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    if (!this.ip6Enabled(swIfIndex)) this.setIp6(swIfIndex, true);
    this.stateOf(swIfIndex).linkLocal = address;
    return 0;
  }

  /** Undefined while IPv6 is off. */
  linkLocal(swIfIndex: number): string | undefined {
    if (!this.ip6Enabled(swIfIndex)) return undefined;
    return this.states.get(swIfIndex)?.linkLocal ?? eui64(this.interfaces.get(swIfIndex)?.parent.mac ?? '');
  }

  setIp6(swIfIndex: number, enable: boolean): number {
    if (!this.interfaces.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    const state = this.stateOf(swIfIndex);
    if (enable && state.ip6Enabled) return retvals.VALUE_EXIST;
    if (!enable && !state.ip6Enabled) return retvals.IP6_NOT_ENABLED;
    const before = this.ip6Enabled(swIfIndex);
    state.ip6Enabled = enable;
    this.tellIp6(swIfIndex, before);
    return 0;
  }

  ip6Enabled(swIfIndex: number): boolean {
    return this.states.get(swIfIndex)?.ip6Enabled === true || this.addresses(swIfIndex, 'ip6').length > 0;
  }

  /** Whether an address is VPP's own in a table. */
  isLocal(tableId: number, address: string): boolean {
    const paths = this.routes.find(tableId, hostPrefix(address))?.sources.get(SOURCE.interface);
    return paths?.some(({ type }) => type === PATH_LOCAL) === true;
  }

  private stateOf(swIfIndex: number): IpState {
    const found = this.states.get(swIfIndex);
    if (found) return found;
    const state: IpState = {
      table: { ip4: 0, ip6: 0 },
      addresses: [],
      donor: undefined,
      ip6Enabled: false,
      ip4OffByHand: 0,
      linkLocal: undefined,
    };
    this.states.set(swIfIndex, state);
    return state;
  }

  /** An interface that is down has no routes of its own. */
  private followAdmin(swIfIndex: number, change: InterfaceChange): void {
    if (change !== 'up' && change !== 'down') return;
    const addresses = this.states.get(swIfIndex)?.addresses ?? [];
    for (const prefix of addresses) {
      if (change === 'up') this.connect(swIfIndex, prefix);
      else this.disconnect(swIfIndex, prefix, []);
    }
  }

  /** VPP's own routes of an address: the subnet attached to the interface, its first and last address dropped, its own local. */
  private connect(swIfIndex: number, prefix: string): void {
    const { address, length } = splitPrefix(prefix);
    const table = this.tableOf(swIfIndex, familyOf(isIp6(prefix)));
    const proto = isIp6(prefix) ? 1 : 0;
    const at = index(swIfIndex);
    if (length < (proto ? 128 : 32))
      this.routes.set(table, prefix, SOURCE.interface, [path({ sw_if_index: at, proto, table_id: table })]);
    for (const edge of edgesOf(prefix))
      this.routes.set(table, edge, SOURCE.interface, [path({ type: PATH_DROP, proto })]);
    this.routes.set(table, hostPrefix(address), SOURCE.interface, [
      path({ sw_if_index: at, proto, type: PATH_LOCAL, via: address, table_id: table }),
    ]);
  }

  private disconnect(swIfIndex: number, prefix: string, left: readonly string[]): void {
    const { address } = splitPrefix(prefix);
    const table = this.tableOf(swIfIndex, familyOf(isIp6(prefix)));
    this.routes.clear(table, hostPrefix(address), SOURCE.interface);
    if (left.some((other) => maskPrefix(other) === maskPrefix(prefix))) return;
    for (const gone of [maskPrefix(prefix), ...edgesOf(prefix)]) this.routes.clear(table, gone, SOURCE.interface);
  }

  private forget(swIfIndex: number): void {
    const state = this.states.get(swIfIndex);
    if (!state) return;
    this.removeAll(swIfIndex);
    for (const family of ['ip4', 'ip6'] as const) this.tables.release(family, state.table[family]);
    this.states.delete(swIfIndex);
    this.borrow(swIfIndex, state, undefined);
    for (const borrower of this.lentTo.get(swIfIndex) ?? []) this.stateOf(borrower).donor = undefined;
    this.lentTo.delete(swIfIndex);
  }
}

const PATH_LOCAL = 1;
const PATH_DROP = 2;

/** Network and broadcast address of an IPv4 subnet of at least four. */
function edgesOf(prefix: string): string[] {
  const { address, length } = splitPrefix(prefix);
  if (isIp6(prefix) || length > 30) return [];
  const network = addressBytes(maskAddress(address, length));
  const broadcast = network.map((byte, i) => byte | (~(0xff00 >> Math.min(8, Math.max(0, length - 8 * i))) & 0xff));
  return [network, broadcast].map((bytes) => `${addressText(bytes)}/32`);
}

/** The link-local address of a MAC address (RFC 4291 appendix A). */
function eui64(mac: string): string {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac.split(':').map((byte) => Number.parseInt(byte, 16));
  return addressText(Uint8Array.from([0xfe, 0x80, 0, 0, 0, 0, 0, 0, a ^ 2, b, c, 0xff, 0xfe, d, e, f]));
}
