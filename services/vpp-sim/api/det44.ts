import * as messages from '#lib/vpp/messages/det44.js';
import { featureEnableDisable } from '#lib/vpp/messages/feature.js';
import { retvals } from '#lib/vpp/retval.js';
import { swIfIndex } from '#lib/vpp/types.js';
import { type Handler, onAck, onCall, onDump } from './handler.js';

const NO_ADDRESS = '0.0.0.0';
/** The nodes whose count on an interface matters to anybody; the simulator has no graph to count them in. */
const NODES = new Set(['ip4-unicast/det44-in2out', 'ip4-unicast/det44-out2in']);

export const det44Handlers: readonly Handler[] = [
  onAck(messages.det44PluginEnableDisable, ({ enable, inside_vrf, outside_vrf }, { dataplane }) =>
    dataplane.det44.setEnabled(enable, [inside_vrf, outside_vrf]),
  ),
  onAck(messages.det44InterfaceAddDelFeature, ({ sw_if_index, is_inside, is_add }, { dataplane }) =>
    dataplane.det44.changeInterface(sw_if_index, is_inside, is_add),
  ),
  onDump(messages.det44InterfaceDump, (_, { dataplane }) =>
    dataplane.det44.listInterfaces().map(({ swIfIndex: index, isInside }) => ({
      is_inside: isInside,
      is_outside: !isInside,
      sw_if_index: swIfIndex(index),
    })),
  ),
  onAck(messages.det44AddDelMap, ({ is_add, in_addr, in_plen, out_addr, out_plen }, { dataplane }) =>
    dataplane.det44.changeMap(is_add, in_addr, in_plen, out_addr, out_plen),
  ),
  onDump(messages.det44MapDump, (_, { dataplane }) =>
    dataplane.det44.listMaps().map((map) => ({
      in_addr: map.inside,
      in_plen: map.insideLength,
      out_addr: map.outside,
      out_plen: map.outsideLength,
      sharing_ratio: map.ratio,
      ports_per_host: map.portsPerHost,
      ses_num: 0,
    })),
  ),
  onCall(messages.det44Forward, ({ in_addr }, { dataplane }) => {
    const found = dataplane.det44.forward(in_addr);
    return {
      retval: found ? 0 : retvals.NO_SUCH_ENTRY,
      out_port_lo: found?.firstPort ?? 0,
      out_port_hi: found?.lastPort ?? 0,
      out_addr: found?.outside ?? NO_ADDRESS,
    };
  }),
  onCall(messages.det44Reverse, ({ out_addr, out_port }, { dataplane }) => {
    const found = dataplane.det44.reverse(out_addr, out_port);
    return { retval: found === undefined ? retvals.NO_SUCH_ENTRY : 0, in_addr: found ?? NO_ADDRESS };
  }),
  onDump(messages.det44SessionDump, () => []),
  onAck(messages.det44CloseSessionIn, () => retvals.NO_SUCH_ENTRY),
  onAck(messages.det44SetTimeouts, (timeouts, { dataplane }) => {
    const given = Object.entries(timeouts).filter(([, seconds]) => seconds !== 0);
    dataplane.det44.timeouts = { ...dataplane.det44.timeouts, ...Object.fromEntries(given) };
    return 0;
  }),
  onAck(featureEnableDisable, ({ sw_if_index, arc_name, feature_name }, { dataplane }) => {
    if (!dataplane.interfaces.get(sw_if_index)) return retvals.INVALID_SW_IF_INDEX;
    return NODES.has(`${arc_name}/${feature_name}`) ? 0 : retvals.INVALID_VALUE;
  }),
  onCall(messages.det44GetTimeouts, (_, { dataplane }) => ({ retval: 0, ...dataplane.det44.timeouts })),
];
