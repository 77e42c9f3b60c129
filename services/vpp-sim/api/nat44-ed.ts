import { u32, vla } from '#lib/vpp/codec.js';
import { reply } from '#lib/vpp/message.js';
import * as messages from '#lib/vpp/messages/nat44-ed.js';
import * as pools from '#lib/vpp/messages/nat44-ed-pools.js';
import * as sessions from '#lib/vpp/messages/nat44-ed-sessions.js';
import { retvals } from '#lib/vpp/retval.js';
import { noInterface, swIfIndex } from '#lib/vpp/types.js';
import type { NatRole } from '../tables/nat/interfaces.js';
import { MAPPING_FLAG, type Mapping } from '../tables/nat/mappings.js';
import { type ApiContext, fitting, type Handler, onAck, onCall, onDump, onStream } from './handler.js';

const ANY = 0xffffffff;
const OUTSIDE = 16;
const INSIDE = 32;
const ADDRESS_ONLY = MAPPING_FLAG.addressOnly;
const TWICE_NAT = MAPPING_FLAG.twiceNat;
const NO_ADDRESS = '0.0.0.0';
const TAG_BYTES = 64;
/** `nat44_config_flags`: endpoint-dependent. */
const CONFIG_FLAGS = 1;

export const tableOrAny = (vrfId: number) => (vrfId === ANY ? undefined : vrfId);
const roleOf = (flags: number): NatRole => (flags & INSIDE ? 'inside' : 'outside');

/** -2 for an interface that is not there, before anything else. */
export const onInterface =
  <Q extends { sw_if_index: number }>(answer: (request: Q, context: ApiContext) => number) =>
  (request: Q, context: ApiContext): number =>
    context.dataplane.interfaces.has(request.sw_if_index) ? answer(request, context) : retvals.INVALID_SW_IF_INDEX;

interface MappingRequest {
  flags: number;
  local_ip_address: string;
  external_ip_address: string;
  protocol: number;
  local_port: number;
  external_port: number;
  external_sw_if_index: number;
  vrf_id: number;
  tag: string;
}

/** A mapping as the table keeps it: by its own address, or by an interface's. */
export function mappingOf(request: MappingRequest, flagMask: number) {
  const mapping: Mapping = {
    isIdentity: false,
    flags: request.flags & flagMask,
    local: request.local_ip_address,
    localPort: request.local_port,
    external: request.external_ip_address,
    externalPort: request.external_port,
    protocol: request.protocol,
    tableId: tableOrAny(request.vrf_id),
    tag: fitting(request.tag, TAG_BYTES),
  };
  const { external_sw_if_index: index } = request;
  return index === noInterface ? mapping : { ...mapping, external: NO_ADDRESS, swIfIndex: index };
}

interface IdentityRequest {
  flags: number;
  ip_address: string;
  protocol: number;
  port: number;
  sw_if_index: number;
  vrf_id: number;
  tag: string;
}
export const identityOf = (request: IdentityRequest) => ({
  ...mappingOf(
    {
      ...request,
      local_ip_address: request.ip_address,
      external_ip_address: request.ip_address,
      local_port: request.port,
      external_port: request.port,
      external_sw_if_index: request.sw_if_index,
    },
    ADDRESS_ONLY,
  ),
  isIdentity: true,
});

export const mappingDetails = (mapping: Mapping & { swIfIndex?: number }) => ({
  flags: mapping.flags,
  local_ip_address: mapping.local,
  external_ip_address: mapping.external,
  protocol: mapping.protocol,
  local_port: mapping.localPort,
  external_port: mapping.externalPort,
  external_sw_if_index: swIfIndex(mapping.swIfIndex ?? noInterface),
  vrf_id: mapping.tableId ?? ANY,
  tag: mapping.tag,
});
export const identityDetails = (mapping: Mapping & { swIfIndex?: number }) => ({
  flags: mapping.flags,
  ip_address: mapping.swIfIndex === undefined ? mapping.external : NO_ADDRESS,
  protocol: mapping.protocol,
  port: mapping.externalPort,
  sw_if_index: swIfIndex(mapping.swIfIndex ?? noInterface),
  vrf_id: mapping.tableId ?? ANY,
  tag: mapping.tag,
});

/** VPP answers `nat44_ed_vrf_tables_v2_dump` under the id of the older message. */
const misnamedVrfTables = reply('nat44_ed_vrf_tables_details', '7b264e4f', {
  table_vrf_id: u32,
  n_vrf_ids: u32,
  vrf_ids: vla(u32, 'n_vrf_ids'),
});
const vrfTablesDump: Handler = {
  request: messages.nat44EdVrfTablesV2Dump.request,
  answers: [messages.nat44EdVrfTablesV2Dump.details, misnamedVrfTables],
  run(body, { dataplane }, send) {
    if (!messages.nat44EdVrfTablesV2Dump.request.decode(body).ok) return false;
    for (const { tableId, routes } of dataplane.nat44Ed.listVrfTables())
      send(misnamedVrfTables, { table_vrf_id: tableId, vrf_ids: [...routes] });
    return true;
  },
};

export const nat44EdHandlers: readonly Handler[] = [
  onAck(messages.nat44EdPluginEnableDisable, (request, { dataplane }) => {
    const { inside_vrf: insideTable, outside_vrf: outsideTable, sessions: count } = request;
    return request.enable
      ? dataplane.nat44Ed.enable(request.flags, { insideTable, outsideTable, sessions: count })
      : dataplane.nat44Ed.disable();
  }),
  onCall(messages.nat44ShowRunningConfig, (_, { dataplane: { nat44Ed, natLogging } }) => ({
    retval: 0,
    inside_vrf: nat44Ed.config.insideTable,
    outside_vrf: nat44Ed.config.outsideTable,
    users: 0,
    sessions: nat44Ed.config.sessions,
    user_sessions: 0,
    user_buckets: 0,
    translation_buckets: nat44Ed.buckets,
    forwarding_enabled: nat44Ed.forwarding,
    ipfix_logging_enabled: !natLogging.enabled,
    timeouts: nat44Ed.timeouts,
    log_level: 0,
    flags: CONFIG_FLAGS,
  })),
  onAck(messages.nat44ForwardingEnableDisable, ({ enable }, { dataplane }) => {
    dataplane.nat44Ed.forwarding = enable;
    return 0;
  }),
  onAck(messages.natSetTimeouts, (timeouts, { dataplane }) => {
    dataplane.nat44Ed.timeouts = timeouts;
    return 0;
  }),
  onAck(messages.nat44SetSessionLimit, ({ vrf_id }, { dataplane }) => dataplane.nat44Ed.setSessionLimit(vrf_id)),
  onAck(messages.natSetMssClamping, ({ mss_value, enable }, { dataplane }) => {
    dataplane.nat44Ed.mssClamping = enable ? mss_value : 0;
    return 0;
  }),
  onCall(messages.natGetMssClamping, (_, { dataplane: { nat44Ed } }) => ({
    retval: 0,
    mss_value: nat44Ed.mssClamping,
    enable: nat44Ed.mssClamping !== 0,
  })),
  onAck(messages.natIpfixEnableDisable, ({ enable }, { dataplane }) => {
    dataplane.natLogging.enabled = enable;
    return 0;
  }),
  onAck(messages.nat44EdAddDelVrfTable, ({ table_vrf_id, is_add }, { dataplane }) =>
    dataplane.nat44Ed.changeVrfTable(table_vrf_id, is_add),
  ),
  onAck(messages.nat44EdAddDelVrfRoute, ({ table_vrf_id, vrf_id, is_add }, { dataplane }) =>
    dataplane.nat44Ed.changeVrfRoute(table_vrf_id, vrf_id, is_add),
  ),
  vrfTablesDump,

  onAck(
    pools.nat44InterfaceAddDelFeature,
    onInterface(({ sw_if_index, flags, is_add }, { dataplane: { nat44Ed } }) =>
      nat44Ed.whenEnabled(() =>
        is_add
          ? nat44Ed.interfaces.add(sw_if_index, roleOf(flags))
          : nat44Ed.interfaces.remove(sw_if_index, roleOf(flags)),
      ),
    ),
  ),
  onDump(pools.nat44InterfaceDump, (_, { dataplane }) =>
    dataplane.nat44Ed.interfaces.list().map(({ swIfIndex: index, roles }) => ({
      sw_if_index: swIfIndex(index),
      flags: (roles.has('inside') ? INSIDE : 0) | (roles.has('outside') ? OUTSIDE : 0),
    })),
  ),
  onAck(
    pools.nat44EdAddDelOutputInterface,
    onInterface(({ sw_if_index, is_add }, { dataplane: { nat44Ed } }) =>
      nat44Ed.whenEnabled(() => nat44Ed.interfaces.setOutput(sw_if_index, is_add)),
    ),
  ),
  onStream(pools.nat44EdOutputInterfaceGet, (_, { dataplane }) =>
    dataplane.nat44Ed.interfaces.listOutputs().map((index) => ({ sw_if_index: swIfIndex(index) })),
  ),
  onAck(pools.nat44AddDelAddressRange, (request, { dataplane: { nat44Ed } }) => {
    const { first_ip_address: first, last_ip_address: last, is_add, vrf_id, flags } = request;
    const change = () => nat44Ed.pool.changeRange(first, last, is_add, tableOrAny(vrf_id), (flags & TWICE_NAT) !== 0);
    return is_add ? nat44Ed.whenEnabled(change) : change();
  }),
  onDump(pools.nat44AddressDump, (_, { dataplane }) =>
    dataplane.nat44Ed.pool.list().map(({ address, tableId, isTwiceNat }) => ({
      ip_address: address,
      flags: isTwiceNat ? TWICE_NAT : 0,
      vrf_id: tableId ?? ANY,
    })),
  ),
  onAck(
    pools.nat44AddDelInterfaceAddr,
    onInterface(({ sw_if_index, flags, is_add }, { dataplane: { nat44Ed } }) => {
      const isTwiceNat = (flags & TWICE_NAT) !== 0;
      return nat44Ed.whenEnabled(() =>
        is_add
          ? nat44Ed.pool.addInterface(sw_if_index, isTwiceNat)
          : nat44Ed.pool.removeInterface(sw_if_index, isTwiceNat),
      );
    }),
  ),
  onDump(pools.nat44InterfaceAddrDump, (_, { dataplane }) =>
    dataplane.nat44Ed.pool.listInterfaces().map(({ swIfIndex: index, isTwiceNat }) => ({
      sw_if_index: swIfIndex(index),
      flags: isTwiceNat ? TWICE_NAT : 0,
    })),
  ),
  onAck(pools.nat44AddDelStaticMappingV2, (request, { dataplane: { nat44Ed } }) => {
    const mapping = mappingOf(request, 15);
    return nat44Ed.whenEnabled(() => nat44Ed.changeMapping(mapping, request.is_add));
  }),
  onDump(pools.nat44StaticMappingDump, (_, { dataplane: { nat44Ed } }) =>
    [...nat44Ed.mappings.list(false), ...nat44Ed.mappings.listByInterface(false)].map(mappingDetails),
  ),
  onAck(pools.nat44AddDelIdentityMapping, (request, { dataplane: { nat44Ed } }) => {
    const mapping = identityOf(request);
    return nat44Ed.whenEnabled(() => nat44Ed.changeMapping(mapping, request.is_add));
  }),
  onDump(pools.nat44IdentityMappingDump, (_, { dataplane: { nat44Ed } }) =>
    [...nat44Ed.mappings.list(true), ...nat44Ed.mappings.listByInterface(true)].map(identityDetails),
  ),

  onDump(sessions.nat44UserDump, () => []),
  onDump(sessions.nat44UserSessionV3Dump, () => []),
  onAck(sessions.nat44DelSession, (_, { dataplane }) => dataplane.nat44Ed.whenEnabled(() => retvals.NO_SUCH_ENTRY)),
];
