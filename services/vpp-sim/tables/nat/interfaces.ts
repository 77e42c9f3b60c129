import { retvals } from '#lib/vpp/retval.js';
import type { InterfaceTable } from '../interfaces.js';

export type NatRole = 'inside' | 'outside';
const otherRole = (role: NatRole): NatRole => (role === 'inside' ? 'outside' : 'inside');

/** Features of the input arc, by what an interface is to NAT. */
const FEATURE: Record<NatRole | 'both', string> = {
  inside: 'nat-pre-in2out',
  outside: 'nat-pre-out2in',
  both: 'nat44-ed-classify',
};

/** What the endpoint-independent plugin says when its count of hairpinning interfaces would fall below zero. */
const NO_HAIRPIN = 1;

/**
 * Interfaces that NAT works on, by role or after routing. Taking off a role that an interface does not have makes
 * VPP forget the interface and leave the other role's feature on. The endpoint-independent plugin
 * counts the interfaces that are inside only, and refuses what would take that count below zero.
 */
export class NatInterfaces {
  private readonly roles = new Map<number, Set<NatRole>>();
  private readonly outputs = new Set<number>();
  private readonly features = new Map<number, string[]>();
  private hairpins = 0;

  constructor(
    private readonly interfaces: InterfaceTable,
    private readonly countsHairpins: boolean,
  ) {
    interfaces.onDelete((swIfIndex) => {
      this.roles.delete(swIfIndex);
      this.outputs.delete(swIfIndex);
      this.features.delete(swIfIndex);
    });
  }

  add(swIfIndex: number, role: NatRole): number {
    if (this.outputs.has(swIfIndex)) return retvals.VALUE_EXIST;
    const roles = this.roles.get(swIfIndex);
    if (roles?.has(role)) return 0;
    if (roles) {
      if (role === 'outside') this.countHairpin(-1);
      roles.add(role);
      this.takeOff(swIfIndex, FEATURE[otherRole(role)]);
      this.putOn(swIfIndex, FEATURE.both);
    } else {
      if (role === 'inside') this.countHairpin(1);
      this.roles.set(swIfIndex, new Set([role]));
      this.putOn(swIfIndex, FEATURE[role]);
    }
    return 0;
  }

  remove(swIfIndex: number, role: NatRole): number {
    const roles = this.roles.get(swIfIndex);
    if (!roles) return retvals.NO_SUCH_ENTRY;
    if (roles.size > 1) {
      if (role === 'outside') this.countHairpin(1);
      roles.delete(role);
      this.takeOff(swIfIndex, FEATURE.both);
      this.putOn(swIfIndex, FEATURE[otherRole(role)]);
      return 0;
    }
    this.takeOff(swIfIndex, FEATURE[role]);
    if (role === 'inside' && !this.countHairpin(-1)) return NO_HAIRPIN;
    this.roles.delete(swIfIndex);
    return 0;
  }

  setOutput(swIfIndex: number, isAdd: boolean): number {
    if (!this.interfaces.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    if (isAdd && (this.roles.has(swIfIndex) || this.outputs.has(swIfIndex))) return retvals.VALUE_EXIST;
    if (isAdd) this.outputs.add(swIfIndex);
    else if (!this.outputs.delete(swIfIndex)) return retvals.NO_SUCH_ENTRY;
    return 0;
  }

  list(): { swIfIndex: number; roles: ReadonlySet<NatRole> }[] {
    return [...this.roles].map(([swIfIndex, roles]) => ({ swIfIndex, roles }));
  }

  listOutputs(): number[] {
    return [...this.outputs];
  }

  /** Features of the IPv4 input arc, once for each application. */
  featuresOf(swIfIndex: number): readonly string[] {
    if (this.outputs.has(swIfIndex)) return [FEATURE.outside];
    return this.features.get(swIfIndex) ?? [];
  }

  clear(): void {
    for (const store of [this.roles, this.outputs, this.features]) store.clear();
    this.hairpins = 0;
  }

  private countHairpin(step: number): boolean {
    if (!this.countsHairpins) return true;
    if (this.hairpins + step < 0) return false;
    this.hairpins += step;
    return true;
  }

  private putOn(swIfIndex: number, feature: string): void {
    this.features.set(swIfIndex, [...(this.features.get(swIfIndex) ?? []), feature]);
  }

  private takeOff(swIfIndex: number, feature: string): void {
    const features = [...(this.features.get(swIfIndex) ?? [])];
    const at = features.indexOf(feature);
    if (at >= 0) features.splice(at, 1);
    this.features.set(swIfIndex, features);
  }
}
