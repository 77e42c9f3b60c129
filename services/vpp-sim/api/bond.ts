import * as messages from '#lib/vpp/messages/bond.js';
import { swInterfaceLacpDump } from '#lib/vpp/messages/lacp.js';
import { swIfIndex } from '#lib/vpp/types.js';
import type { Dataplane } from '../dataplane.js';
import { BOND_MODE, type Bond, type BondMember } from '../tables/bonds.js';
import { type Handler, onAck, onCall, onDump } from './handler.js';

const ALLOCATE = 0xffffffff;
const ALL = 0xffffffff;
const NO_SYSTEM = '00:00:00:00:00:00';

/** Of the hardware interface; a sub-interface has none of its own and VPP shows the first. */
const memberName = ({ interfaces }: Dataplane, { swIfIndex: index }: BondMember): string => {
  const found = interfaces.get(index);
  return found?.sub ? 'local0' : (found?.name ?? '');
};

const bondDetails = ({ bonds, interfaces }: Dataplane, bond: Bond) => ({
  sw_if_index: swIfIndex(bond.swIfIndex),
  id: bond.id,
  mode: bond.mode,
  lb: bond.loadBalance,
  numa_only: bond.numaOnly,
  active_members: bond.members.filter((member) => bonds.isActive(bond, member)).length,
  members: bond.members.length,
  interface_name: interfaces.get(bond.swIfIndex)?.name ?? '',
});

/** State machines of IEEE 802.1AX as VPP numbers them, in the states where they come to rest. */
const RX = { disabled: 2, defaulted: 4, current: 5 };
const MUX = { detached: 0, distributing: 3 };
const PERIODIC = { none: 0, fast: 3 };
const STATE = { activity: 1, shortTimeout: 2, aggregation: 4, defaulted: 64, expired: 128, inSync: 0x38 };

function lacpStates(up: boolean, member: BondMember) {
  const settings =
    STATE.aggregation | (member.isPassive ? 0 : STATE.activity) | (member.isLongTimeout ? 0 : STATE.shortTimeout);
  if (!up) {
    const actor = settings | STATE.defaulted | STATE.expired;
    return { rx: RX.disabled, mux: MUX.detached, periodic: PERIODIC.none, actor, partner: STATE.shortTimeout };
  }
  if (member.partner === undefined) {
    const periodic = member.isPassive ? PERIODIC.none : PERIODIC.fast;
    return { rx: RX.defaulted, mux: MUX.detached, periodic, actor: settings | STATE.defaulted, partner: 0 };
  }
  const partner = STATE.activity | STATE.shortTimeout | STATE.aggregation | STATE.inSync;
  return { rx: RX.current, mux: MUX.distributing, periodic: PERIODIC.fast, actor: settings | STATE.inSync, partner };
}

function lacpDetails(dataplane: Dataplane, bond: Bond, member: BondMember) {
  const own = dataplane.interfaces.get(bond.swIfIndex);
  const states = lacpStates(dataplane.interfaces.get(member.swIfIndex)?.adminUp === true, member);
  return {
    sw_if_index: swIfIndex(member.swIfIndex),
    interface_name: memberName(dataplane, member),
    rx_state: states.rx,
    tx_state: 0,
    mux_state: states.mux,
    ptx_state: states.periodic,
    bond_interface_name: own?.name ?? '',
    actor_system_priority: 0xffff,
    actor_system: own?.mac ?? NO_SYSTEM,
    actor_key: bond.swIfIndex,
    actor_port_priority: 255,
    actor_port_number: member.port,
    actor_state: states.actor,
    partner_system_priority: 0xffff,
    partner_system: states.rx === RX.current ? (member.partner ?? NO_SYSTEM) : NO_SYSTEM,
    partner_key: bond.swIfIndex,
    partner_port_priority: 255,
    partner_port_number: member.port,
    partner_state: states.partner,
  };
}

export const bondHandlers: readonly Handler[] = [
  onCall(messages.bondCreate2, (request, { dataplane }) => {
    const { retval, swIfIndex: made } = dataplane.bonds.create({
      id: request.id === ALLOCATE ? undefined : request.id,
      mode: request.mode,
      loadBalance: request.lb,
      numaOnly: request.numa_only,
      mac: request.use_custom_mac ? request.mac_address : undefined,
    });
    return { retval, sw_if_index: swIfIndex(retval === 0 ? made : 0) };
  }),
  onAck(messages.bondDelete, ({ sw_if_index }, { dataplane }) => dataplane.bonds.remove(sw_if_index)),
  onAck(messages.bondAddMember, (request, { dataplane }) =>
    dataplane.bonds.addMember(request.sw_if_index, request.bond_sw_if_index, {
      isPassive: request.is_passive,
      isLongTimeout: request.is_long_timeout,
    }),
  ),
  onAck(messages.bondDetachMember, ({ sw_if_index }, { dataplane }) => dataplane.bonds.detach(sw_if_index)),
  onAck(messages.swInterfaceSetBondWeight, ({ sw_if_index, weight }, { dataplane }) =>
    dataplane.bonds.setWeight(sw_if_index, weight),
  ),
  onDump(messages.swBondInterfaceDump, ({ sw_if_index }, { dataplane }) =>
    dataplane.bonds
      .list()
      .filter((bond) => sw_if_index === ALL || bond.swIfIndex === sw_if_index)
      .map((bond) => bondDetails(dataplane, bond)),
  ),
  onDump(messages.swMemberInterfaceDump, ({ sw_if_index }, { dataplane }) =>
    (dataplane.bonds.get(sw_if_index)?.members ?? []).map((member) => ({
      sw_if_index: swIfIndex(member.swIfIndex),
      interface_name: memberName(dataplane, member),
      is_passive: member.isPassive,
      is_long_timeout: member.isLongTimeout,
      is_local_numa: member.seenActive,
      weight: member.weight,
    })),
  ),
  onDump(swInterfaceLacpDump, (_, { dataplane }) =>
    dataplane.bonds
      .list()
      .filter(({ mode }) => mode === BOND_MODE.lacp)
      .flatMap((bond) => bond.members.map((member) => lacpDetails(dataplane, bond, member))),
  ),
];
