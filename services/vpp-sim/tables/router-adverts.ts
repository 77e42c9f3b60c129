import { retvals } from '#lib/vpp/retval.js';
import type { InterfaceTable } from './interfaces.js';
import type { IpInterfaces } from './ip-interfaces.js';
import { splitPrefix } from './prefix.js';

/** RFC 4861 and VPP's own bounds, in seconds. */
const DEFAULT = { maxIntervalS: 200, minIntervalS: 150, lifetimeS: 600, initialCount: 3, initialIntervalS: 16 };
const MAX_LIFETIME_S = 9000;
const LEAST_INTERVAL_S = 3;
const DEFAULT_PREFIX = { validS: 2_592_000, preferredS: 604_800 };
const FOREVER = 0xffffffff;

/** `sw_interface_ip6nd_ra_config`: a field of 0 changes nothing, `is_no` sets the others back. */
export interface AdvertChange {
  suppress: number;
  managed: number;
  other: number;
  ll_option: number;
  send_unicast: number;
  cease: number;
  is_no: boolean;
  default_router: number;
  max_interval: number;
  min_interval: number;
  lifetime: number;
  initial_count: number;
  initial_interval: number;
}
export interface PrefixChange {
  prefix: string;
  use_default: boolean;
  no_advertise: boolean;
  off_link: boolean;
  no_autoconfig: boolean;
  no_onlink: boolean;
  is_no: boolean;
  val_lifetime: number;
  pref_lifetime: number;
}
export interface AdvertPrefix {
  readonly prefix: string;
  onLink: boolean;
  autonomous: boolean;
  validS: number;
  preferredS: number;
  decrements: boolean;
  advertised: boolean;
  sinceMs: number;
}
export interface Adverts {
  sends: boolean;
  managed: boolean;
  other: boolean;
  linkLayerOption: boolean;
  unicast: boolean;
  ceases: boolean;
  maxIntervalS: number;
  minIntervalS: number;
  lifetimeS: number;
  initialCount: number;
  initialIntervalS: number;
  readonly prefixes: Map<string, AdvertPrefix>;
}

/** Router advertisements of interfaces with IPv6; all of it goes when IPv6 is off. */
export class RouterAdverts {
  private readonly byInterface = new Map<number, Adverts>();

  constructor(
    private readonly interfaces: InterfaceTable,
    ip: IpInterfaces,
    private readonly nowMs: () => number,
  ) {
    ip.onIp6((swIfIndex, enabled) => {
      if (enabled) this.byInterface.set(swIfIndex, fresh());
      else this.byInterface.delete(swIfIndex);
    });
    interfaces.onDelete((swIfIndex) => this.byInterface.delete(swIfIndex));
  }

  /** A refused change has turned advertising on all the same. */
  configure(swIfIndex: number, change: AdvertChange): number {
    if (!this.interfaces.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    const adverts = this.byInterface.get(swIfIndex);
    if (!adverts) return retvals.IP6_NOT_ENABLED;
    adverts.sends = true;
    const timing = newTiming(adverts, change);
    if (!timing) return retvals.INVALID_VALUE;
    const { is_no } = change;
    const flag = (given: number, now: boolean, whenSet = true) => (given === 0 ? now : is_no ? !whenSet : whenSet);
    Object.assign(adverts, timing, {
      sends: flag(change.suppress, true, false) || (change.cease !== 0 && is_no),
      managed: flag(change.managed, adverts.managed),
      other: flag(change.other, adverts.other),
      linkLayerOption: flag(change.ll_option, adverts.linkLayerOption, false),
      unicast: flag(change.send_unicast, adverts.unicast),
      ceases: flag(change.cease, adverts.ceases),
    });
    return 0;
  }

  /** By its address: another length of one that is there is -8. */
  setPrefix(swIfIndex: number, change: PrefixChange): number {
    if (!this.interfaces.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    const adverts = this.byInterface.get(swIfIndex);
    if (!adverts) return retvals.IP6_NOT_ENABLED;
    const { address } = splitPrefix(change.prefix);
    const found = adverts.prefixes.get(address);
    if (change.is_no && !found) return retvals.INVALID_VALUE;
    if (found && found.prefix !== change.prefix) return retvals.INVALID_VALUE_2;
    if (change.is_no) adverts.prefixes.delete(address);
    else adverts.prefixes.set(address, this.changed(found, change));
    return 0;
  }

  private changed(found: AdvertPrefix | undefined, change: PrefixChange): AdvertPrefix {
    const { prefix } = change;
    const always = { onLink: true, autonomous: true, decrements: true, advertised: true };
    const before = found ?? { prefix, ...always, ...DEFAULT_PREFIX, sinceMs: 0 };
    if (!found && change.use_default) return { ...before, sinceMs: this.nowMs() };
    const isForever = change.val_lifetime === FOREVER || change.pref_lifetime === FOREVER;
    return {
      prefix,
      onLink: !change.off_link && !change.no_onlink,
      autonomous: !change.no_autoconfig,
      validS: isForever ? FOREVER : change.val_lifetime,
      preferredS: isForever ? FOREVER : change.pref_lifetime,
      decrements: before.decrements && !isForever,
      advertised: !change.no_advertise,
      sinceMs: this.nowMs(),
    };
  }

  /** Seconds until a lifetime given when the prefix was last set has run out. */
  leftS(prefix: AdvertPrefix, lifetimeS: number): number {
    return lifetimeS - (this.nowMs() - prefix.sinceMs) / 1000;
  }

  list(): [swIfIndex: number, adverts: Adverts][] {
    return [...this.byInterface].sort(([a], [b]) => a - b);
  }
}

const fresh = (): Adverts => ({
  sends: false,
  managed: false,
  other: false,
  linkLayerOption: true,
  unicast: false,
  ceases: false,
  ...DEFAULT,
  prefixes: new Map(),
});

/** Undefined when VPP refuses the combination. */
function newTiming(now: Adverts, change: AdvertChange): Pick<Adverts, keyof typeof DEFAULT> | undefined {
  const { is_no, max_interval: max, initial_count: count, initial_interval: interval } = change;
  const given = (value: number, present: number, standard: number) =>
    value === 0 ? present : is_no ? standard : value;
  const min = max !== 0 && change.min_interval === 0 ? Math.trunc(0.75 * max) : change.min_interval;
  const maxIntervalS = given(max, now.maxIntervalS, DEFAULT.maxIntervalS);
  const minIntervalS = given(min, now.minIntervalS, DEFAULT.minIntervalS);
  const asked = change.default_router === 0 ? now.lifetimeS : is_no ? DEFAULT.lifetimeS : change.lifetime;
  const lifetimeS = Math.min(asked, MAX_LIFETIME_S);
  if (lifetimeS !== 0 && lifetimeS <= maxIntervalS) return undefined;
  if (minIntervalS !== 0 && (minIntervalS > 0.75 * maxIntervalS || minIntervalS < LEAST_INTERVAL_S)) return undefined;
  if (count > DEFAULT.initialCount || interval > DEFAULT.initialIntervalS) return undefined;
  return {
    maxIntervalS,
    minIntervalS,
    lifetimeS,
    initialCount: given(count, now.initialCount, DEFAULT.initialCount),
    initialIntervalS: given(interval, now.initialIntervalS, DEFAULT.initialIntervalS),
  };
}
