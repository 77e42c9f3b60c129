import { retvals } from '#lib/vpp/retval.js';
import { IndexPool } from './index-pool.js';
import type { InterfaceTable } from './interfaces.js';
import type { IpInterfaces } from './ip-interfaces.js';
import { familyOf } from './ip-tables.js';
import { addressBytes, addressText, isIp6, maskAddress, splitPrefix } from './prefix.js';

export const VR_STATE = { init: 0, backup: 1, master: 2, interfaceDown: 3 } as const;
export const VR_FLAG = { preempt: 1, accept: 2, unicast: 4, ip6: 8 } as const;
const OWNER_PRIORITY = 255;

export interface VirtualRouterConfig {
  readonly swIfIndex: number;
  readonly id: number;
  priority: number;
  /** Hundredths of a second. */
  interval: number;
  flags: number;
  addresses: string[];
}

export interface VirtualRouter extends VirtualRouterConfig {
  readonly index: number;
  readonly ip6: boolean;
  state: number;
  /** What the backup counts with, in hundredths of a second; kept after it has become master. */
  masterInterval: number;
  skew: number;
  masterDown: number;
  peers: string[];
  tracked: { swIfIndex: number; priority: number }[];
  timer: NodeJS.Timeout | undefined;
}

export interface RouterKey {
  swIfIndex: number;
  id: number;
  ip6: boolean;
}
export type StateHook = (router: VirtualRouter, from: number, to: number) => void;

/** VRRP routers that hear nobody else: a backup becomes master when its time is up. They outlive their interface. */
export class VrrpTable {
  private readonly routers = new Map<number, VirtualRouter>();
  private readonly pool = new IndexPool();
  private readonly hooks: StateHook[] = [];

  constructor(
    private readonly interfaces: InterfaceTable,
    private readonly ip: IpInterfaces,
    private readonly crash: (reason: string) => never,
  ) {
    interfaces.onChange((swIfIndex, change) => {
      if (change === 'added' || change === 'deleted') return;
      for (const each of [swIfIndex, ...interfaces.subsOf(swIfIndex).map((sub) => sub.swIfIndex)])
        this.followInterface(each);
    });
    interfaces.onDelete((swIfIndex) => {
      for (const router of this.runningOn(swIfIndex)) this.enter(router, VR_STATE.interfaceDown);
    });
  }

  onState(hook: StateHook): void {
    this.hooks.push(hook);
  }

  add(config: VirtualRouterConfig): { retval: number; index: number } {
    const refused = (retval: number) => ({ retval, index: NONE });
    const wrong = this.wrong(config);
    if (wrong !== 0) return refused(wrong);
    const ip6 = (config.flags & VR_FLAG.ip6) !== 0;
    if (this.find({ swIfIndex: config.swIfIndex, id: config.id, ip6 })) return refused(retvals.ENTRY_ALREADY_EXISTS);
    const addresses = config.addresses.map((address) => stored(address, ip6));
    const unusable = this.wrongAddresses({ ...config, addresses }, undefined);
    if (unusable !== 0) return refused(unusable);
    const index = this.pool.allocate();
    const idle = { state: VR_STATE.init, masterInterval: 0, skew: 0, masterDown: 0, timer: undefined };
    this.routers.set(index, { ...config, addresses, index, ip6, ...idle, peers: [], tracked: [] });
    return { retval: 0, index };
  }

  /** Not through its shutdown: addresses that it took as master in accept mode stay behind. */
  remove(config: VirtualRouterConfig): number {
    const wrong = this.wrong(config);
    if (wrong !== 0) return wrong;
    const router = this.find({ ...config, ip6: (config.flags & VR_FLAG.ip6) !== 0 });
    if (!router) return retvals.NO_SUCH_ENTRY;
    clearTimeout(router.timer);
    this.routers.delete(router.index);
    this.pool.release(router.index);
    return 0;
  }

  /** Stops and starts a running one. Of several addresses that go, VPP 26.06 forgets every second one only. */
  update(index: number, config: VirtualRouterConfig): { retval: number; index: number } {
    const wrong = this.wrong(config);
    if (wrong !== 0) return { retval: wrong, index: NONE };
    const router = this.routers.get(index);
    if (!router) return { retval: retvals.NO_SUCH_ENTRY, index };
    const ip6 = (config.flags & VR_FLAG.ip6) !== 0;
    if (config.swIfIndex !== router.swIfIndex || config.id !== router.id || ip6 !== router.ip6)
      return { retval: retvals.INVALID_ARGUMENT, index };
    const addresses = config.addresses.map((address) => stored(address, ip6));
    const unusable = this.wrongAddresses({ ...config, addresses }, router);
    if (unusable !== 0) return { retval: unusable, index };
    const wasRunning = router.state !== VR_STATE.init;
    if (wasRunning) this.enter(router, VR_STATE.init);
    Object.assign(router, { priority: config.priority, interval: config.interval, flags: config.flags });
    router.addresses = replaced(router.addresses, addresses);
    if (wasRunning) this.start(router);
    return { retval: 0, index };
  }

  startStop(key: RouterKey, isStart: boolean): number {
    const router = this.find(key);
    if (!router) return retvals.NO_SUCH_ENTRY;
    if ((router.state !== VR_STATE.init) === isStart) return 0;
    if (!isStart) this.enter(router, VR_STATE.init);
    else if (router.flags & VR_FLAG.unicast && router.peers.length === 0) return retvals.INIT_FAILED;
    else this.start(router);
    return 0;
  }

  setPeers(key: RouterKey, peers: string[]): number {
    const router = this.find(key);
    if (!router) return retvals.NO_SUCH_ENTRY;
    if (!(router.flags & VR_FLAG.unicast)) return retvals.INVALID_ARGUMENT;
    if (router.state !== VR_STATE.init) return retvals.RSRC_IN_USE;
    if (peers.length === 0) return retvals.INVALID_DST_ADDRESS;
    router.peers = peers;
    return 0;
  }

  /** A repeat, whatever its priority, changes nothing; so does taking off what is not tracked. */
  track(key: RouterKey, isAdd: boolean, tracked: readonly { swIfIndex: number; priority: number }[]): number {
    const router = this.find(key);
    if (!router) return retvals.INVALID_VALUE;
    for (const { swIfIndex, priority } of tracked) {
      if (!this.interfaces.has(swIfIndex) || swIfIndex === router.swIfIndex)
        this.crash('vrrp_vr_track_if_add_del of an unknown or its own interface: VPP undoes what it never did');
      const known = router.tracked.some((each) => each.swIfIndex === swIfIndex);
      if (!isAdd) router.tracked = router.tracked.filter((each) => each.swIfIndex !== swIfIndex);
      else if (!known) router.tracked.push({ swIfIndex, priority });
    }
    return 0;
  }

  find({ swIfIndex, id, ip6 }: RouterKey): VirtualRouter | undefined {
    return this.list().find((router) => router.swIfIndex === swIfIndex && router.id === id && router.ip6 === ip6);
  }

  has(index: number): boolean {
    return this.routers.has(index);
  }

  /** In index order. */
  list(): VirtualRouter[] {
    return [...this.routers.values()].sort((a, b) => a.index - b.index);
  }

  /** What tracked interfaces that are down take off the priority. */
  decrement(router: VirtualRouter): number {
    const down = router.tracked.filter(({ swIfIndex }) => !this.isUp(swIfIndex, router.ip6));
    return down.reduce((sum, { priority }) => sum + priority, 0);
  }

  private wrong({ swIfIndex, priority, interval, id }: VirtualRouterConfig): number {
    if (!this.interfaces.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    return priority === 0 || interval === 0 || id === 0 ? retvals.INVALID_VALUE : 0;
  }

  private wrongAddresses(config: VirtualRouterConfig, own: VirtualRouter | undefined): number {
    const { swIfIndex, addresses, priority } = config;
    if (addresses.length === 0) return retvals.INVALID_SRC_ADDRESS;
    const configured = (['ip4', 'ip6'] as const)
      .flatMap((family) => this.ip.addresses(swIfIndex, family))
      .map((prefix) => splitPrefix(prefix).address);
    if (priority === OWNER_PRIORITY && !addresses.every((address) => configured.includes(address)))
      return retvals.ADDRESS_NOT_FOUND_FOR_INTERFACE;
    const others = this.list().filter((router) => router !== own && router.swIfIndex === swIfIndex);
    const taken = others.flatMap((router) => router.addresses);
    return addresses.some((address) => taken.includes(address)) ? retvals.ADDRESS_IN_USE : 0;
  }

  private start(router: VirtualRouter): void {
    if (!this.isUp(router.swIfIndex, router.ip6)) this.enter(router, VR_STATE.interfaceDown);
    else this.enter(router, router.priority === OWNER_PRIORITY ? VR_STATE.master : VR_STATE.backup);
  }

  private isUp(swIfIndex: number, ip6: boolean): boolean {
    const found = this.interfaces.get(swIfIndex);
    if (!found?.adminUp || !found.parent.linkUp) return false;
    const hasAddress = this.ip.addresses(swIfIndex, familyOf(ip6)).length > 0;
    return hasAddress || (ip6 && this.ip.ip6Enabled(swIfIndex));
  }

  /** Looked at when the interface or its link goes up or down, not when its addresses change. */
  private followInterface(swIfIndex: number): void {
    for (const router of this.runningOn(swIfIndex)) {
      if (!this.isUp(swIfIndex, router.ip6)) this.enter(router, VR_STATE.interfaceDown);
      else if (router.state === VR_STATE.interfaceDown) this.start(router);
    }
  }

  private runningOn(swIfIndex: number): VirtualRouter[] {
    return this.list().filter((router) => router.swIfIndex === swIfIndex && router.state !== VR_STATE.init);
  }

  private enter(router: VirtualRouter, state: number): void {
    const from = router.state;
    if (from === state) return;
    clearTimeout(router.timer);
    if (state === VR_STATE.backup) this.await(router);
    if ((from === VR_STATE.master) !== (state === VR_STATE.master))
      this.takeAddresses(router, state === VR_STATE.master);
    router.state = state;
    for (const hook of this.hooks) hook(router, from, state);
  }

  private await(router: VirtualRouter): void {
    router.masterInterval = router.interval;
    router.skew = Math.floor(((256 - router.priority) * router.interval) / 256);
    router.masterDown = 3 * router.interval + router.skew;
    router.timer = setTimeout(() => this.enter(router, VR_STATE.master), router.masterDown * 10);
    router.timer.unref();
  }

  /** In accept mode the master has the addresses on its interface, as long as the subnet there. */
  private takeAddresses(router: VirtualRouter, isMaster: boolean): void {
    if (!(router.flags & VR_FLAG.accept) || router.priority === OWNER_PRIORITY) return;
    for (const address of router.addresses) {
      const present = this.ip.addresses(router.swIfIndex, familyOf(router.ip6));
      const prefix = `${address}/${lengthAmong(present, address)}`;
      if (isMaster) this.ip.addAddress(router.swIfIndex, prefix);
      else this.ip.removeAddress(router.swIfIndex, prefix);
    }
  }
}

const NONE = 0xffffffff;

/** An address of the other family is read as the bytes it has. */
function stored(address: string, ip6: boolean): string {
  if (isIp6(address) === ip6) return address;
  const bytes = addressBytes(address);
  return ip6 ? addressText(Uint8Array.from([...new Uint8Array(12), ...bytes])) : addressText(bytes.slice(12));
}

function replaced(old: readonly string[], wanted: readonly string[]): string[] {
  const left = [...old];
  for (let i = 0; i < left.length; i++) {
    const address = left[i] ?? '';
    if (wanted.includes(address)) continue;
    const last = left.pop() ?? '';
    if (i < left.length) left[i] = last;
  }
  return [...left, ...wanted.filter((address) => !left.includes(address))];
}

function lengthAmong(prefixes: readonly string[], address: string): number {
  const match = prefixes
    .map(splitPrefix)
    .find((own) => maskAddress(own.address, own.length) === maskAddress(address, own.length));
  return match?.length ?? (isIp6(address) ? 64 : 24);
}
