import { bool, enumeration, i32, string, struct, u8, u16, u32, vla } from '../codec.js';
import { call, dump, reply, request } from '../message.js';
import { interfaceIndex, ipProto, macAddress, prefix } from '../types.js';
import { ackCall } from './patterns.js';

export const aclAction = enumeration('acl_action', u8, {
  ACL_ACTION_API_DENY: 0,
  ACL_ACTION_API_PERMIT: 1,
  ACL_ACTION_API_PERMIT_REFLECT: 2,
});
/** A prefix with host bits is refused: -57 for the source, -58 for the destination. */
export const aclRule = struct('acl_rule', {
  is_permit: aclAction,
  src_prefix: prefix,
  dst_prefix: prefix,
  proto: ipProto,
  srcport_or_icmptype_first: u16,
  srcport_or_icmptype_last: u16,
  dstport_or_icmpcode_first: u16,
  dstport_or_icmpcode_last: u16,
  tcp_flags_mask: u8,
  tcp_flags_value: u8,
});
export const macipAclRule = struct('macip_acl_rule', {
  is_permit: aclAction,
  src_mac: macAddress,
  src_mac_mask: macAddress,
  src_prefix: prefix,
});

const aclFields = { acl_index: u32, tag: string(64), count: u32, r: vla(aclRule, 'count') };
const macipFields = { acl_index: u32, tag: string(64), count: u32, r: vla(macipAclRule, 'count') };
/** The one reply shape whose retval is not first. */
const aclReply = { acl_index: u32, retval: i32 };

/** `anyIndex` makes a new list; replacing an unknown one is -6. */
export const aclAddReplace = call(
  request('acl_add_replace', 'ee5c2f18', aclFields),
  reply('acl_add_replace_reply', 'ac407b0c', aclReply),
);
/** -142, -143 or -149 while in use. */
export const aclDel = ackCall('acl_del', 'ef34fea4', { acl_index: u32 });
export const aclDump = dump(
  request('acl_dump', 'ef34fea4', { acl_index: u32 }),
  reply('acl_details', '95babae0', aclFields),
);
/**
 * Replaces the whole list, the first `n_input` on input. Not atomic: after any error, a positive one included
 * (+1 for a duplicate), half of the old list may be gone; set it again.
 */
export const aclInterfaceSetAclList = ackCall('acl_interface_set_acl_list', '473982bd', {
  sw_if_index: interfaceIndex,
  count: u8,
  n_input: u8,
  acls: vla(u32, 'count'),
});
/** Details come for every interface, also those without lists. */
export const aclInterfaceListDump = dump(
  request('acl_interface_list_dump', 'f9e6675e', { sw_if_index: interfaceIndex }),
  reply('acl_interface_list_details', 'e695d256', {
    sw_if_index: interfaceIndex,
    count: u8,
    n_input: u8,
    acls: vla(u32, 'count'),
  }),
);
/**
 * Needed before `/acl/<index>/matches` counts; cannot be read back. VPP 26.06 answers under the id of another message,
 * `acl_del_reply`.
 */
export const aclStatsIntfCountersEnable = call(
  request('acl_stats_intf_counters_enable', 'b3e225d2', { enable: bool }),
  aclDel.reply,
);

export const macipAclAddReplace = call(
  request('macip_acl_add_replace', '2a461dd4', macipFields),
  reply('macip_acl_add_replace_reply', 'ac407b0c', aclReply),
);
/** 0 even while applied; the interface list then shows `anyIndex`. */
export const macipAclDel = ackCall('macip_acl_del', 'ef34fea4', { acl_index: u32 });
export const macipAclDump = dump(
  request('macip_acl_dump', 'ef34fea4', { acl_index: u32 }),
  reply('macip_acl_details', '27135b59', macipFields),
);
export const macipAclInterfaceAddDel = ackCall('macip_acl_interface_add_del', '4b8690b1', {
  is_add: bool,
  sw_if_index: interfaceIndex,
  acl_index: u32,
});
export const macipAclInterfaceListDump = dump(
  request('macip_acl_interface_list_dump', 'f9e6675e', { sw_if_index: interfaceIndex }),
  reply('macip_acl_interface_list_details', 'a0c5d56d', {
    sw_if_index: interfaceIndex,
    count: u8,
    acls: vla(u32, 'count'),
  }),
);
