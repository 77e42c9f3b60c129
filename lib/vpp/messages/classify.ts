import { bool, enumeration, i16, i32, u8, u32, vla } from '../codec.js';
import { call, dump, reply, request } from '../message.js';
import { interfaceIndex } from '../types.js';
import { ackCall } from './patterns.js';

export const classifyAction = enumeration('classify_action', u8, {
  CLASSIFY_API_ACTION_NONE: 0,
  CLASSIFY_API_ACTION_SET_IP4_FIB_INDEX: 1,
  CLASSIFY_API_ACTION_SET_IP6_FIB_INDEX: 2,
  CLASSIFY_API_ACTION_SET_METADATA: 3,
});

/** `table_index`, `next_table_index` and `miss_next_index` `anyIndex` for none. Of a table that is there only the next table can be changed. Mask and match count in vectors of 16 bytes from the start of the frame. **Sessions beyond `memory_size` kill VPP.** Deleting one in use is 0 and leaves users dangling. */
export const classifyAddDelTable = call(
  request('classify_add_del_table', '6849e39e', {
    is_add: bool,
    del_chain: bool,
    table_index: u32,
    nbuckets: u32,
    memory_size: u32,
    skip_n_vectors: u32,
    match_n_vectors: u32,
    next_table_index: u32,
    miss_next_index: u32,
    current_data_flag: u8,
    current_data_offset: i16,
    mask_len: u32,
    mask: vla(u8, 'mask_len'),
  }),
  reply('classify_add_del_table_reply', '05486349', {
    retval: i32,
    new_table_index: u32,
    skip_n_vectors: u32,
    match_n_vectors: u32,
  }),
);
/** `match` is (skip + match) vectors long. Adding again replaces; deleting what is absent is -6. For a policer, `hit_next_index` is its index and `opaque_index` the colour before it. */
export const classifyAddDelSession = ackCall('classify_add_del_session', 'f20879f0', {
  is_add: bool,
  table_index: u32,
  hit_next_index: u32,
  opaque_index: u32,
  advance: i32,
  action: classifyAction,
  metadata: u32,
  match_len: u32,
  match: vla(u8, 'match_len'),
});
/** Repeats are 0; another table is ignored until the first is taken off. There is no dump: `policer_classify_dump` never ends and kills VPP, so it has no definition here. */
export const policerClassifySetInterface = ackCall('policer_classify_set_interface', 'de7ad708', {
  sw_if_index: interfaceIndex,
  ip4_table_index: u32,
  ip6_table_index: u32,
  l2_table_index: u32,
  is_add: bool,
});
export const classifySetInterfaceIpTable = ackCall('classify_set_interface_ip_table', 'e0b097c7', {
  is_ipv6: bool,
  sw_if_index: interfaceIndex,
  table_index: u32,
});
export const inputAclSetInterface = ackCall('input_acl_set_interface', 'de7ad708', {
  sw_if_index: interfaceIndex,
  ip4_table_index: u32,
  ip6_table_index: u32,
  l2_table_index: u32,
  is_add: bool,
});
export const outputAclSetInterface = ackCall('output_acl_set_interface', 'de7ad708', {
  sw_if_index: interfaceIndex,
  ip4_table_index: u32,
  ip6_table_index: u32,
  l2_table_index: u32,
  is_add: bool,
});
/** Every table. */
export const classifyTableIds = call(
  request('classify_table_ids', '51077d14', {}),
  reply('classify_table_ids_reply', 'd1d20e1d', { retval: i32, count: u32, ids: vla(u32, 'count') }),
);
export const classifyTableInfo = call(
  request('classify_table_info', '0cca2cd9', { table_id: u32 }),
  reply('classify_table_info_reply', '4a573c0e', {
    retval: i32,
    table_id: u32,
    nbuckets: u32,
    match_n_vectors: u32,
    skip_n_vectors: u32,
    active_sessions: u32,
    next_table_index: u32,
    miss_next_index: u32,
    mask_length: u32,
    mask: vla(u8, 'mask_length'),
  }),
);
export const classifyTableByInterface = call(
  request('classify_table_by_interface', 'f9e6675e', { sw_if_index: interfaceIndex }),
  reply('classify_table_by_interface_reply', 'ed4197db', {
    retval: i32,
    sw_if_index: interfaceIndex,
    l2_table_id: u32,
    ip4_table_id: u32,
    ip6_table_id: u32,
  }),
);
/** `hit_next_index` comes back cut to 16 bits. */
export const classifySessionDump = dump(
  request('classify_session_dump', '0cca2cd9', { table_id: u32 }),
  reply('classify_session_details', '60e3ef94', {
    retval: i32,
    table_id: u32,
    hit_next_index: u32,
    advance: i32,
    opaque_index: u32,
    match_length: u32,
    match: vla(u8, 'match_length'),
  }),
);
