import { u8, u32 } from '#lib/vpp/codec.js';
import { dump, reply, request } from '#lib/vpp/message.js';
import { ackCall } from '#lib/vpp/messages/patterns.js';
import { retvals } from '#lib/vpp/retval.js';
import { interfaceIndex } from '#lib/vpp/types.js';
import { type Handler, onAck, onDump } from './handler.js';

const ALL = 0xffffffff;

/** Requests that kill VPP 26.06, which the gateway's own definitions leave out on purpose. */
const vrrpVrDel = ackCall('vrrp_vr_del', '6029baa1', { vrrp_index: u32 });
const policerClassifyDump = dump(
  request('policer_classify_dump', '56cbb5fb', { type: u8, sw_if_index: interfaceIndex }),
  reply('policer_classify_details', 'dfd08765', { sw_if_index: interfaceIndex, table_index: u32 }),
);

export const lethalHandlers: readonly Handler[] = [
  onAck(vrrpVrDel, ({ vrrp_index }, { dataplane }) => {
    if (!dataplane.vrrp.has(vrrp_index)) return retvals.NO_SUCH_ENTRY;
    return dataplane.crash('vrrp_vr_del: the next vrrp_vr_start_stop follows a router that is gone');
  }),
  onDump(policerClassifyDump, ({ sw_if_index }, { dataplane }) => {
    if (sw_if_index === ALL) return [];
    return dataplane.crash('policer_classify_dump of one interface never ends');
  }),
];
