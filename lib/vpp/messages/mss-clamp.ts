import { enumeration, i32, u8, u16, u32 } from '../codec.js';
import { reply, request, stream } from '../message.js';
import { interfaceIndex } from '../types.js';
import { ackCall } from './patterns.js';

export const mssClampDir = enumeration('mss_clamp_dir', u8, {
  MSS_CLAMP_DIR_NONE: 0,
  MSS_CLAMP_DIR_RX: 1,
  MSS_CLAMP_DIR_TX: 2,
});

/** MSS in octets. Outlives its interface: on a reused index disable first. */
export const mssClampEnableDisable = ackCall('mss_clamp_enable_disable', 'd31b44e3', {
  sw_if_index: interfaceIndex,
  ipv4_mss: u16,
  ipv6_mss: u16,
  ipv4_direction: mssClampDir,
  ipv6_direction: mssClampDir,
});
/** `noInterface` for all. Lists interfaces with clamping on. */
export const mssClampGet = stream(
  request('mss_clamp_get', '47250981', { cursor: u32, sw_if_index: interfaceIndex }),
  reply('mss_clamp_details', 'd3a4de61', {
    sw_if_index: interfaceIndex,
    ipv4_mss: u16,
    ipv6_mss: u16,
    ipv4_direction: mssClampDir,
    ipv6_direction: mssClampDir,
  }),
  reply('mss_clamp_get_reply', '53b48f5d', { retval: i32, cursor: u32 }),
);
