import type { Infer } from '#lib/vpp/message.js';
import * as fib from '#lib/vpp/messages/fib.js';
import * as messages from '#lib/vpp/messages/ip.js';
import { retvals } from '#lib/vpp/retval.js';
import { swIfIndex } from '#lib/vpp/types.js';
import { familyOf } from '../tables/ip-tables.js';
import { isIp6 } from '../tables/prefix.js';
import { bestPaths, type Route, SOURCE } from '../tables/routes.js';
import { type ApiContext, fitting, type Handler, onAck, onCall, onDump } from './handler.js';

const NONE = 0xffffffff;
const ALL = 0xffffffff;

const route = (tableId: number, found: Route) => ({
  table_id: tableId,
  stats_index: found.statsIndex,
  prefix: found.prefix,
  paths: bestPaths(found).paths,
});
const noRoute = { table_id: 0, stats_index: NONE, prefix: '0.0.0.0/0', paths: [] };

type RouteRequest = Infer<typeof messages.ipRouteAddDel.request>;

function changeRoute({ is_add, is_multipath, route: wanted }: RouteRequest, source: number, context: ApiContext) {
  const { retval, statsIndex } = context.dataplane.routes.update({
    isAdd: is_add,
    isMultipath: is_multipath,
    tableId: wanted.table_id,
    prefix: wanted.prefix,
    source,
    paths: wanted.paths,
  });
  return { retval, stats_index: statsIndex };
}

export const ipHandlers: readonly Handler[] = [
  onAck(messages.ipTableAddDelV2, ({ is_add, table }, { dataplane }) => {
    const family = familyOf(table.is_ip6);
    if (is_add) dataplane.ipTables.add(family, table.table_id, fitting(table.name, 64));
    else dataplane.ipTables.remove(family, table.table_id);
    return 0;
  }),
  onDump(messages.ipTableDump, (_, { dataplane }) =>
    dataplane.ipTables
      .all()
      .map(({ tableId, family, name }) => ({ table: { table_id: tableId, is_ip6: family === 'ip6', name } })),
  ),
  onDump(messages.ipAddressDump, ({ sw_if_index, is_ipv6 }, { dataplane }) =>
    dataplane.ip.addresses(sw_if_index, familyOf(is_ipv6)).map((prefix) => ({ sw_if_index, prefix })),
  ),
  onDump(messages.ipUnnumberedDump, ({ sw_if_index }, { dataplane }) =>
    dataplane.ip
      .borrowers()
      .filter((entry) => sw_if_index === ALL || entry.swIfIndex === sw_if_index)
      .map((entry) => ({ sw_if_index: swIfIndex(entry.swIfIndex), ip_sw_if_index: swIfIndex(entry.donor) })),
  ),
  onCall(messages.ipRouteAddDel, (request, context) => changeRoute(request, SOURCE.api, context)),
  onCall(messages.ipRouteAddDelV2, (request, context) =>
    changeRoute(request, request.route.src || SOURCE.api, context),
  ),
  onDump(messages.ipRouteDump, ({ table }, { dataplane }) =>
    dataplane.routes.list(table.table_id, table.is_ip6).map((found) => ({ route: route(table.table_id, found) })),
  ),
  onDump(messages.ipRouteV2Dump, ({ src, table }, { dataplane }) =>
    dataplane.routes
      .list(table.table_id, table.is_ip6, src)
      .map((found) => ({ route: { ...route(table.table_id, found), src: bestPaths(found).source } })),
  ),
  onCall(messages.ipRouteLookup, ({ table_id, exact, prefix }, { dataplane }) => {
    if (!dataplane.ipTables.has(familyOf(isIp6(prefix)), table_id))
      return { retval: retvals.NO_SUCH_FIB, route: noRoute };
    const found = exact
      ? dataplane.routes.find(table_id, prefix)
      : dataplane.routes.lookup(table_id, prefix.split('/')[0] ?? '');
    return found ? { retval: 0, route: route(table_id, found) } : { retval: retvals.NO_SUCH_ENTRY, route: noRoute };
  }),
  onDump(fib.fibSourceDump, () => FIB_SOURCES.map(([id, priority, name]) => ({ src: { id, priority, name } }))),
  onAck(messages.swInterfaceIp6EnableDisable, ({ sw_if_index, enable }, { dataplane }) =>
    dataplane.ip.setIp6(sw_if_index, enable),
  ),
  onAck(messages.swInterfaceIp4EnableDisable, ({ sw_if_index, enable }, { dataplane }) =>
    dataplane.ip.setIp4(sw_if_index, enable),
  ),
  onAck(messages.swInterfaceIp6SetLinkLocalAddress, ({ sw_if_index, ip }, { dataplane }) =>
    dataplane.ip.setLinkLocal(sw_if_index, ip),
  ),
  onCall(messages.swInterfaceIp6GetLinkLocalAddress, ({ sw_if_index }, { dataplane }) => {
    if (!dataplane.interfaces.has(sw_if_index)) return { retval: retvals.INVALID_SW_IF_INDEX, ip: '::' };
    const found = dataplane.ip.linkLocal(sw_if_index);
    return found === undefined ? { retval: retvals.IP6_NOT_ENABLED, ip: '::' } : { retval: 0, ip: found };
  }),
  onAck(messages.setIpFlowHashV3, ({ table_id, af }, { dataplane }) =>
    dataplane.ipTables.has(familyOf(af === 1), table_id) ? 0 : retvals.NO_SUCH_FIB,
  ),
];

/** Id, priority and name, as VPP 26.06 lists them. */
const FIB_SOURCES: readonly [id: number, priority: number, name: string][] = [
  [1, 0x00, 'special'],
  [2, 0x01, 'classify'],
  [3, 0x02, 'proxy'],
  [4, 0x03, 'interface'],
  [5, 0x10, 'SR'],
  [6, 0x20, 'BIER'],
  [7, 0x30, '6RD'],
  [8, 0x80, 'API'],
  [9, 0x81, 'CLI'],
  [10, 0x90, 'LISP'],
  [11, 0xa0, 'MAP'],
  [12, 0xb0, 'DHCP'],
  [13, 0xc0, 'IPv6-proxy-nd'],
  [14, 0xc1, 'IPv6-nd'],
  [15, 0xd0, 'adjacency'],
  [16, 0xe0, 'mpls'],
  [17, 0xf0, 'attached_export'],
  [18, 0xfb, 'recursive-resolution'],
  [19, 0xfc, 'urpf-exempt'],
  [20, 0xfd, 'default-route'],
  [21, 0xfe, 'interpose'],
  [22, 0x10, 'path-mtu'],
  [23, 0xd0, 'nat-low'],
  [24, 0x10, 'nat-hi'],
  [25, 0x10, 'pppoe'],
  [26, 0xd0, 'svs'],
];
