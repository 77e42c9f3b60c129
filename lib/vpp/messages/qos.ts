import { array, bool, bytes, enumeration, struct, u8, u32 } from '../codec.js';
import { dump, reply, request } from '../message.js';
import { interfaceIndex } from '../types.js';
import { ackCall } from './patterns.js';

export const qosSource = enumeration('qos_source', u8, {
  QOS_API_SOURCE_EXT: 0,
  QOS_API_SOURCE_VLAN: 1,
  QOS_API_SOURCE_MPLS: 2,
  QOS_API_SOURCE_IP: 3,
});
export const qosRecord = struct('qos_record', { sw_if_index: interfaceIndex, input_source: qosSource });
export const qosStore = struct('qos_store', { sw_if_index: interfaceIndex, input_source: qosSource, value: u8 });
/** The mark to write for each recorded one. */
export const qosEgressMapRow = struct('qos_egress_map_row', { outputs: bytes(256) });
export const qosEgressMap = struct('qos_egress_map', { id: u32, rows: array(qosEgressMapRow, 4) });
export const qosMark = struct('qos_mark', { sw_if_index: u32, map_id: u32, output_source: qosSource });

/** Remembers the mark a packet came with. Counted: as many disables as enables take it off. */
export const qosRecordEnableDisable = ackCall('qos_record_enable_disable', '2f1a4a38', {
  enable: bool,
  record: qosRecord,
});
export const qosRecordDump = dump(
  request('qos_record_dump', '51077d14', {}),
  reply('qos_record_details', 'a425d4d3', { record: qosRecord }),
);
/** Gives every packet this mark, as if it had come with it. */
export const qosStoreEnableDisable = ackCall('qos_store_enable_disable', 'f3abcc8b', { enable: bool, store: qosStore });
export const qosStoreDump = dump(
  request('qos_store_dump', '51077d14', {}),
  reply('qos_store_details', '3ee0aad7', { store: qosStore }),
);
/** Four rows, one per source of the mark, of 256 marks to write. */
export const qosEgressMapUpdate = ackCall('qos_egress_map_update', '6d1c065f', { map: qosEgressMap });
/** 0 also while in use. */
export const qosEgressMapDelete = ackCall('qos_egress_map_delete', '3a91bde5', { id: u32 });
export const qosEgressMapDump = dump(
  request('qos_egress_map_dump', '51077d14', {}),
  reply('qos_egress_map_details', '46c5653c', { map: qosEgressMap }),
);
/** Writes the mark that a map makes of the recorded one; -65 for an unknown map. */
export const qosMarkEnableDisable = ackCall('qos_mark_enable_disable', '1a010f74', { enable: bool, mark: qosMark });
export const qosMarkDump = dump(
  request('qos_mark_dump', 'f9e6675e', { sw_if_index: interfaceIndex }),
  reply('qos_mark_details', '89fe81a9', { mark: qosMark }),
);
