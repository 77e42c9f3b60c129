import { i32, string, struct, u16, u32, vla } from '../codec.js';
import { call, reply, request } from '../message.js';

const messageTableEntry = struct('message_table_entry', { index: u16, name: string(64) });
const moduleVersion = struct('module_version', { major: u32, minor: u32, patch: u32, name: string(64) });

/** Message ids that VPP fixes, before any message table is known. */
export const fixedIds = { sockclntCreate: 15, sockclntCreateReply: 16 } as const;

/** Has a context but no client index, as a reply has. */
export const sockclntCreate = reply('sockclnt_create', '455fb9c4', { name: string(64) });
/** Has a client index, always 0, as a request has. `index` goes into every later request. */
export const sockclntCreateReply = request('sockclnt_create_reply', '35166268', {
  response: i32,
  index: u32,
  count: u16,
  message_table: vla(messageTableEntry, 'count'),
});

/** `response` 1 means done. */
export const sockclntDelete = call(
  request('sockclnt_delete', '8ac76db6', { index: u32 }),
  reply('sockclnt_delete_reply', '8f38b1ee', { response: i32 }),
);

export const controlPing = call(
  request('control_ping', '51077d14', {}),
  reply('control_ping_reply', 'f6b0b8ca', { retval: i32, client_index: u32, vpe_pid: u32 }),
);

/** VPP's description of its whole API, 2.5 MB of JSON. */
export const getApiJson = call(
  request('get_api_json', '51077d14', {}),
  reply('get_api_json_reply', 'ea715b59', { retval: i32, json: string(0) }),
);

/** VPP 26.06 answers with an empty list. */
export const apiVersions = call(
  request('api_versions', '51077d14', {}),
  reply('api_versions_reply', '5f0d99d6', { retval: i32, count: u32, api_versions: vla(moduleVersion, 'count') }),
);
