import { randomInt } from 'node:crypto';
import { retvals } from '#lib/vpp/retval.js';
import type { InterfaceTable } from './interfaces.js';
import { MacTable } from './mac-table.js';
import type { TagRewrites } from './tag-rewrites.js';

/** `l2_port_type`. */
export const PORT_TYPE = { normal: 0, bvi: 1, uuForward: 2 } as const;
/** `bd_flags`. */
export const BD_FLAG = { learn: 1, forward: 2, flood: 4, uuFlood: 8, arpTerm: 16, arpUforward: 32 } as const;
const DEFAULT_FLAGS = BD_FLAG.learn | BD_FLAG.forward | BD_FLAG.flood | BD_FLAG.uuFlood;
const ALL_FLAGS = DEFAULT_FLAGS | BD_FLAG.arpTerm | BD_FLAG.arpUforward;
const MAX_ID = 0xffffff;

export interface BridgeMember {
  readonly swIfIndex: number;
  readonly splitHorizonGroup: number;
}

export interface BridgeDomain {
  /** VPP's own index of it, used again after it is gone. */
  readonly place: number;
  readonly id: number;
  tag: string;
  flags: number;
  macAgeMinutes: number;
  bvi: number | undefined;
  uuForward: number | undefined;
  /** The BVI first, then in the order added. */
  members: BridgeMember[];
  /** Answered for when ARP is terminated: IP address to MAC. */
  readonly addresses: Map<string, string>;
}

/** What an interface is to L2; an interface without an entry routes. */
type PortMode = { kind: 'bridge'; domain: BridgeDomain } | { kind: 'cross-connect'; to: number };

/** Bridge domains with members and MACs, and cross-connects. Domain 0 is always there and never shown. */
export class BridgeDomains {
  readonly macs = new MacTable();
  private readonly byId = new Map<number, BridgeDomain>();
  private readonly ports = new Map<number, PortMode>();
  /** By place, for the domain that gets the place next. */
  private readonly ages = new Map<number, number>();

  constructor(
    private readonly interfaces: InterfaceTable,
    private readonly rewrites: TagRewrites,
  ) {
    this.make(0, { tag: '', flags: 0 });
    interfaces.onDelete((swIfIndex) => {
      if (this.ports.has(swIfIndex)) this.route(swIfIndex);
    });
  }

  /** `id` undefined takes a free one. */
  add(id: number | undefined, settings: { tag: string; flags: number; macAgeMinutes: number }): ChangedDomain {
    const chosen = id ?? this.unusedId();
    if (this.byId.has(chosen)) return { retval: retvals.BD_ALREADY_EXISTS, id: chosen };
    if (chosen > MAX_ID) return { retval: retvals.BD_ID_EXCEED_MAX, id: chosen };
    this.make(chosen, settings).macAgeMinutes = settings.macAgeMinutes;
    return { retval: 0, id: chosen };
  }

  remove(id: number): number {
    const found = this.byId.get(id);
    if (!found) return retvals.NO_SUCH_ENTRY;
    if (id === 0) return retvals.BD_NOT_MODIFIABLE;
    if (found.members.length > 0) return retvals.BD_IN_USE;
    this.byId.delete(id);
    this.ages.set(found.place, found.macAgeMinutes);
    return 0;
  }

  get(id: number): BridgeDomain | undefined {
    return this.byId.get(id);
  }

  /** All but 0, in the order of VPP's own indices. */
  list(): BridgeDomain[] {
    return [...this.byId.values()].filter(({ id }) => id !== 0).sort((a, b) => a.place - b.place);
  }

  idAt(place: number): number | undefined {
    return [...this.byId.values()].find((domain) => domain.place === place)?.id;
  }

  /** Changes a domain that is there and is not 0. */
  change(id: number, apply: (domain: BridgeDomain) => void): number {
    const found = this.byId.get(id);
    if (id === 0) return retvals.BD_NOT_MODIFIABLE;
    if (!found) return retvals.NO_SUCH_ENTRY;
    apply(found);
    return 0;
  }

  setFlags(domain: BridgeDomain, flags: number, isSet: boolean): void {
    domain.flags = isSet ? domain.flags | (flags & ALL_FLAGS) : domain.flags & ~flags;
  }

  /** Makes an interface a port of a domain, which is made when it is not there. */
  bridge(swIfIndex: number, id: number, portType: number, splitHorizonGroup: number): number {
    if (!this.interfaces.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    if (portType > PORT_TYPE.uuForward) return retvals.INVALID_VALUE;
    if (id > MAX_ID) return retvals.BD_ID_EXCEED_MAX;
    const domain = this.byId.get(id) ?? this.make(id, { tag: '', flags: DEFAULT_FLAGS });
    this.leave(swIfIndex);
    this.ports.set(swIfIndex, { kind: 'bridge', domain });
    if (portType === PORT_TYPE.bvi && domain.bvi !== undefined) return retvals.BD_ALREADY_HAS_BVI;
    if (portType === PORT_TYPE.uuForward) domain.uuForward = swIfIndex;
    else this.join(domain, { swIfIndex, splitHorizonGroup }, portType === PORT_TYPE.bvi);
    return 0;
  }

  private join(domain: BridgeDomain, member: BridgeMember, isBvi: boolean): void {
    if (!isBvi) {
      domain.members.push(member);
      return;
    }
    domain.bvi = member.swIfIndex;
    domain.members.unshift(member);
    const mac = this.interfaces.get(member.swIfIndex)?.mac ?? '';
    this.macs.set({ place: domain.place, mac, swIfIndex: member.swIfIndex, isStatic: true, isFilter: false, isBvi });
  }

  crossConnect(swIfIndex: number, to: number): number {
    if (!this.interfaces.has(swIfIndex) || !this.interfaces.has(to)) return retvals.INVALID_SW_IF_INDEX;
    this.leave(swIfIndex);
    this.ports.set(swIfIndex, { kind: 'cross-connect', to });
    return 0;
  }

  crossConnects(): { from: number; to: number }[] {
    return [...this.ports]
      .flatMap(([from, mode]) => (mode.kind === 'cross-connect' ? [{ from, to: mode.to }] : []))
      .sort((a, b) => a.from - b.from);
  }

  isBridged(swIfIndex: number): boolean {
    return this.ports.get(swIfIndex)?.kind === 'bridge';
  }

  /** Back to routing; takes the tag rewrite along. */
  route(swIfIndex: number): number {
    if (!this.interfaces.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    this.leave(swIfIndex);
    this.rewrites.clear(swIfIndex);
    return 0;
  }

  private leave(swIfIndex: number): void {
    const mode = this.ports.get(swIfIndex);
    this.ports.delete(swIfIndex);
    if (mode?.kind !== 'bridge') return;
    const { domain } = mode;
    domain.members = domain.members.filter((member) => member.swIfIndex !== swIfIndex);
    if (domain.uuForward === swIfIndex) domain.uuForward = undefined;
    if (domain.bvi !== swIfIndex) return;
    domain.bvi = undefined;
    this.macs.remove(domain.place, this.interfaces.get(swIfIndex)?.mac ?? '', swIfIndex);
  }

  private make(id: number, { tag, flags }: { tag: string; flags: number }): BridgeDomain {
    const place = this.lowestFreePlace();
    const macAgeMinutes = this.ages.get(place) ?? 0;
    const made = { place, id, tag, flags, macAgeMinutes, bvi: undefined, uuForward: undefined, members: [] };
    const domain: BridgeDomain = { ...made, addresses: new Map() };
    this.byId.set(id, domain);
    return domain;
  }

  private lowestFreePlace(): number {
    const taken = new Set([...this.byId.values()].map(({ place }) => place));
    let place = 0;
    while (taken.has(place)) place++;
    return place;
  }

  private unusedId(): number {
    let id = randomInt(1, MAX_ID);
    while (this.byId.has(id)) id = randomInt(1, MAX_ID);
    return id;
  }
}

export interface ChangedDomain {
  retval: number;
  id: number;
}
