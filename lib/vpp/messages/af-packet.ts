import { bool, enumeration, string, u16, u32 } from '../codec.js';
import { dump, reply, request } from '../message.js';
import { interfaceIndex, macAddress } from '../types.js';
import { ackCall, interfaceCall } from './patterns.js';

export const afPacketMode = enumeration('af_packet_mode', u32, {
  AF_PACKET_API_MODE_ETHERNET: 1,
  AF_PACKET_API_MODE_IP: 2,
});
export const afPacketFlags = enumeration(
  'af_packet_flags',
  u32,
  { AF_PACKET_API_FLAG_QDISC_BYPASS: 1, AF_PACKET_API_FLAG_CKSUM_GSO: 2, AF_PACKET_API_FLAG_VERSION_2: 8 },
  ['AF_PACKET_API_FLAG_VERSION_2'],
);

/** A repeat is -79 IF_ALREADY_EXISTS with the existing `sw_if_index`; an unknown device -71. Sizes of 0 are VPP's defaults. */
export const afPacketCreateV3 = interfaceCall('af_packet_create_v3', 'b3a809d4', {
  mode: afPacketMode,
  hw_addr: macAddress,
  use_random_hw_addr: bool,
  host_if_name: string(64),
  rx_frame_size: u32,
  tx_frame_size: u32,
  rx_frames_per_block: u32,
  tx_frames_per_block: u32,
  flags: afPacketFlags,
  num_rx_queues: u16,
  num_tx_queues: u16,
});
/** Removes its sub-interfaces as well; -11 SYSCALL_ERROR_1 when absent. */
export const afPacketDelete = ackCall('af_packet_delete', '863fa648', { host_if_name: string(64) });
export const afPacketDump = dump(
  request('af_packet_dump', '51077d14', {}),
  reply('af_packet_details', '58c7c042', { sw_if_index: interfaceIndex, host_if_name: string(64) }),
);
