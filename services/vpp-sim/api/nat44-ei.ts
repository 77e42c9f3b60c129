import * as messages from '#lib/vpp/messages/nat44-ei.js';
import * as ha from '#lib/vpp/messages/nat44-ei-ha.js';
import * as pools from '#lib/vpp/messages/nat44-ei-pools.js';
import { retvals } from '#lib/vpp/retval.js';
import { swIfIndex } from '#lib/vpp/types.js';
import type { NatRole } from '../tables/nat/interfaces.js';
import { MAPPING_FLAG } from '../tables/nat/mappings.js';
import { type Handler, onAck, onCall, onDump, onStream } from './handler.js';
import { identityDetails, identityOf, mappingDetails, mappingOf, onInterface, tableOrAny } from './nat44-ed.js';

const ANY = 0xffffffff;
/** The other way round than in NAT44-ED. */
const INSIDE = 16;
const OUTSIDE = 32;
const roleOf = (flags: number): NatRole => (flags & INSIDE ? 'inside' : 'outside');

const OTHER_PROTOCOL = 255;
const KNOWN_PROTOCOLS = [1, 6, 17];
/** ICMP, TCP and UDP are told apart; all else is one. */
const known = <T extends { protocol: number }>(mapping: T): T => ({
  ...mapping,
  protocol: KNOWN_PROTOCOLS.includes(mapping.protocol) ? mapping.protocol : OTHER_PROTOCOL,
});

export const nat44EiHandlers: readonly Handler[] = [
  onAck(messages.nat44EiPluginEnableDisable, (request, { dataplane }) =>
    request.enable
      ? dataplane.nat44Ei.enable(request.flags, {
          insideTable: request.inside_vrf,
          outsideTable: request.outside_vrf,
          users: request.users,
          sessions: request.sessions,
          userSessions: request.user_sessions,
        })
      : dataplane.nat44Ei.disable(),
  ),
  onCall(messages.nat44EiShowRunningConfig, (_, { dataplane: { nat44Ei, natLogging } }) => ({
    retval: 0,
    inside_vrf: nat44Ei.limits.insideTable,
    outside_vrf: nat44Ei.limits.outsideTable,
    users: nat44Ei.limits.users,
    sessions: nat44Ei.limits.sessions,
    user_sessions: nat44Ei.limits.userSessions,
    user_buckets: nat44Ei.userBuckets,
    translation_buckets: nat44Ei.sessionBuckets,
    forwarding_enabled: nat44Ei.forwarding,
    ipfix_logging_enabled: !natLogging.enabled,
    timeouts: nat44Ei.timeouts,
    log_level: 0,
    flags: nat44Ei.flags,
  })),
  onAck(messages.nat44EiForwardingEnableDisable, ({ enable }, { dataplane }) => {
    dataplane.nat44Ei.forwarding = enable;
    return 0;
  }),
  onAck(messages.nat44EiSetTimeouts, (timeouts, { dataplane }) => {
    dataplane.nat44Ei.timeouts = timeouts;
    return 0;
  }),
  onAck(messages.nat44EiSetAddrAndPortAllocAlg, (wanted, { dataplane }) => dataplane.nat44Ei.allocate(wanted)),
  onCall(messages.nat44EiGetAddrAndPortAllocAlg, (_, { dataplane }) => ({
    retval: 0,
    ...dataplane.nat44Ei.allocation,
  })),
  onAck(messages.nat44EiSetMssClamping, ({ mss_value, enable }, { dataplane }) => {
    dataplane.nat44Ei.mssClamping = enable ? mss_value : 0;
    return 0;
  }),
  onCall(messages.nat44EiGetMssClamping, (_, { dataplane: { nat44Ei } }) => ({
    retval: 0,
    mss_value: nat44Ei.mssClamping,
    enable: nat44Ei.mssClamping !== 0,
  })),
  onAck(messages.nat44EiIpfixEnableDisable, ({ enable }, { dataplane }) => {
    dataplane.natLogging.enabled = enable;
    return 0;
  }),
  onDump(messages.nat44EiUserDump, () => []),
  onDump(messages.nat44EiUserSessionV2Dump, () => []),
  onAck(messages.nat44EiDelSession, (_, { dataplane }) => dataplane.nat44Ei.whenEnabled(() => retvals.NO_SUCH_ENTRY)),
  onAck(messages.nat44EiDelUser, (_, { dataplane }) => dataplane.nat44Ei.removeUser()),

  onAck(
    pools.nat44EiInterfaceAddDelFeature,
    onInterface(({ sw_if_index, flags, is_add }, { dataplane: { nat44Ei } }) =>
      nat44Ei.whenEnabled(() =>
        is_add
          ? nat44Ei.interfaces.add(sw_if_index, roleOf(flags))
          : nat44Ei.interfaces.remove(sw_if_index, roleOf(flags)),
      ),
    ),
  ),
  onDump(pools.nat44EiInterfaceDump, (_, { dataplane }) =>
    dataplane.nat44Ei.interfaces.list().map(({ swIfIndex: index, roles }) => ({
      sw_if_index: swIfIndex(index),
      flags: (roles.has('inside') ? INSIDE : 0) | (roles.has('outside') ? OUTSIDE : 0),
    })),
  ),
  onAck(
    pools.nat44EiAddDelOutputInterface,
    onInterface(({ sw_if_index, is_add }, { dataplane: { nat44Ei } }) =>
      nat44Ei.whenEnabled(() => nat44Ei.interfaces.setOutput(sw_if_index, is_add)),
    ),
  ),
  onStream(pools.nat44EiOutputInterfaceGet, (_, { dataplane }) =>
    dataplane.nat44Ei.interfaces.listOutputs().map((index) => ({ sw_if_index: swIfIndex(index) })),
  ),
  onAck(pools.nat44EiAddDelAddressRange, (request, { dataplane: { nat44Ei } }) => {
    const { first_ip_address: first, last_ip_address: last, is_add, vrf_id } = request;
    return nat44Ei.whenEnabled(() => nat44Ei.pool.changeRange(first, last, is_add, tableOrAny(vrf_id), false));
  }),
  onDump(pools.nat44EiAddressDump, (_, { dataplane }) =>
    dataplane.nat44Ei.pool.list().map(({ address, tableId }) => ({ ip_address: address, vrf_id: tableId ?? ANY })),
  ),
  onAck(
    pools.nat44EiAddDelInterfaceAddr,
    onInterface(({ sw_if_index, is_add }, { dataplane: { nat44Ei } }) =>
      is_add ? nat44Ei.pool.addInterface(sw_if_index, false) : nat44Ei.pool.removeInterface(sw_if_index, false),
    ),
  ),
  onDump(pools.nat44EiInterfaceAddrDump, (_, { dataplane }) =>
    dataplane.nat44Ei.pool.listInterfaces().map(({ swIfIndex: index }) => ({ sw_if_index: swIfIndex(index) })),
  ),
  onAck(pools.nat44EiAddDelStaticMapping, (request, { dataplane: { nat44Ei } }) => {
    const mapping = known(mappingOf(request, MAPPING_FLAG.addressOnly));
    return nat44Ei.whenEnabled(() =>
      request.is_add ? nat44Ei.mappings.add(mapping) : nat44Ei.mappings.remove(mapping),
    );
  }),
  onDump(pools.nat44EiStaticMappingDump, (_, { dataplane: { nat44Ei } }) =>
    [...nat44Ei.mappings.list(false), ...nat44Ei.mappings.listByInterface(false)].map(mappingDetails),
  ),
  onAck(pools.nat44EiAddDelIdentityMapping, (request, { dataplane: { nat44Ei } }) => {
    const mapping = known(identityOf(request));
    return nat44Ei.whenEnabled(() =>
      request.is_add ? nat44Ei.mappings.add(mapping) : nat44Ei.mappings.remove(mapping),
    );
  }),
  onDump(pools.nat44EiIdentityMappingDump, (_, { dataplane: { nat44Ei } }) =>
    [...nat44Ei.mappings.list(true), ...nat44Ei.mappings.listByInterface(true)].map((mapping) =>
      known(identityDetails(mapping)),
    ),
  ),

  onAck(ha.nat44EiHaSetListener, (listener, { dataplane }) => {
    dataplane.nat44Ei.ha.listener = listener;
    return 0;
  }),
  onCall(ha.nat44EiHaGetListener, (_, { dataplane }) => ({ retval: 0, ...dataplane.nat44Ei.ha.listener })),
  onAck(ha.nat44EiHaSetFailover, (failover, { dataplane }) => {
    dataplane.nat44Ei.ha.failover = failover;
    return 0;
  }),
  onCall(ha.nat44EiHaGetFailover, (_, { dataplane }) => ({ retval: 0, ...dataplane.nat44Ei.ha.failover })),
  onAck(ha.nat44EiHaFlush, () => 0),
  onAck(ha.nat44EiHaResync, () => 0),
];
