import { bool, enumeration, i32, string, u8, u16, u32 } from '../codec.js';
import { call, dump, reply, request } from '../message.js';
import { ifStatusFlags, interfaceIndex, macAddress } from '../types.js';
import { ackCall, interfaceCall } from './patterns.js';

export const memifRole = enumeration('memif_role', u32, { MEMIF_ROLE_API_MASTER: 0, MEMIF_ROLE_API_SLAVE: 1 });
export const memifMode = enumeration('memif_mode', u32, {
  MEMIF_MODE_API_ETHERNET: 0,
  MEMIF_MODE_API_IP: 1,
  MEMIF_MODE_API_PUNT_INJECT: 2,
});

/** A repeat is 0; deleting a socket in use is -74, an absent one -73. */
export const memifSocketFilenameAddDelV2 = call(
  request('memif_socket_filename_add_del_v2', '34223bdf', {
    is_add: bool,
    socket_id: u32,
    socket_filename: string(0),
  }),
  reply('memif_socket_filename_add_del_v2_reply', '9f29bdb9', { retval: i32, socket_id: u32 }),
);
export const memifSocketFilenameDump = dump(
  request('memif_socket_filename_dump', '51077d14', {}),
  reply('memif_socket_filename_details', '7ff326f7', { socket_id: u32, socket_filename: string(108) }),
);
/** -68 SUBIF_ALREADY_EXISTS for a repeat. */
export const memifCreateV2 = interfaceCall('memif_create_v2', '8c7de5f7', {
  role: memifRole,
  mode: memifMode,
  rx_queues: u8,
  tx_queues: u8,
  id: u32,
  socket_id: u32,
  ring_size: u32,
  buffer_size: u16,
  no_zero_copy: bool,
  use_dma: bool,
  hw_addr: macAddress,
  secret: string(24),
});
export const memifDelete = ackCall('memif_delete', 'f9e6675e', { sw_if_index: interfaceIndex });
export const memifDump = dump(
  request('memif_dump', '51077d14', {}),
  reply('memif_details', 'da34feb9', {
    sw_if_index: interfaceIndex,
    hw_addr: macAddress,
    id: u32,
    role: memifRole,
    mode: memifMode,
    zero_copy: bool,
    socket_id: u32,
    ring_size: u32,
    buffer_size: u16,
    flags: ifStatusFlags,
    if_name: string(64),
  }),
);
