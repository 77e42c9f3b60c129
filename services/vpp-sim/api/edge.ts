import * as lldp from '#lib/vpp/messages/lldp.js';
import * as mss from '#lib/vpp/messages/mss-clamp.js';
import * as ping from '#lib/vpp/messages/ping.js';
import * as svs from '#lib/vpp/messages/svs.js';
import { retvals } from '#lib/vpp/retval.js';
import { swIfIndex } from '#lib/vpp/types.js';
import { familyOf } from '../tables/ip-tables.js';
import type { Clamp } from '../tables/mss-clamp.js';
import { isIp6 } from '../tables/prefix.js';
import { type Handler, onAck, onDump, onStream } from './handler.js';

const ALL = 0xffffffff;
const LAST_PAGE = 0xffffffff;

const clampDetails = (index: number, { ip4, ip6 }: Clamp) => ({
  sw_if_index: swIfIndex(index),
  ipv4_mss: ip4.mss,
  ipv6_mss: ip6.mss,
  ipv4_direction: ip4.direction,
  ipv6_direction: ip6.direction,
});

/** One interface or all; asking after one that is not there is -2. */
const mssClampGet: Handler = {
  request: mss.mssClampGet.request,
  reply: mss.mssClampGet.reply,
  answers: [mss.mssClampGet.details, mss.mssClampGet.reply],
  run(body, { dataplane }, send) {
    const request = mss.mssClampGet.request.decode(body);
    if (!request.ok) return false;
    const { sw_if_index: wanted } = request.value;
    const isKnown = wanted === ALL || dataplane.interfaces.has(wanted);
    const listed = dataplane.mssClamps.list().filter(([index]) => wanted === ALL || index === wanted);
    if (isKnown) for (const [index, clamp] of listed) send(mss.mssClampGet.details, clampDetails(index, clamp));
    send(mss.mssClampGet.reply, { retval: isKnown ? 0 : retvals.INVALID_SW_IF_INDEX, cursor: LAST_PAGE });
    return true;
  },
};

const MAX_LLDP_INTERVAL_S = 3600;
const NOTHING_HEARD = {
  last_heard: 0,
  last_sent: 0,
  chassis_id: new Uint8Array(64),
  chassis_id_len: 0,
  port_id: new Uint8Array(64),
  port_id_len: 0,
  ttl: 0,
  port_id_subtype: 0,
  chassis_id_subtype: 0,
};

export const edgeHandlers: readonly Handler[] = [
  onAck(mss.mssClampEnableDisable, (request, { dataplane }) =>
    dataplane.mssClamps.set(request.sw_if_index, {
      ip4: { mss: request.ipv4_mss, direction: request.ipv4_direction },
      ip6: { mss: request.ipv6_mss, direction: request.ipv6_direction },
    }),
  ),
  mssClampGet,

  onAck(lldp.lldpConfig, ({ tx_interval }) => (tx_interval > MAX_LLDP_INTERVAL_S ? retvals.INVALID_VALUE : 0)),
  onAck(lldp.swInterfaceSetLldp, ({ sw_if_index, enable }, { dataplane }) =>
    dataplane.lldp.change(sw_if_index, enable),
  ),
  onStream(lldp.lldpDump, (_, { dataplane }) =>
    dataplane.lldp.list().map((index) => ({ sw_if_index: swIfIndex(index), ...NOTHING_HEARD })),
  ),

  onAck(svs.svsTableAddDel, ({ is_add, af, table_id }, { dataplane }) =>
    dataplane.svs.changeTable(familyOf(af === 1), table_id, is_add),
  ),
  onAck(svs.svsRouteAddDel, ({ is_add, prefix, table_id, source_table_id }, { dataplane }) =>
    dataplane.svs.changeRoute(familyOf(isIp6(prefix)), table_id, prefix, source_table_id, is_add),
  ),
  onAck(svs.svsEnableDisable, ({ is_enable, af, table_id, sw_if_index }, { dataplane }) =>
    dataplane.svs.enable(familyOf(af === 1), table_id, sw_if_index, is_enable),
  ),
  onDump(svs.svsDump, (_, { dataplane }) =>
    dataplane.svs.list().map(({ tableId, swIfIndex: index, family }) => ({
      table_id: tableId,
      sw_if_index: swIfIndex(index),
      af: family === 'ip6' ? 1 : 0,
    })),
  ),

  onAck(ping.wantPingFinishedEvents, ({ address, repeat, interval }, { dataplane, client }) => {
    client.subscribe('ping', 0);
    dataplane.pinger.ping(address, repeat, interval * 1000);
    return 0;
  }),
];
