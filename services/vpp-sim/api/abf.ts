import * as messages from '#lib/vpp/messages/abf.js';
import { swIfIndex } from '#lib/vpp/types.js';
import { type Handler, onAck, onDump } from './handler.js';

export const abfHandlers: readonly Handler[] = [
  onAck(messages.abfPolicyAddDel, ({ is_add, policy }, { dataplane }) =>
    is_add
      ? dataplane.abf.add(policy.policy_id, policy.acl_index, policy.paths)
      : dataplane.abf.remove(policy.policy_id, policy.paths),
  ),
  onDump(messages.abfPolicyDump, (_, { dataplane }) =>
    dataplane.abf
      .listPolicies()
      .map(({ id, aclIndex, paths }) => ({ policy: { policy_id: id, acl_index: aclIndex, paths } })),
  ),
  onAck(messages.abfItfAttachAddDel, ({ is_add, attach }, { dataplane }) => {
    const { policy_id: policyId, sw_if_index: index, priority, is_ipv6: ip6 } = attach;
    const attachment = { policyId, swIfIndex: index, priority, ip6 };
    return is_add ? dataplane.abf.attach(attachment) : dataplane.abf.detach(attachment);
  }),
  onDump(messages.abfItfAttachDump, (_, { dataplane }) =>
    dataplane.abf.listAttachments().map((attachment) => ({
      attach: {
        policy_id: attachment.policyId,
        sw_if_index: swIfIndex(attachment.swIfIndex),
        priority: attachment.priority,
        is_ipv6: attachment.ip6,
      },
    })),
  ),
];
