import * as messages from '#lib/vpp/messages/acl.js';
import { swIfIndex } from '#lib/vpp/types.js';
import type { Dataplane } from '../dataplane.js';
import { fitting, type Handler, onAck, onCall, onDump } from './handler.js';

const ALL = 0xffffffff;
const indexOrNew = (index: number) => (index === ALL ? undefined : index);

const interfacesOf = (dataplane: Dataplane, index: number): number[] =>
  index === ALL
    ? dataplane.interfaces.all().map(({ swIfIndex: each }) => each)
    : [index].filter((each) => dataplane.interfaces.has(each));

export const aclHandlers: readonly Handler[] = [
  onCall(messages.aclAddReplace, ({ acl_index, tag, r }, { dataplane }) => {
    const { retval, index } = dataplane.acls.addReplace(indexOrNew(acl_index), fitting(tag, 64), r);
    return { acl_index: index, retval };
  }),
  onAck(messages.aclDel, ({ acl_index }, { dataplane }) =>
    dataplane.acls.remove(acl_index, dataplane.abf.usesAcl(acl_index)),
  ),
  onDump(messages.aclDump, ({ acl_index }, { dataplane }) =>
    dataplane.acls.list(indexOrNew(acl_index)).map(({ index, tag, rules }) => ({ acl_index: index, tag, r: rules })),
  ),
  onAck(messages.aclInterfaceSetAclList, ({ sw_if_index, n_input, acls }, { dataplane }) =>
    dataplane.acls.setLists(sw_if_index, { input: acls.slice(0, n_input), output: acls.slice(n_input) }),
  ),
  onDump(messages.aclInterfaceListDump, ({ sw_if_index }, { dataplane }) =>
    interfacesOf(dataplane, sw_if_index).map((index) => {
      const { input, output } = dataplane.acls.listsOf(index);
      return { sw_if_index: swIfIndex(index), n_input: input.length, acls: [...input, ...output] };
    }),
  ),
  onAck(messages.aclStatsIntfCountersEnable, ({ enable }, { dataplane }) => {
    dataplane.acls.matches.enabled = enable;
    return 0;
  }),
  onCall(messages.macipAclAddReplace, ({ acl_index, tag, r }, { dataplane }) => {
    const { retval, index } = dataplane.macip.addReplace(indexOrNew(acl_index), fitting(tag, 64), r);
    return { acl_index: index, retval };
  }),
  onAck(messages.macipAclDel, ({ acl_index }, { dataplane }) => dataplane.macip.remove(acl_index)),
  onDump(messages.macipAclDump, ({ acl_index }, { dataplane }) =>
    dataplane.macip.list(indexOrNew(acl_index)).map(({ index, tag, rules }) => ({ acl_index: index, tag, r: rules })),
  ),
  onAck(messages.macipAclInterfaceAddDel, ({ is_add, sw_if_index, acl_index }, { dataplane }) =>
    dataplane.macip.apply(sw_if_index, acl_index, is_add),
  ),
  onDump(messages.macipAclInterfaceListDump, ({ sw_if_index }, { dataplane }) =>
    interfacesOf(dataplane, sw_if_index).flatMap((index) => {
      const applied = dataplane.macip.appliedTo(index);
      return applied === undefined ? [] : [{ sw_if_index: swIfIndex(index), acls: [applied] }];
    }),
  ),
];
