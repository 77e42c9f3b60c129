import * as messages from '#lib/vpp/messages/interface.js';
import { retvals } from '#lib/vpp/retval.js';
import { swIfIndex } from '#lib/vpp/types.js';
import type { Dataplane } from '../dataplane.js';
import { type Interface, SUB_FLAG } from '../tables/interfaces.js';
import { familyOf } from '../tables/ip-tables.js';
import { fitting, type Handler, onAck, onCall, onDump } from './handler.js';

const ADMIN_UP = 1;
const LINK_UP = 2;
const NO_MAC = '00:00:00:00:00:00';
const FLAG_MASK = 0xfe;
const ALL = 0xffffffff;

const macOrRandom = (mac: string) => (mac === NO_MAC ? undefined : mac);

function details(found: Interface, { tagRewrites }: Dataplane) {
  const { sub } = found;
  const rewrite = tagRewrites.get(found.swIfIndex);
  return {
    sw_if_index: swIfIndex(found.swIfIndex),
    sup_sw_if_index: swIfIndex(found.parent.swIfIndex),
    l2_address: found.mac,
    flags: (found.adminUp ? ADMIN_UP : 0) | (found.linkUp ? LINK_UP : 0),
    type: sub ? 1 : 0,
    link_duplex: 0,
    link_speed: 0,
    link_mtu: found.linkMtu,
    mtu: found.mtu,
    sub_id: sub?.id ?? 0,
    sub_number_of_tags: sub ? (sub.flags & SUB_FLAG.twoTags ? 2 : sub.flags & SUB_FLAG.oneTag ? 1 : 0) : 0,
    sub_outer_vlan_id: sub?.outerVlan ?? 0,
    sub_inner_vlan_id: sub?.innerVlan ?? 0,
    sub_if_flags: (sub?.flags ?? 0) & FLAG_MASK,
    vtr_op: rewrite.op,
    vtr_push_dot1q: rewrite.pushDot1q ? 1 : 0,
    vtr_tag1: rewrite.tag1,
    vtr_tag2: rewrite.tag2,
    outer_tag: 0,
    b_dmac: NO_MAC,
    b_smac: NO_MAC,
    b_vlanid: 0,
    i_sid: 0,
    interface_name: found.name,
    interface_dev_type: found.devType,
    tag: found.tag,
  };
}

/** Index 0 and `~0` mean all; the filter is a substring whatever its case. */
function chosen(dataplane: Dataplane, index: number, filter: string | undefined): Interface[] {
  if (index !== 0 && index !== ALL) return [dataplane.interfaces.get(index)].filter((found) => found !== undefined);
  const wanted = filter?.toLowerCase();
  const all = dataplane.interfaces.all();
  return wanted === undefined ? all : all.filter(({ name }) => name.toLowerCase().includes(wanted));
}

/** Reads or changes one interface; -2 when it is not there. */
const withInterface =
  <Q extends { sw_if_index: number }>(change: (found: Interface, request: Q) => void) =>
  (request: Q, { dataplane }: { dataplane: Dataplane }): number => {
    const found = dataplane.interfaces.get(request.sw_if_index);
    if (!found) return retvals.INVALID_SW_IF_INDEX;
    change(found, request);
    return 0;
  };

/** Drivers without a switch for it, as af_packet, refuse; only Ethernet hardware is asked. */
function promiscuity(found: Interface | undefined): number {
  if (!found) return retvals.INVALID_SW_IF_INDEX;
  if (found.sub || found.kind === 'local') return retvals.INVALID_VALUE;
  return found.kind === 'memif' || found.kind === 'dpdk' ? 0 : retvals.UNSPECIFIED;
}

export const interfaceHandlers: readonly Handler[] = [
  onDump(messages.swInterfaceDump, (request, { dataplane }) =>
    chosen(dataplane, request.sw_if_index, request.name_filter_valid ? request.name_filter : undefined).map((found) =>
      details(found, dataplane),
    ),
  ),
  onAck(messages.swInterfaceSetFlags, ({ sw_if_index, flags }, { dataplane }) =>
    dataplane.interfaces.setAdmin(sw_if_index, (flags & ADMIN_UP) !== 0),
  ),
  onAck(
    messages.swInterfaceSetMtu,
    withInterface((found, { mtu }) => {
      found.mtu = mtu;
    }),
  ),
  onAck(messages.hwInterfaceSetMtu, ({ sw_if_index, mtu }, { dataplane }) => {
    const found = dataplane.interfaces.get(sw_if_index);
    if (!found) return retvals.INVALID_SW_IF_INDEX;
    if (found.sub) return retvals.INVALID_VALUE;
    if (found.kind === 'local') return retvals.FEATURE_DISABLED;
    found.linkMtu = mtu;
    found.mtu = [mtu, ...found.mtu.slice(1)];
    return 0;
  }),
  onAck(
    messages.swInterfaceSetMacAddress,
    withInterface((found, { mac_address }) => {
      found.parent.mac = mac_address;
    }),
  ),
  onCall(messages.swInterfaceGetMacAddress, ({ sw_if_index }, { dataplane }) => {
    const found = dataplane.interfaces.get(sw_if_index);
    return found
      ? { retval: 0, mac_address: found.parent.mac }
      : { retval: retvals.INVALID_SW_IF_INDEX, mac_address: NO_MAC };
  }),
  onAck(messages.swInterfaceTagAddDel, ({ is_add, sw_if_index, tag }, { dataplane }) =>
    dataplane.interfaces.setTag(sw_if_index, is_add ? fitting(tag, 64) : ''),
  ),
  onAck(messages.swInterfaceSetPromisc, ({ sw_if_index }, { dataplane }) =>
    promiscuity(dataplane.interfaces.get(sw_if_index)),
  ),
  onAck(messages.swInterfaceSetTable, ({ sw_if_index, is_ipv6, vrf_id }, { dataplane }) =>
    dataplane.ip.setTable(sw_if_index, familyOf(is_ipv6), vrf_id),
  ),
  onCall(messages.swInterfaceGetTable, ({ sw_if_index, is_ipv6 }, { dataplane }) =>
    dataplane.interfaces.has(sw_if_index)
      ? { retval: 0, vrf_id: dataplane.ip.tableOf(sw_if_index, familyOf(is_ipv6)) }
      : { retval: retvals.INVALID_SW_IF_INDEX, vrf_id: 0 },
  ),
  onAck(messages.swInterfaceAddDelAddress, ({ sw_if_index, is_add, del_all, prefix }, { dataplane }) => {
    if (del_all) return dataplane.ip.removeAll(sw_if_index);
    return is_add ? dataplane.ip.addAddress(sw_if_index, prefix) : dataplane.ip.removeAddress(sw_if_index, prefix);
  }),
  onAck(messages.swInterfaceSetUnnumbered, (request, { dataplane }) => {
    if (!dataplane.interfaces.has(request.unnumbered_sw_if_index)) return retvals.INVALID_SW_IF_INDEX;
    if (!request.is_add) return dataplane.ip.setUnnumbered(request.unnumbered_sw_if_index, undefined);
    if (!dataplane.interfaces.has(request.sw_if_index)) return retvals.INVALID_SW_IF_INDEX_2;
    return dataplane.ip.setUnnumbered(request.unnumbered_sw_if_index, request.sw_if_index);
  }),
  onCall(messages.createLoopbackInstance, ({ is_specified, user_instance, mac_address }, { dataplane }) =>
    created(dataplane.loopbacks.create(is_specified ? user_instance : undefined, macOrRandom(mac_address))),
  ),
  onAck(messages.deleteLoopback, ({ sw_if_index }, { dataplane }) => dataplane.loopbacks.remove(sw_if_index)),
  onCall(messages.createSubif, (request, { dataplane }) =>
    created(
      dataplane.interfaces.createSub(request.sw_if_index, {
        id: request.sub_id,
        flags: request.sub_if_flags,
        outerVlan: request.outer_vlan_id,
        innerVlan: request.inner_vlan_id,
      }),
    ),
  ),
  onAck(messages.deleteSubif, ({ sw_if_index }, { dataplane }) => dataplane.interfaces.deleteSub(sw_if_index)),
  onAck(messages.wantInterfaceEvents, ({ enable_disable, pid }, { client }) => {
    const done = enable_disable !== 0 ? client.subscribe('interface', pid) : client.unsubscribe('interface');
    return done ? 0 : retvals.INVALID_REGISTRATION;
  }),
];

/** An answer that carries the interface made. */
export const created = (result: { retval: number; swIfIndex: number }) => ({
  retval: result.retval,
  sw_if_index: swIfIndex(result.swIfIndex),
});
