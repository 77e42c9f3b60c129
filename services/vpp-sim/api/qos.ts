import * as messages from '#lib/vpp/messages/qos.js';
import { swIfIndex } from '#lib/vpp/types.js';
import { shownMap } from '../tables/qos.js';
import { type Handler, onAck, onDump } from './handler.js';

const ALL = 0xffffffff;

export const qosHandlers: readonly Handler[] = [
  onAck(messages.qosRecordEnableDisable, ({ record, enable }, { dataplane }) =>
    dataplane.qos.records.change(record.sw_if_index, record.input_source, enable, 0),
  ),
  onDump(messages.qosRecordDump, (_, { dataplane }) =>
    dataplane.qos.records
      .list()
      .map(({ swIfIndex: index, source }) => ({ record: { sw_if_index: swIfIndex(index), input_source: source } })),
  ),
  onAck(messages.qosStoreEnableDisable, ({ store, enable }, { dataplane }) =>
    dataplane.qos.changeStore(
      store.sw_if_index,
      store.input_source,
      enable,
      store.value,
      dataplane.interfaces.has(store.sw_if_index),
    ),
  ),
  onDump(messages.qosStoreDump, (_, { dataplane }) =>
    dataplane.qos.listStores().map(({ swIfIndex: index, source, value }) => ({
      store: { sw_if_index: swIfIndex(index), input_source: source, value },
    })),
  ),
  onAck(messages.qosEgressMapUpdate, ({ map }, { dataplane }) => {
    dataplane.qos.setMap(
      map.id,
      map.rows.map(({ outputs }) => outputs),
    );
    return 0;
  }),
  onAck(messages.qosEgressMapDelete, ({ id }, { dataplane }) => {
    dataplane.qos.removeMap(id);
    return 0;
  }),
  onDump(messages.qosEgressMapDump, (_, { dataplane }) =>
    dataplane.qos.listMaps().map(({ id, rows }) => ({ map: { id, rows: rows.map((outputs) => ({ outputs })) } })),
  ),
  onAck(messages.qosMarkEnableDisable, ({ mark, enable }, { dataplane }) =>
    dataplane.qos.changeMark(mark.sw_if_index, mark.output_source, mark.map_id, enable),
  ),
  onDump(messages.qosMarkDump, ({ sw_if_index }, { dataplane }) =>
    dataplane.qos
      .listMarks()
      .filter((mark) => sw_if_index === ALL || mark.swIfIndex === sw_if_index)
      .map((mark) => ({
        mark: { sw_if_index: swIfIndex(mark.swIfIndex), map_id: shownMap(mark), output_source: mark.source },
      })),
  ),
];
