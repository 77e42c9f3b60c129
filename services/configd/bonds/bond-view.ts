import type { Bond, BondMember, Lacp } from '#gen/bng/v1/configd.js';
import type { Infer } from '#lib/vpp/message.js';
import type { swBondInterfaceDump } from '#lib/vpp/messages/bond.js';
import type { swInterfaceLacpDump } from '#lib/vpp/messages/lacp.js';
import { ifStatusFlags, type SwIfIndex } from '#lib/vpp/types.js';
import type { Recorded } from '../reconcile/recorded.js';
import type { BondSpec } from '../resources/bond.js';
import type { BondMemberSpec } from '../resources/bond-member.js';
import type { InterfaceDetails, InterfaceHandle } from '../resources/interface-common.js';
import { nameOf } from '../resources/names.js';

/** A bond that VPP holds, by what configd knows of it. */
export interface BondRef {
  readonly spec: BondSpec;
  readonly swIfIndex: SwIfIndex;
  readonly members: readonly { readonly name: string; readonly swIfIndex: SwIfIndex }[];
}

/** What VPP says at one moment. */
export interface BondReadings {
  /** Rows of `sw_interface_dump` of the bonds and their members. */
  readonly interfaces: ReadonlyMap<SwIfIndex, InterfaceDetails>;
  readonly bonds: ReadonlyMap<SwIfIndex, Infer<(typeof swBondInterfaceDump)['details']>>;
  readonly lacp: ReadonlyMap<SwIfIndex, LacpDetails>;
}

type LacpDetails = Infer<(typeof swInterfaceLacpDump)['details']>;

/** The record of what VPP holds, as far as bonds are concerned. */
export interface BondSource {
  keys(): Iterable<string>;
  get(key: string): Recorded | undefined;
}

const swIfIndexOf = (record: Recorded | undefined): SwIfIndex | undefined =>
  (record?.handle as InterfaceHandle | undefined)?.swIfIndex;

/** The bonds that VPP holds, by name, each with its members by name. */
export function bondRefs(recorded: BondSource): BondRef[] {
  const bonds = new Map<string, { spec: BondSpec; swIfIndex: SwIfIndex; members: BondRef['members'][number][] }>();
  const members: BondMemberSpec[] = [];
  for (const key of recorded.keys()) {
    if (key.startsWith('bond-member/')) members.push(recorded.get(key)?.resource.spec as BondMemberSpec);
    if (!key.startsWith('bond/')) continue;
    const record = recorded.get(key);
    const swIfIndex = swIfIndexOf(record);
    if (record && swIfIndex !== undefined)
      bonds.set(key, { spec: record.resource.spec as BondSpec, swIfIndex, members: [] });
  }
  for (const { interface: iface, bond } of members) {
    const swIfIndex = swIfIndexOf(recorded.get(iface));
    if (swIfIndex !== undefined) bonds.get(bond)?.members.push({ name: nameOf(iface), swIfIndex });
  }
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  for (const { members: own } of bonds.values()) own.sort(byName);
  return [...bonds.values()].sort((a, b) => byName(a.spec, b.spec));
}

const { IF_STATUS_API_FLAG_ADMIN_UP: adminUp, IF_STATUS_API_FLAG_LINK_UP: linkUp } = ifStatusFlags.values;
const has = (details: InterfaceDetails | undefined, flag: number) => ((details?.flags ?? 0) & flag) !== 0;

/** Bits of a port's state (IEEE 802.1AX 6.4.2.3). */
const state = { synchronised: 8, collecting: 16, distributing: 32, defaulted: 64, expired: 128 } as const;

function lacpOf(row: LacpDetails): Lacp {
  const actor = (bit: number) => (row.actor_state & bit) !== 0;
  const silent = actor(state.defaulted) || /^[0:]+$/.test(row.partner_system);
  return {
    partner: silent ? '' : row.partner_system,
    partnerPriority: silent ? 0 : row.partner_system_priority,
    partnerKey: silent ? 0 : row.partner_key,
    partnerPort: silent ? 0 : row.partner_port_number,
    synchronised: !silent && actor(state.synchronised) && (row.partner_state & state.synchronised) !== 0,
    collecting: actor(state.collecting),
    distributing: actor(state.distributing),
    expired: actor(state.expired),
  };
}

function memberOf(ref: BondRef, member: BondRef['members'][number], readings: BondReadings): BondMember {
  const details = readings.interfaces.get(member.swIfIndex);
  const row = readings.lacp.get(member.swIfIndex);
  const lacp = row && lacpOf(row);
  const enabled = has(details, adminUp);
  const link = has(details, linkUp);
  const active = ref.spec.mode === 'lacp' ? (lacp?.distributing ?? false) : enabled && link;
  return { name: member.name, enabled, link, active, changedMs: 0n, ...(lacp ? { lacp } : { lacp: undefined }) };
}

/** A bond as people see it; the times of change are not known here. */
export function bondView(ref: BondRef, readings: BondReadings): Bond {
  const { name, mode, minMembers } = ref.spec;
  const activeMembers = readings.bonds.get(ref.swIfIndex)?.active_members ?? 0;
  return {
    name,
    mode,
    up: has(readings.interfaces.get(ref.swIfIndex), linkUp),
    activeMembers,
    minMembers,
    degraded: activeMembers < minMembers,
    changedMs: 0n,
    members: ref.members.map((member) => memberOf(ref, member, readings)),
  };
}

/** `bond uplink: 1 of 2 members carry traffic, 2 wanted` for a degraded one. */
export const degradedText = ({ name, activeMembers, members, minMembers }: Bond): string =>
  `bond ${name}: ${activeMembers} of ${members.length} members active, at least ${minMembers} wanted`;
