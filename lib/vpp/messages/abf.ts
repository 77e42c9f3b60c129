import { bool, struct, u8, u32, vla } from '../codec.js';
import { dump, reply, request } from '../message.js';
import { fibPath, interfaceIndex } from '../types.js';
import { ackCall } from './patterns.js';

export const abfPolicy = struct('abf_policy', {
  policy_id: u32,
  acl_index: u32,
  n_paths: u8,
  paths: vla(fibPath, 'n_paths'),
});
export const abfItfAttach = struct('abf_itf_attach', {
  policy_id: u32,
  sw_if_index: interfaceIndex,
  priority: u32,
  is_ipv6: bool,
});

/** Adding to a policy that exists adds paths. The list is not checked to exist. **A path that is already there, also with another weight, kills VPP at the next update; so does the dump after the last path of an attached policy was deleted.** Make policies immutable: a new id per change, attach new, detach old, delete old with its exact paths. */
export const abfPolicyAddDel = ackCall('abf_policy_add_del', 'c6131197', { is_add: bool, policy: abfPolicy });
export const abfPolicyDump = dump(
  request('abf_policy_dump', '51077d14', {}),
  reply('abf_policy_details', 'b7487fa4', { policy: abfPolicy }),
);
/** **An unknown policy kills VPP, and so does detaching with the other `is_ipv6`.** A repeat is -116, for the other family too; an unknown interface is 0. An attachment outlives its interface: on a reused index detach first. Lower priority numbers go first. */
export const abfItfAttachAddDel = ackCall('abf_itf_attach_add_del', '25c8621b', { is_add: bool, attach: abfItfAttach });
export const abfItfAttachDump = dump(
  request('abf_itf_attach_dump', '51077d14', {}),
  reply('abf_itf_attach_details', '7819523e', { attach: abfItfAttach }),
);
