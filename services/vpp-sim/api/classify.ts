import type { Call } from '#lib/vpp/message.js';
import * as messages from '#lib/vpp/messages/classify.js';
import { retvals } from '#lib/vpp/retval.js';
import type { ClassifyUse } from '../tables/classifier.js';
import { type Handler, onAck, onCall, onDump } from './handler.js';

const NONE = 0xffffffff;

interface UseRequest {
  sw_if_index: number;
  ip4_table_index: number;
  ip6_table_index: number;
  l2_table_index: number;
  is_add: boolean;
}
const onUse = <Q extends UseRequest>(operation: Call<Q, { retval: number }>, use: ClassifyUse): Handler =>
  onAck(operation, (request, { dataplane }) => {
    const tables = { ip4: request.ip4_table_index, ip6: request.ip6_table_index, l2: request.l2_table_index };
    return dataplane.classifier.changeUse(use, request.sw_if_index, tables, request.is_add);
  });

export const classifyHandlers: readonly Handler[] = [
  onCall(messages.classifyAddDelTable, (request, { dataplane }) => {
    const refused = (retval: number) => ({
      retval,
      new_table_index: NONE,
      skip_n_vectors: NONE,
      match_n_vectors: NONE,
    });
    if (!request.is_add) return refused(dataplane.classifier.remove(request.table_index, request.del_chain));
    const { retval, index } = dataplane.classifier.add(request.table_index, {
      buckets: request.nbuckets,
      memoryBytes: request.memory_size,
      skip: request.skip_n_vectors,
      match: request.match_n_vectors,
      next: request.next_table_index,
      missNext: request.miss_next_index,
      mask: request.mask,
    });
    if (retval !== 0) return refused(retval);
    const { skip_n_vectors, match_n_vectors } = request;
    return { retval, new_table_index: index, skip_n_vectors, match_n_vectors };
  }),
  onAck(messages.classifyAddDelSession, (request, { dataplane }) =>
    dataplane.classifier.changeSession(request.table_index, request.is_add, {
      hitNext: request.hit_next_index,
      opaque: request.opaque_index,
      advance: request.advance,
      match: request.match,
    }),
  ),
  onUse(messages.policerClassifySetInterface, 'policer'),
  onUse(messages.inputAclSetInterface, 'input-acl'),
  onUse(messages.outputAclSetInterface, 'output-acl'),
  onAck(messages.classifySetInterfaceIpTable, ({ sw_if_index, table_index }, { dataplane }) => {
    if (!dataplane.interfaces.has(sw_if_index)) return retvals.INVALID_SW_IF_INDEX;
    return table_index === NONE || dataplane.classifier.has(table_index) ? 0 : retvals.NO_SUCH_ENTRY;
  }),
  onCall(messages.classifyTableIds, (_, { dataplane }) => ({ retval: 0, ids: dataplane.classifier.indices() })),
  onCall(messages.classifyTableInfo, ({ table_id }, { dataplane }) => {
    const table = dataplane.classifier.get(table_id);
    return {
      retval: table ? 0 : retvals.CLASSIFY_TABLE_NOT_FOUND,
      table_id: table?.index ?? 0,
      nbuckets: table?.buckets ?? 0,
      match_n_vectors: table?.match ?? 0,
      skip_n_vectors: table?.skip ?? 0,
      active_sessions: table?.sessions.size ?? 0,
      next_table_index: table?.next ?? 0,
      miss_next_index: table?.missNext ?? 0,
      mask: table?.mask ?? [],
    };
  }),
  onCall(messages.classifyTableByInterface, ({ sw_if_index }, { dataplane: { classifier, interfaces } }) => ({
    retval: interfaces.has(sw_if_index) ? 0 : retvals.INVALID_SW_IF_INDEX,
    sw_if_index,
    l2_table_id: classifier.tableOf('input-acl', sw_if_index, 'l2'),
    ip4_table_id: classifier.tableOf('input-acl', sw_if_index, 'ip4'),
    ip6_table_id: classifier.tableOf('input-acl', sw_if_index, 'ip6'),
  })),
  onDump(messages.classifySessionDump, ({ table_id }, { dataplane }) =>
    [...(dataplane.classifier.get(table_id)?.sessions.values() ?? [])].map((session) => ({
      retval: 0,
      table_id,
      hit_next_index: session.hitNext & 0xffff,
      advance: session.advance,
      opaque_index: session.opaque,
      match: session.match,
    })),
  ),
];
